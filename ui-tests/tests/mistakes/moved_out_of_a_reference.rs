// differs: a second time, from the raw pointer
use desugar::desugar;

struct Request {
    path: String,
}

async fn send(path: String) -> usize {
    path.len()
}

#[desugar]
async fn run(request: &Request) -> usize {
    std::future::ready(()).await;
    send(request.path).await
}

#[desugar]
async fn index(list: Vec<String>) -> usize {
    send(list[0]).await
}

fn main() {}
