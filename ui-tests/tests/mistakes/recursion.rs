// differs: it does not say that boxing is what is missing
use desugar::desugar;

#[desugar]
async fn walk(depth: u32) -> u32 {
    if depth == 0 { 0 } else { walk(depth - 1).await + 1 }
}

fn main() {}
