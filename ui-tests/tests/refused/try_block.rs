use desugar::desugar;

#[desugar]
async fn parse(text: &str) -> Option<u32> {
    let parsed: Option<u32> = try { text.parse().ok()? };
    std::future::ready(parsed).await
}

fn main() {}
