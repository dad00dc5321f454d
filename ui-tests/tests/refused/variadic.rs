use desugar::desugar;

#[desugar]
unsafe extern "C" fn sum(count: usize, rest: ...) -> usize {
    std::future::ready(count).await
}

fn main() {}
