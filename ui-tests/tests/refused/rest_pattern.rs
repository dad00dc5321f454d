use desugar::desugar;

struct Request {
    path: String,
    body: Vec<u8>,
}

#[desugar]
async fn handle(Request { path, .. }: Request) -> usize {
    std::future::ready(path.len()).await
}

fn main() {}
