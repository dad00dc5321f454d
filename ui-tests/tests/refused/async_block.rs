use desugar::desugar;

#[desugar]
async fn both() -> u32 {
    let first = async { 1 };
    let second = async move { std::future::ready(2).await };
    first.await + second.await
}

fn main() {}
