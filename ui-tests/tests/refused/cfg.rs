//! Code of which the attribute cannot know whether it is there.

#[desugar::desugar]
async fn level(#[cfg(debug_assertions)] verbose: bool) -> u32 {
    #[cfg(unix)]
    let level = 1;
    #[cfg(not(unix))]
    let level = 2;
    std::future::ready(level).await
}

fn main() {}
