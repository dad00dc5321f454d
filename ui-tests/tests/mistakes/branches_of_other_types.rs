// differs: most a second time: other labels, the await alone, the match that an if became, the attribute
use desugar::desugar;

#[desugar]
async fn f(flag: bool) -> u32 {
    let n = if flag { std::future::ready(1).await } else { "two" };
    n
}

#[desugar]
async fn g(flag: u32) -> u32 {
    if flag { std::future::ready(1).await } else { 2 }
}

#[desugar]
async fn h(flag: bool) -> u32 {
    if flag {
        std::future::ready(1).await
    }
}

#[desugar]
async fn i(flag: bool) -> u32 {
    match flag {
        true => std::future::ready(1).await,
        false => "x",
    }
}

#[desugar]
async fn j(flag: bool) {
    let x: u32 = loop {
        if flag {
            break std::future::ready("a").await;
        }
    };
}

#[desugar]
async fn k(list: u32) {
    for x in list {
        std::future::ready(x).await;
    }
}

#[desugar]
async fn l() {
    let (a, b) = std::future::ready(1).await;
    let [c] = std::future::ready((1, 2)).await;
}

fn main() {}
