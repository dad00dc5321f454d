// differs: a second error, on the attribute: moved out while borrowed
use desugar::desugar;

#[desugar]
async fn run() {
    let list = vec![1, 2, 3];
    std::thread::spawn(|| println!("{}", list.len()));
    std::future::ready(()).await;
    drop(list);
}

fn main() {}
