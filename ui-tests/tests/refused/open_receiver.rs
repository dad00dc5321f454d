use desugar::desugar;

#[desugar]
async fn pieces(text: String) -> usize {
    let separator = String::from(",");
    separator.cmp(&std::future::ready(text).await) as usize
}

fn main() {}
