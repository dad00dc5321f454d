// differs: the way leads through the frame, and does not say which variable
use desugar::desugar;
use std::rc::Rc;

fn spawn(_: impl Future + Send) {}

#[desugar]
async fn count() -> usize {
    let shared = Rc::new(1);
    std::future::ready(()).await;
    Rc::strong_count(&shared)
}

#[desugar]
async fn argument(shared: Rc<u32>) -> u32 {
    std::future::ready(*shared).await
}

fn run() {
    spawn(count());
    spawn(argument(Rc::new(1)));
}

fn main() {}
