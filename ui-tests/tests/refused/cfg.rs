//! Each condition doubles the versions of a function of which rustc keeps one.

#[desugar::desugar]
async fn level(#[cfg(debug_assertions)] verbose: bool) -> u32 {
    #[cfg(unix)]
    let level = 1;
    #[cfg(not(unix))]
    let level = 2;
    #[cfg(target_env = "gnu")]
    std::future::ready(()).await;
    #[cfg(target_env = "musl")]
    std::future::ready(()).await;
    #[cfg(target_pointer_width = "32")]
    std::future::ready(()).await;
    #[cfg(target_endian = "big")]
    std::future::ready(()).await;
    #[cfg(target_env = "msvc")]
    std::future::ready(()).await;
    std::future::ready(level).await
}

fn main() {}
