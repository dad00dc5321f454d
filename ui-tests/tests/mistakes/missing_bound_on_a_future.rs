// differs: a second time with other carets, and the method `poll` of the slot
use desugar::desugar;

#[desugar]
async fn f<T>(value: T) -> bool {
    std::future::ready(()).await;
    value == value
}

#[desugar]
async fn g<T: std::fmt::Debug>(value: T) {
    std::future::ready(()).await;
    println!("{value} {}", value);
}

#[desugar]
async fn h<F: Future>(future: F) -> u32 {
    future.await
}

#[desugar]
async fn i<F>(future: F) -> u32 {
    future.await
}

fn call() {
    let _ = g(std::future::pending::<()>());
}

fn main() {}
