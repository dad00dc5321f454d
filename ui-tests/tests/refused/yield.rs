use desugar::desugar;

#[desugar]
async fn numbers() {
    yield 1;
    std::future::ready(()).await;
}

fn main() {}
