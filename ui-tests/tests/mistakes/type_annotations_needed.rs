// reads as natively
use desugar::desugar;

#[desugar]
async fn collect(text: String) -> usize {
    let words = text.split(' ').collect();
    std::future::ready(()).await;
    words.len()
}

#[desugar]
async fn empty() {
    let list = Vec::new();
    std::future::ready(()).await;
    drop(list);
}

fn main() {}
