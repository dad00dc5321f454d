// reads as natively
use desugar::desugar;

#[desugar]
async fn f(a: &str) -> String {
    std::future::ready(a.to_owned()).await
}

fn sync() {
    let s: String = f("a");
    f("b").await;
}

async fn c() {
    let x: u32 = f("a").await;
    f(1).await;
    f("a").await.foo();
}

async fn d() {
    let r;
    {
        let s = String::new();
        r = f(&s);
    }
    r.await;
}

fn main() {}
