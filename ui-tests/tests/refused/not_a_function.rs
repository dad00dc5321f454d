use desugar::desugar;

#[desugar]
struct Fetch;

#[desugar]
impl Fetch {
    async fn fetch(&self) {}
}

#[desugar]
pub mod fetching {}

fn main() {}
