// differs: both the compiler and syn say it
use desugar::desugar;

#[desugar]
async fn run(n: u32) -> u32 {
    let m = std::future::ready(n).await
    m + 1
}

fn main() {}
