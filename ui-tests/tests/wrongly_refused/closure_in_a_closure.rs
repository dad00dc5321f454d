//! The inner closure borrows from what the outer one captured.

use desugar::desugar;

#[desugar]
async fn count(list: Vec<u32>) -> usize {
    std::future::ready(()).await;
    let n = std::thread::scope(|scope| scope.spawn(|| list.len()).join().unwrap());
    std::future::ready(()).await;
    drop(list);
    n
}

#[desugar]
async fn nested(list: Vec<u32>) -> Vec<u32> {
    let offset = std::future::ready(3).await;
    std::future::ready(()).await;
    let sums: Vec<u32> = list.iter().flat_map(|_| (0..3).map(|n| n + offset)).collect();
    std::future::ready(()).await;
    println!("{offset}");
    sums
}

fn main() {
    drop((count(Vec::new()), nested(Vec::new())));
}
