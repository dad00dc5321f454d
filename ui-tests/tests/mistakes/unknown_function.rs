// reads as natively
use desugar::desugar;

#[desugar]
async fn greet(name: String) {
    fetch(&name).await;
    missing::send(name).await;
    let _: Missing = std::future::ready(1).await;
}

fn main() {}
