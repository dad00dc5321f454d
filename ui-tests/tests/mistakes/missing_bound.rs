// differs: the tail is an error a second time, with other labels
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
