use desugar::desugar;

#[desugar]
const fn limit() -> usize {
    std::future::ready(3).await
}

async fn caller() -> usize {
    limit().await
}

fn main() {}
