//! An async block that takes one field while another is borrowed: the machine moves the variable as a whole.

use desugar::desugar;
use std::future::{Ready, ready};

fn later<T>(value: T) -> Ready<T> {
    ready(value)
}

struct Pair {
    left: String,
    right: String,
}

#[desugar]
async fn lengths(pair: Pair) -> usize {
    let right = &pair.right;
    let left = async move { later(pair.left.len()).await };
    left.await + right.len()
}

fn main() {
    let _ = lengths(Pair { left: String::new(), right: String::new() });
}
