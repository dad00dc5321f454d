use desugar::desugar;

#[desugar(skip)]
async fn alone() {}

struct Fetch;

impl Fetch {
    #[desugar(skip)]
    async fn in_a_plain_impl(&self) {}
}

fn main() {}
