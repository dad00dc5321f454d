// reads as natively
use desugar::desugar;

async fn swap(a: &mut u32, b: &mut u32) {
    std::mem::swap(a, b);
}

#[desugar]
async fn same(mut n: u32) -> u32 {
    swap(&mut n, &mut n).await;
    n
}

#[desugar]
async fn kept(mut n: u32) -> u32 {
    let first = &mut n;
    let second = &mut n;
    std::future::ready(()).await;
    *first += 1;
    *second
}

fn main() {}
