//! A future that holds itself, boxed as natively it need not be: by its type, which is nowhere its own.

use std::pin::Pin;

use desugar::desugar;

#[desugar]
async fn walk(depth: u32) -> u32 {
    if depth == 0 {
        return 0;
    }
    let deeper: Pin<Box<dyn Future<Output = u32>>> = Box::pin(walk(depth - 1));
    deeper.await + 1
}

fn main() {
    drop(walk(3));
}
