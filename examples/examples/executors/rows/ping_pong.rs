//! Two tasks that answer one another, over two channels of one slot each. An operation is there and back.

use desugar::slot::{Receiver, Sender, channel};
use futures::task::LocalSpawnExt;

use super::{Queue, local_set};
use crate::{Contender, Row};

pub(super) const ROW: Row = Row {
    name: "ping-pong",
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

/// Sends back what it receives.
async fn pong(mut from: Receiver<u64>, mut to: Sender<u64>) {
    while let Some(number) = from.receive().await {
        if to.send(number).await.is_err() {
            break;
        }
    }
}

async fn ping(count: u64, mut to: Sender<u64>, mut from: Receiver<u64>) {
    for number in 0..count {
        to.send(number).await.expect("it answers until we go");
        assert_eq!(from.receive().await, Some(number));
    }
}

fn pair(count: u64) -> (impl Future<Output = ()>, impl Future<Output = ()>) {
    let ((there, to), (back, from)) = (channel(), channel());
    (ping(count, there, from), pong(to, back))
}

fn ours(count: u64) {
    let (ping, pong) = pair(count);
    let pool = desugar::LocalPool::new();
    pool.spawn(pong).detach();
    pool.spawn(ping).detach();
    pool.run();
}

fn async_task(count: u64) {
    let (ping, pong) = pair(count);
    let queue = Queue::default();
    queue.spawn(pong).detach();
    queue.spawn(ping).detach();
    queue.run();
}

fn futures(count: u64) {
    let (ping, pong) = pair(count);
    let mut pool = futures::executor::LocalPool::new();
    let spawner = pool.spawner();
    spawner.spawn_local(pong).expect("the pool is there");
    spawner.spawn_local(ping).expect("the pool is there");
    pool.run();
}

fn async_executor(count: u64) {
    let (ping, pong) = pair(count);
    let executor = async_executor::LocalExecutor::new();
    executor.spawn(pong).detach();
    executor.spawn(ping).detach();
    while executor.try_tick() {}
}

fn tokio(count: u64) {
    let (ping, pong) = pair(count);
    local_set(async || {
        drop(tokio::task::spawn_local(pong));
        tokio::task::spawn_local(ping).await.expect("it does not panic");
    });
}
