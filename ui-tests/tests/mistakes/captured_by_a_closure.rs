// differs: a second error: moved out of a raw pointer, on the attribute
use desugar::desugar;

#[desugar]
async fn f(text: String) -> usize {
    let g = move || text.len();
    std::future::ready(()).await;
    g() + text.len()
}

#[desugar]
async fn h(mut n: u32) -> u32 {
    let mut add = || n += 1;
    std::future::ready(()).await;
    n += 1;
    add();
    n
}

fn main() {}
