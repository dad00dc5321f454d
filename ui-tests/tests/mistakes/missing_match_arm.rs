// differs: a second time for what awaits, on the attribute or with another caret
use desugar::desugar;

#[desugar]
async fn run(value: Option<u32>) -> u32 {
    match value {
        Some(n) => std::future::ready(n).await,
    }
}

#[desugar]
async fn awaited() -> u32 {
    match std::future::ready(Some(1)).await {
        None => 1,
    }
}

#[desugar]
async fn refutable() -> u32 {
    let Some(n) = std::future::ready(Some(1)).await;
    n
}

fn main() {}
