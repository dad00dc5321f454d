//! A future that holds a box of its own kind.

use desugar::desugar;

#[desugar]
async fn walk(depth: u32) -> u32 {
    if depth == 0 { 0 } else { Box::pin(walk(depth - 1)).await + 1 }
}

fn main() {
    drop(walk(3));
}
