// differs: it says "closure", and comes a second time from the machine
use desugar::desugar;

async fn read() -> Result<u32, std::fmt::Error> {
    Ok(1)
}

#[desugar]
async fn run() {
    let n = read().await?;
    println!("{n}");
}

#[desugar]
async fn run_later() {
    std::future::ready(()).await;
    let n: u32 = "1".parse()?;
    println!("{n}");
}

fn main() {}
