use desugar::desugar;

trait Fetch {
    #[desugar]
    async fn fetch(&self, url: &str) -> String;

    #[desugar]
    fn status(&self) -> u16;
}

fn main() {}
