// differs: it says "closure", and comes a second time from the machine
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
