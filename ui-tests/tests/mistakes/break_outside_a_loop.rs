// differs: it says "closure" for "async function"
use desugar::desugar;

#[desugar]
async fn run(list: Vec<u32>) {
    for n in list {
        std::future::ready(n).await;
    }
    break;
}

#[desugar]
async fn labelled(list: Vec<u32>) {
    for n in list {
        std::future::ready(n).await;
        continue 'outer;
    }
}

fn main() {}
