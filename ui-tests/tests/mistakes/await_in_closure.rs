// reads as natively
use desugar::desugar;

#[desugar]
async fn run(list: Vec<u32>) -> Vec<u32> {
    list.into_iter().map(|n| std::future::ready(n).await).collect()
}

fn main() {}
