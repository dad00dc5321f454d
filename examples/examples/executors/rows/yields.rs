//! A thousand tasks that yield in turn. An operation is one yield of one task.

use futures::task::LocalSpawnExt;

use super::{Queue, local_set};
use crate::{Contender, Row};

const TASKS: u64 = 1000;

pub(super) const ROW: Row = Row {
    name: "yield",
    operations: 300_000,
    threads: false,
    contenders: &[
        Contender { name: "desugar", run: ours },
        Contender { name: "async-task", run: async_task },
        Contender { name: "futures LocalPool", run: futures },
        Contender { name: "async-executor", run: async_executor },
        Contender { name: "tokio LocalSet", run: tokio },
    ],
};

async fn yields(count: u64) {
    for _ in 0..count / TASKS {
        desugar::yield_now().await;
    }
}

fn ours(count: u64) {
    let pool = desugar::LocalPool::new();
    (0..TASKS).for_each(|_| pool.spawn(yields(count)).detach());
    pool.run();
}

fn async_task(count: u64) {
    let queue = Queue::default();
    (0..TASKS).for_each(|_| queue.spawn(yields(count)).detach());
    queue.run();
}

fn futures(count: u64) {
    let mut pool = futures::executor::LocalPool::new();
    let spawner = pool.spawner();
    (0..TASKS).for_each(|_| spawner.spawn_local(yields(count)).expect("the pool is there"));
    pool.run();
}

fn async_executor(count: u64) {
    let executor = async_executor::LocalExecutor::new();
    (0..TASKS).for_each(|_| executor.spawn(yields(count)).detach());
    while executor.try_tick() {}
}

fn tokio(count: u64) {
    local_set(async || {
        (1..TASKS).for_each(|_| drop(tokio::task::spawn_local(yields(count))));
        tokio::task::spawn_local(yields(count)).await.expect("it does not panic");
    });
}
