use desugar::desugar;

macro_rules! twice {
    ($value:expr) => {
        $value + $value
    };
}

#[desugar]
async fn four() -> u32 {
    twice!(std::future::ready(2).await)
}

fn main() {}
