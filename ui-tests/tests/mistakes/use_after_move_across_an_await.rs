// differs: a second error: moved out of a raw pointer
use desugar::desugar;

async fn send(text: String) -> usize {
    text.len()
}

#[desugar]
async fn twice(text: String) -> usize {
    let n = send(text).await;
    std::future::ready(()).await;
    n + send(text).await
}

#[desugar]
async fn in_a_loop(text: String) {
    loop {
        send(text).await;
    }
}

fn main() {}
