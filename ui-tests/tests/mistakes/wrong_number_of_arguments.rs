// reads as natively
use desugar::desugar;

#[desugar]
async fn add(a: u32, b: u32) -> u32 {
    std::future::ready(a + b).await
}

#[desugar]
async fn run() -> u32 {
    add(1).await + add(1, 2, 3).await
}

fn main() {}
