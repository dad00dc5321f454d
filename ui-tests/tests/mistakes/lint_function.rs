// reads as natively
//! Documented.

#![deny(missing_docs, dead_code)]

use desugar::desugar;

/// Documented.
pub struct Client;

impl Client {
    #[desugar]
    pub async fn fetch(&self) {
        std::future::ready(()).await;
    }
}

#[desugar]
pub async fn double(a: u32) -> u32 {
    std::future::ready(2 * a).await
}

#[desugar]
async fn never_called(a: u32) -> u32 {
    std::future::ready(a).await
}

fn main() {}
