//! `ThreadPool`. The numbers are those of the invariants, as elsewhere.

mod dropping;
mod stress;
mod tasks;
mod waiting;

use desugar::ThreadPool;

#[allow(clippy::duplicate_mod, reason = "the same for both pools")]
#[path = "both.rs"]
mod both;

type Spawner = desugar::ThreadSpawner;

fn new_pool() -> ThreadPool {
    ThreadPool::new(2)
}
