// differs: a second error: moved out of a raw pointer
use desugar::desugar;

struct Pair {
    a: String,
    b: String,
}

async fn eat(s: String) -> usize {
    s.len()
}

#[desugar]
async fn f(pair: Pair) -> usize {
    let n = eat(pair.a).await;
    std::future::ready(()).await;
    n + pair.a.len() + pair.b.len()
}

#[desugar]
async fn g(pair: Pair) -> Pair {
    let n = eat(pair.a).await;
    std::future::ready(n).await;
    pair
}

fn main() {}
