// differs: a second error names our own `FromResidual`, or tells the `Option` from the `Result`
use desugar::desugar;

async fn read() -> Result<u32, std::fmt::Error> {
    Ok(1)
}

#[desugar]
async fn number() -> u32 {
    read().await?
}

#[desugar]
async fn option() -> Option<u32> {
    Some(read().await?)
}

fn main() {}
