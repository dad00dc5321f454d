use desugar::desugar;

#[desugar]
struct Fetch;

#[desugar]
const TRIES: u32 = 3;

fn main() {}
