use desugar::desugar;

macro_rules! some {
    ($name:ident) => {
        Some($name)
    };
}

#[desugar]
async fn unwrap_or_zero(value: Option<u32>) -> u32 {
    match value {
        some!(value) => std::future::ready(value).await,
        _ => 0,
    }
}

fn main() {}
