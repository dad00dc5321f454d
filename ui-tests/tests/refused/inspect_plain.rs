use desugar::desugar;
use std::pin::Pin;

#[desugar(inspect)]
fn boxed(n: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { n + 1 })
}

fn main() {
    drop(boxed(1));
}
