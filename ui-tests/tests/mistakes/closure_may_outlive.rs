// differs: the pointer of a survivor is not `Sync`, so borrows are not checked any more
use desugar::desugar;

#[desugar]
async fn run() {
    let list = vec![1, 2, 3];
    std::thread::spawn(|| println!("{}", list.len()));
    std::future::ready(()).await;
    drop(list);
}

fn main() {}
