//! A temporary in a branch, which natively the `let` extends.

use desugar::desugar;
use std::future::ready;

#[desugar]
async fn name(known: bool) -> u32 {
    let name = if known { &ready(1).await } else { &0 };
    ready(()).await;
    *name
}

fn main() {
    drop(name(true));
}
