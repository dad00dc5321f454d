use desugar::desugar;

trait Job {
    async fn run(self) -> usize;
    async fn shown<T: ToString>(&self, value: T) -> usize;
    async fn both<T: ToString>(&self, key: &str, value: T) -> usize;
}

struct Pair<T>(T);

async fn len<T: ToString>(value: &T) -> usize {
    value.to_string().len()
}

#[desugar]
impl<U: ToString> Job for Pair<U> {
    async fn run(self) -> usize {
        len(&self.0).await
    }

    async fn shown<T: ToString>(&self, value: T) -> usize {
        len(&value).await
    }

    async fn both<T: ToString>(&self, key: &str, value: T) -> usize {
        len(&value).await + len(&key).await
    }
}

fn main() {}
