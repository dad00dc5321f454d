//! Nothing is left at the end of a function but what is never reached.

#![allow(unreachable_code)]

use desugar::desugar;

#[desugar]
async fn first(n: u32) -> u32 {
    std::future::ready(()).await;
    return n;
    println!("never");
}

#[desugar]
async fn second(n: u32) -> u32 {
    if n == 0 {
        std::future::ready(()).await;
        return 1;
    } else {
        panic!("{n}");
    }
}

fn main() {
    drop((first(1), second(1)));
}
