// reads as natively
use desugar::desugar;

#[desugar]
async fn f(text: String) -> usize {
    let r = &text;
    std::future::ready(()).await;
    drop(text);
    r.len()
}

#[desugar]
async fn g(mut text: String) -> usize {
    let r = &text;
    text = String::new();
    std::future::ready(()).await;
    r.len()
}

#[desugar]
async fn h(mut list: Vec<u32>) {
    for n in &list {
        std::future::ready(()).await;
        list.push(*n);
    }
}

fn main() {}
