// differs: twice for operands and tails, naming `Captures`, and without the help to write `.await`
use desugar::desugar;

#[desugar]
async fn length(text: &str) -> usize {
    std::future::ready(text.len()).await
}

#[desugar]
async fn sum() -> usize {
    let first: usize = length("first");
    first + length("second").await
}

#[desugar]
async fn add() -> usize {
    length("first") + length("second").await
}

#[desugar]
async fn last() -> usize {
    std::future::ready(()).await;
    length("last")
}

fn main() {}
