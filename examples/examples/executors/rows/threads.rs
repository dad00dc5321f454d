//! A pool of two threads, and tasks that are ready at once, ten thousand at a time: spawned from outside of the pool, or
//! by one of its tasks. An operation is one task.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, Thread},
};

use futures::task::SpawnExt;

use crate::{Contender, Row};

const AT_A_TIME: u64 = 10_000;

pub(super) const OUTSIDE: Row = Row {
    name: "threads-outside",
    operations: 100_000,
    threads: true,
    contenders: &[
        Contender { name: "desugar", run: |count| ours(count, false) },
        Contender { name: "futures ThreadPool", run: |count| futures(count, false) },
        Contender { name: "async-executor", run: |count| async_executor(count, false) },
        Contender { name: "tokio", run: |count| tokio(count, false) },
    ],
};

pub(super) const INSIDE: Row = Row {
    name: "threads-inside",
    operations: 100_000,
    threads: true,
    contenders: &[
        Contender { name: "desugar", run: |count| ours(count, true) },
        Contender { name: "futures ThreadPool", run: |count| futures(count, true) },
        Contender { name: "async-executor", run: |count| async_executor(count, true) },
        Contender { name: "tokio", run: |count| tokio(count, true) },
    ],
};

/// Counts tasks, and unparks who waits for the last one.
#[derive(Clone)]
struct Count(Arc<(AtomicU64, Thread)>);

impl Count {
    fn new() -> Self {
        Self(Arc::new((AtomicU64::new(AT_A_TIME), thread::current())))
    }

    fn one(&self) {
        if self.0.0.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.1.unpark();
        }
    }

    fn wait(&self) {
        while self.0.0.load(Ordering::Acquire) > 0 {
            thread::park();
        }
    }
}

/// Has all of them spawned, by this thread or by a task, and waits for the last one.
fn spawn_all(count: u64, inside: bool, spawn: impl Fn(Count) + Clone + Send + 'static, outer: impl Fn(Spawning)) {
    for _ in 0..count / AT_A_TIME {
        let left = Count::new();
        if inside {
            let (left, spawn) = (left.clone(), spawn.clone());
            outer(Box::new(move || (0..AT_A_TIME).for_each(|_| spawn(left.clone()))));
        } else {
            (0..AT_A_TIME).for_each(|_| spawn(left.clone()));
        }
        left.wait();
    }
}

type Spawning = Box<dyn FnOnce() + Send>;

fn ours(count: u64, inside: bool) {
    let pool = desugar::ThreadPool::new(2);
    let spawner = pool.spawner();
    let spawn = move |left: Count| spawner.spawn(async move { left.one() }).detach();
    spawn_all(count, inside, spawn, |spawning| pool.spawn(async { spawning() }).detach());
}

fn futures(count: u64, inside: bool) {
    let pool = futures::executor::ThreadPool::builder().pool_size(2).create().expect("two threads");
    let spawner = pool.clone();
    let spawn = move |left: Count| spawner.spawn(async move { left.one() }).expect("the pool is there");
    spawn_all(count, inside, spawn, |spawning| pool.spawn_ok(async { spawning() }));
}

fn async_executor(count: u64, inside: bool) {
    let executor = Arc::new(async_executor::Executor::new());
    let (stop, stopped) = futures::channel::oneshot::channel::<()>();
    let stopped = futures::FutureExt::shared(stopped);
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (executor, stopped) = (executor.clone(), stopped.clone());
            thread::spawn(move || futures_lite::future::block_on(executor.run(stopped)).is_ok())
        })
        .collect();
    let spawner = executor.clone();
    let spawn = move |left: Count| spawner.spawn(async move { left.one() }).detach();
    spawn_all(count, inside, spawn, |spawning| executor.spawn(async { spawning() }).detach());
    drop(stop);
    threads.into_iter().for_each(|thread| assert!(!thread.join().expect("it does not panic")));
}

fn tokio(count: u64, inside: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("two threads");
    let handle = runtime.handle().clone();
    let spawn = move |left: Count| drop(handle.spawn(async move { left.one() }));
    spawn_all(count, inside, spawn, |spawning| drop(runtime.spawn(async { spawning() })));
}
