// reads as natively
use desugar::desugar;

async fn double(n: u32) -> u32 {
    2 * n
}

#[desugar]
async fn text(name: String) -> u32 {
    let answer = double("two").await;
    answer + double(name).await
}

fn caller() {
    let _ = text(3);
}

fn main() {}
