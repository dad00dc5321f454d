// reads as natively
use desugar::desugar;

async fn flush(log: &mut Vec<u32>) -> &mut u32 {
    &mut log[0]
}

#[desugar]
async fn record(mut log: Vec<u32>) -> usize {
    let last = log.last_mut().unwrap();
    std::future::ready(()).await;
    log.push(1);
    *last = 2;
    log.len()
}

#[desugar]
async fn held(mut log: Vec<u32>) -> u32 {
    let first = flush(&mut log).await;
    println!("{}", log.len());
    *first
}

fn main() {}
