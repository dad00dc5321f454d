// reads as natively
#![deny(unused)]
#![allow(dead_code)]

use desugar::desugar;

#[desugar]
async fn variables(a: u32, b: u32, (c, d): (u32, u32)) -> u32 {
    let x = 1;
    let y = std::future::ready(a).await;
    let (z, w) = (1, std::future::ready(2).await);
    std::future::ready(()).await;
    c + w
}

#[desugar]
async fn in_patterns(value: Option<u32>) -> u32 {
    if let Some(n) = value {
        std::future::ready(()).await;
    }
    for i in 0..3 {
        std::future::ready(()).await;
    }
    match value {
        Some(k) => std::future::ready(1).await,
        None => 2,
    }
}

#[desugar]
async fn mutability(mut a: u32) -> u32 {
    let mut x = a;
    std::future::ready(()).await;
    let mut y = std::future::ready(a).await;
    std::future::ready(()).await;
    x + y
}

#[desugar]
async fn assignments() -> u32 {
    let mut x = 1;
    std::future::ready(()).await;
    x = 2;
    x = std::future::ready(3).await;
    std::future::ready(()).await;
    let mut y = 3;
    y = std::future::ready(3).await;
    y + x
}

#[desugar]
async fn never_read_again() {
    let mut x = 1;
    std::future::ready(()).await;
    println!("{x}");
    x = 2;
}

#[desugar]
async fn items() {
    use std::fmt::Debug;
    const LIMIT: u32 = 1;
    std::future::ready(()).await;
}

#[desugar]
async fn labels() {
    'outer: loop {
        std::future::ready(()).await;
        break;
    }
}

#[desugar]
async fn closures() -> u32 {
    let f = |x: u32| 1;
    std::future::ready(()).await;
    f(1)
}

#[desugar]
async fn parentheses(a: u32) -> u32 {
    let b = (std::future::ready(a).await);
    if (b == 1) {
        std::future::ready(()).await;
    }
    (b)
}

#[desugar]
async fn unsafety() -> u32 {
    let a = unsafe { 1 };
    std::future::ready(()).await;
    unsafe { std::future::ready(a).await }
}

fn main() {}
