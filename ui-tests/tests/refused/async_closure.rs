use desugar::desugar;

#[desugar]
async fn twice() -> u32 {
    let double = async |n: u32| std::future::ready(2 * n).await;
    double(2).await
}

fn main() {}
