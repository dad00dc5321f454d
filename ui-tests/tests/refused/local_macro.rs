use desugar::desugar;

#[desugar]
async fn area(width: u32) -> u32 {
    macro_rules! times {
        ($height:expr) => {
            width * $height
        };
    }
    std::future::ready(()).await;
    times!(3)
}

fn main() {}
