use desugar::desugar;

#[desugar]
async fn tail_call(n: u32) -> u32 {
    std::future::ready(()).await;
    become next(n)
}

fn next(n: u32) -> u32 {
    n + 1
}

fn main() {}
