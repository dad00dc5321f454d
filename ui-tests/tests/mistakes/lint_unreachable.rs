// reads as natively
#![deny(unused, while_true, irrefutable_let_patterns)]
#![allow(dead_code)]

use desugar::desugar;

#[desugar]
async fn after_return() {
    std::future::ready(()).await;
    return;
    println!("never");
}

#[desugar]
async fn after_panic(text: String) -> usize {
    std::future::ready(()).await;
    panic!("{text}");
    text.len()
}

#[desugar]
async fn after_a_loop() {
    loop {
        std::future::ready(()).await;
    }
    println!("never");
}

#[desugar]
async fn arms(a: Option<u32>) -> u32 {
    match a {
        Some(n) => std::future::ready(n).await,
        None => 1,
        _ => std::future::ready(2).await,
    }
}

#[desugar]
async fn conditions() -> u32 {
    while true {
        if let n = std::future::ready(1).await {
            return n;
        }
    }
    2
}

fn main() {}
