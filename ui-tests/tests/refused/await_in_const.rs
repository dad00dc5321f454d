use desugar::desugar;

#[desugar]
async fn limit() -> usize {
    const { std::future::ready(3).await }
}

fn main() {}
