use desugar::desugar;

#[desugar]
async fn reason() -> String {
    std::future::ready(String::from("late")).await
}

#[desugar]
async fn check(on_time: bool) {
    assert!(on_time, "refused: {}", reason().await);
    debug_assert!(std::future::ready(on_time).await);
}

fn main() {}
