use desugar::desugar;

#[desugar(fast)]
async fn known() {}

#[desugar(inspect, boxed)]
async fn one_of_two() {}

#[desugar(name = Fetch)]
async fn not_yet() {}

fn main() {}
