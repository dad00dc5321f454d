// differs: carets are on the `fn`
use desugar::desugar;

trait Outlives {
    fn len<'a>(&'a self, text: &str) -> impl Future<Output = usize> + 'a;
}

trait Captures {
    fn len<'a>(&'a self, text: &str) -> impl Future<Output = usize> + use<'a, Self>;
}

struct Memory;

#[desugar]
impl Outlives for Memory {
    async fn len<'a>(&'a self, text: &str) -> usize {
        std::future::ready(()).await;
        text.len()
    }
}

#[desugar]
impl Captures for Memory {
    async fn len<'a>(&'a self, text: &str) -> usize {
        std::future::ready(()).await;
        text.len()
    }
}

fn main() {}
