use desugar::desugar;

#[desugar]
async fn decide(fast: bool) -> u32 {
    #[timed]
    let waited = std::future::ready(1).await;

    #[timed]
    if fast {
        std::future::ready(()).await;
    }

    match fast {
        #[timed]
        true => std::future::ready(waited).await,
        _ => 0,
    }
}

fn main() {}
