use desugar::desugar;

#[desugar]
async fn allowed(user: u32) -> bool {
    std::future::ready(user == 0).await
}

#[desugar]
async fn greet(user: Option<u32>) -> u32 {
    match user {
        Some(user) if allowed(user).await => user,
        _ => 1,
    }
}

#[desugar]
async fn is_greeted(user: Option<u32>) -> bool {
    matches!(user, Some(user) if allowed(user).await)
}

fn main() {}
