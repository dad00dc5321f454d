use desugar::desugar;

#[desugar(max_size = 64)]
fn boxed() -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move { std::future::ready(()).await })
}

fn main() {
    drop(boxed());
}
