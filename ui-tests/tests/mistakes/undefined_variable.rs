// differs: what is out of scope is reported twice
use desugar::desugar;

#[desugar]
async fn greet() {
    std::future::ready(()).await;
    println!("hello {name}");
    std::future::ready(nam).await;
}

#[desugar]
async fn out_of_scope() -> u32 {
    {
        let inner = 1;
        std::future::ready(inner).await;
    }
    inner
}

fn main() {}
