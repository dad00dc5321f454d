// differs: a second time, on the attribute or with more labels
use desugar::desugar;

#[desugar]
async fn count(text: String) -> u32 {
    std::future::ready(()).await;
    text.len()
}

#[desugar]
async fn early(text: String) -> u32 {
    if text.is_empty() {
        return "none";
    }
    std::future::ready(1).await
}

#[desugar]
async fn missing(text: String) -> u32 {
    std::future::ready(text.len()).await;
}

#[desugar]
async fn awaited(text: String) -> u32 {
    std::future::ready(text.len()).await
}

fn main() {}
