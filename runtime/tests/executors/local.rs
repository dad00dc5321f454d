//! `LocalPool`.

mod bad_use;
mod dropping;
mod handles;
mod order;
mod panics;
mod threads;
mod wakes;

use desugar::LocalPool;

#[allow(clippy::duplicate_mod, reason = "the same for both pools")]
#[path = "both.rs"]
mod both;

type Spawner = desugar::Spawner<'static>;

fn new_pool() -> LocalPool<'static> {
    LocalPool::new()
}
