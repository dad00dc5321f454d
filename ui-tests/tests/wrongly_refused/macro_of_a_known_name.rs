//! A macro that is called like another: without a path it is taken for that, and rustc says that it is none.

use desugar::desugar;

macro_rules! pin {
    ($value:expr) => {
        Box::pin($value)
    };
}

#[desugar]
async fn pinned() -> u32 {
    let n = pin!(std::future::ready(1));
    n.await
}

fn main() {
    drop(pinned());
}
