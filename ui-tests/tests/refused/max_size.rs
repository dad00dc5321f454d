use desugar::desugar;

#[desugar(max_size)]
async fn of_nothing() {}

#[desugar(max_size = 2 * 256)]
async fn computed() {}

#[desugar(max_size = "512")]
async fn a_text() {}

fn main() {}
