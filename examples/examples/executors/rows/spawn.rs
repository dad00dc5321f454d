//! Tasks that are ready at once, spawned a thousand at a time. An operation is one task.

use futures::task::LocalSpawnExt;

use super::{Queue, local_set};
use crate::{Contender, Row};

const AT_A_TIME: u64 = 1000;

pub(super) const ROW: Row = Row {
    name: "spawn",
    operations: 100_000,
    threads: false,
    contenders: &[
        Contender { name: "desugar", run: ours },
        Contender { name: "async-task", run: async_task },
        Contender { name: "futures LocalPool", run: futures },
        Contender { name: "async-executor", run: async_executor },
        Contender { name: "tokio LocalSet", run: tokio },
    ],
};

fn ours(count: u64) {
    let pool = desugar::LocalPool::new();
    for _ in 0..count / AT_A_TIME {
        (0..AT_A_TIME).for_each(|_| pool.spawn(async {}).detach());
        pool.run();
    }
}

fn async_task(count: u64) {
    let queue = Queue::default();
    for _ in 0..count / AT_A_TIME {
        (0..AT_A_TIME).for_each(|_| queue.spawn(async {}).detach());
        queue.run();
    }
}

fn futures(count: u64) {
    let mut pool = futures::executor::LocalPool::new();
    let spawner = pool.spawner();
    for _ in 0..count / AT_A_TIME {
        (0..AT_A_TIME).for_each(|_| spawner.spawn_local(async {}).expect("the pool is there"));
        pool.run();
    }
}

fn async_executor(count: u64) {
    let executor = async_executor::LocalExecutor::new();
    for _ in 0..count / AT_A_TIME {
        (0..AT_A_TIME).for_each(|_| executor.spawn(async {}).detach());
        while executor.try_tick() {}
    }
}

fn tokio(count: u64) {
    local_set(async || {
        for _ in 0..count / AT_A_TIME {
            (1..AT_A_TIME).for_each(|_| drop(tokio::task::spawn_local(async {})));
            tokio::task::spawn_local(async {}).await.expect("it does not panic");
        }
    });
}
