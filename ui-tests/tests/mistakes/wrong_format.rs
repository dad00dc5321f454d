// reads as natively
use desugar::desugar;

struct NoDebug;
#[desugar]
async fn f(value: NoDebug) {
    std::future::ready(()).await;
    println!("{value:?}");
    println!("{}", value);
    println!("{} {}", 1);
    println!("{x}", y = 1);
}

fn main() {}
