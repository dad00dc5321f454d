// differs: a second time, from the machine, with the caret one to the left
use desugar::desugar;

#[derive(Debug)]
struct Failed;

async fn read() -> Result<u32, std::num::ParseIntError> {
    "1".parse()
}

#[desugar]
async fn run() -> Result<u32, Failed> {
    let n = read().await?;
    Ok(n)
}

#[desugar]
async fn run_later(text: String) -> Result<u32, Failed> {
    std::future::ready(()).await;
    let n: u32 = text.parse()?;
    Ok(n)
}

fn main() {}
