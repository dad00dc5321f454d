//! A closure that takes one field while another is borrowed: the machine moves the variable as a whole.

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
    later(()).await;
    let right = &pair.right;
    let left = move || pair.left.len();
    later(()).await;
    left() + right.len()
}

fn main() {
    let _ = lengths(Pair { left: String::new(), right: String::new() });
}
