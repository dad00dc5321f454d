//! What a name stands for is not seen to be a value that is made for the call.

use desugar::desugar;
use std::future::ready;

async fn fill(place: &mut Option<u32>) -> u32 {
    *place.insert(ready(3).await)
}

#[desugar]
async fn filled() -> u32 {
    fill(&mut None).await
}

fn main() {
    drop(filled());
}
