use desugar::desugar;

fn index() -> usize {
    0
}

#[desugar]
async fn add(totals: &mut [Vec<u32>]) {
    totals[index()].push(std::future::ready(1).await);
}

#[desugar]
async fn cell(row: &mut [u32; 2], column: u32) {
    row[std::future::ready(0).await] += column + std::future::ready(1).await;
}

fn main() {}
