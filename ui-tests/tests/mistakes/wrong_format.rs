// differs: a capture written out has its caret on the whole string, and comes a second time
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
