use desugar::desugar;

#[desugar]
async fn decide(fast: bool) -> u32 {
    #[cfg(not(miri))]
    let waited = std::future::ready(1).await;

    #[allow(clippy::needless_bool)]
    if fast {
        std::future::ready(()).await;
    }

    match fast {
        #[cfg(not(miri))]
        true => std::future::ready(waited).await,
        _ => 0,
    }
}

fn main() {}
