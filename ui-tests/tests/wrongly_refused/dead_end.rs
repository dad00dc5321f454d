//! A function that ends in what is never reached, and has no value there.

#![allow(unreachable_code)]

use desugar::desugar;

#[desugar]
async fn first(n: u32) -> u32 {
    return n;
    std::future::ready(()).await;
}

#[desugar]
async fn second(n: u32) -> u32 {
    loop {
        if n == std::future::ready(1).await {
            return 1;
        }
    }
    println!("never");
}

fn main() {
    drop((first(1), second(1)));
}
