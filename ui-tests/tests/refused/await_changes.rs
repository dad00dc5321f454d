//! What is read before an await, as a copy, that the await may change.

struct Counter {
    count: u32,
}

impl Counter {
    #[desugar::desugar]
    async fn higher(&mut self) -> u32 {
        self.count.max(self.next().await)
    }

    async fn next(&mut self) -> u32 {
        self.count += 1;
        self.count
    }
}

fn main() {}
