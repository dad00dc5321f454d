// differs: a second error: moved out of a raw pointer
use desugar::desugar;

fn consume(text: String) -> usize {
    text.len()
}

#[desugar]
async fn twice(text: String) -> usize {
    let n = consume(text);
    let m = text.len();
    std::future::ready(n + m).await
}

fn main() {}
