// reads as natively
#![deny(unused_must_use)]

use desugar::desugar;

#[desugar]
async fn log(text: &str) {
    println!("{text}");
    std::future::ready(()).await;
}

#[desugar]
async fn run() {
    log("started");
    std::future::ready(()).await;
    log("done");
}

fn main() {}
