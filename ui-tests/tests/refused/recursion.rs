//! A future that awaits a box of its own kind.

use desugar::desugar;

#[desugar]
async fn walk(depth: u32) -> u32 {
    if depth == 0 { 0 } else { Box::pin(walk(depth - 1)).await + 1 }
}

struct Tree(Vec<Tree>);

impl Tree {
    #[desugar]
    async fn count(&self, depth: u32) -> usize {
        let below = std::boxed::Box::pin(self.count(depth + 1)).await;
        Box::pin(Self::count(&self.0[0], below as u32)).await
    }

    // Not itself: a function of that name, and a local one.
    #[desugar]
    async fn walk(&self) -> u32 {
        let n = Box::pin(walk(2)).await;
        let walk = std::future::ready::<u32>;
        n + Box::pin(walk(3)).await
    }
}

fn main() {
    drop(walk(3));
}
