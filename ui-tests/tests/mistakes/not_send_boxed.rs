// differs: the way leads through the frame, and does not say which variable
use desugar::desugar;
use std::cell::Cell;
use std::pin::Pin;

#[desugar]
async fn count(cell: &Cell<u32>) {
    std::future::ready(()).await;
    cell.set(1);
}

fn boxed(cell: &Cell<u32>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    Box::pin(count(cell))
}

fn main() {}
