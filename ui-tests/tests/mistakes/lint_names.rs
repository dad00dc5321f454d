// reads as natively
#![deny(nonstandard_style, deprecated)]

use desugar::desugar;

#[deprecated]
fn old() -> u32 {
    1
}

#[desugar]
async fn BadName(badArgument: u32) -> u32 {
    let fooBar = std::future::ready(badArgument).await;
    std::future::ready(()).await;
    fooBar + old() + std::future::ready(old()).await
}

fn main() {}
