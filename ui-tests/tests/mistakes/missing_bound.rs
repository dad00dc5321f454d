// differs: the tail is an error a second time, on the attribute
use desugar::desugar;

#[desugar]
async fn show<T>(value: T) -> String {
    std::future::ready(()).await;
    value.to_string()
}

#[desugar]
async fn duplicate<T>(value: &T) -> T {
    std::future::ready(()).await;
    value.clone()
}

fn main() {}
