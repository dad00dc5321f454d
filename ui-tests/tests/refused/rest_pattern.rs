use desugar::desugar;

struct Request {
    path: String,
    body: Vec<u8>,
}

#[desugar]
async fn handle(requests: Vec<Request>) -> usize {
    let mut length = 0;
    for Request { path, .. } in requests {
        length += std::future::ready(path.len()).await;
    }
    length
}

fn main() {}
