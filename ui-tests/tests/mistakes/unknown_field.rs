// reads as natively
use desugar::desugar;

struct Request {
    path: String,
}

#[desugar]
async fn run(request: Request) -> usize {
    std::future::ready(()).await;
    request.paht.len()
}

fn main() {}
