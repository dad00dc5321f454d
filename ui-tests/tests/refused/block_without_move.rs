use std::future::{Ready, ready};

fn later<T>(value: T) -> Ready<T> {
    ready(value)
}

fn main() {
    let n = 1;
    let _ = desugar::block!(async { later(n).await });
}
