// reads as natively
use desugar::desugar;

#[desugar]
async fn greeting(name: &str) -> &str {
    let text = format!("hello {name}");
    std::future::ready(()).await;
    &text
}

#[desugar]
async fn slice(name: &str) -> &str {
    let text = String::from(name);
    std::future::ready(()).await;
    text.as_str()
}

fn main() {}
