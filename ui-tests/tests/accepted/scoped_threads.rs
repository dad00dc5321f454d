//! A survivor is shared with threads that end before the next await.

use desugar::desugar;

#[desugar]
async fn count(list: Vec<u32>) -> usize {
    std::future::ready(()).await;
    let n = std::thread::scope(|scope| scope.spawn(|| list.len()).join().unwrap());
    std::future::ready(()).await;
    drop(list);
    n
}

fn main() {
    drop(count(Vec::new()));
}
