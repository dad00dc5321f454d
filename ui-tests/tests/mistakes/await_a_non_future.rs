// differs: three errors for one, which name the slot and its method `poll`
use desugar::desugar;

fn length(text: &str) -> usize {
    text.len()
}

#[desugar]
async fn sum() -> usize {
    let first = length("first").await;
    first + 1
}

#[desugar]
async fn unwrap(text: Option<String>) -> usize {
    std::future::ready(()).await;
    text.await.len()
}

fn main() {}
