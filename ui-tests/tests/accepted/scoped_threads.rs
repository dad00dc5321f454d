//! A survivor is shared with threads that end before the next await.

use desugar::desugar;

#[desugar]
async fn count(list: Vec<u32>) {
    std::future::ready(()).await;
    std::thread::scope(|scope| {
        scope.spawn(|| println!("{}", list.len()));
    });
    std::future::ready(()).await;
    drop(list);
}

fn main() {
    drop(count(Vec::new()));
}
