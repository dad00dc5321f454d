//! An async block without `move` reaches the reference in its place, where natively it borrows what that leads to.

use desugar::desugar;
use std::future::{Ready, ready};

fn later<T>(value: T) -> Ready<T> {
    ready(value)
}

#[desugar]
async fn lengths(names: Vec<String>) -> usize {
    let mut found = Vec::new();
    for name in &names {
        found.push(async { later(name.len()).await });
    }
    let mut sum = 0;
    for length in found {
        sum += length.await;
    }
    sum
}

fn main() {
    let _ = lengths(Vec::new());
}
