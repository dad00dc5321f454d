// reads as natively
use desugar::desugar;

#[desugar]
async fn count() -> u32 {
    let n = 1;
    println!("{n}");
    std::future::ready(()).await;
    n = 2;
    n
}

#[desugar]
async fn push(text: String) -> String {
    std::future::ready(()).await;
    text.push('!');
    text
}

#[desugar]
async fn argument(n: u32) -> u32 {
    n += std::future::ready(1).await;
    n
}

fn main() {}
