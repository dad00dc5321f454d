// reads as natively
use desugar::desugar;

unsafe fn danger() -> u32 {
    1
}

#[desugar]
async fn f() -> u32 {
    let a = danger();
    std::future::ready(a).await + danger()
}

#[desugar]
async fn g(p: *const u32) -> u32 {
    std::future::ready(()).await;
    *p
}

fn main() {}
