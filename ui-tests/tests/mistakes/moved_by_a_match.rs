// differs: a second error: moved out of a raw pointer
use desugar::desugar;

#[desugar]
async fn f(value: Option<String>) -> usize {
    let n = match value {
        Some(text) => std::future::ready(text.len()).await,
        None => 0,
    };
    n + value.unwrap().len()
}

#[desugar]
async fn g(value: &Option<String>) -> String {
    std::future::ready(()).await;
    match *value {
        Some(text) => std::future::ready(text).await,
        None => String::new(),
    }
}

fn main() {}
