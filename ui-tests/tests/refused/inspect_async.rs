use desugar::desugar;

#[desugar(inspect)]
#[test]
async fn traced() {
    std::future::ready(()).await
}

fn main() {}
