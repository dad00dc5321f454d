// reads as natively
use desugar::desugar;

#[desugar]
async fn longest(a: &str, b: &str) -> &str {
    std::future::ready(()).await;
    if a.len() > b.len() { a } else { b }
}

#[desugar]
async fn name() -> &str {
    std::future::ready("name").await
}

struct Words<'a>(&'a str);

#[desugar]
async fn words() -> Words {
    std::future::ready(Words("a b")).await
}

fn main() {}
