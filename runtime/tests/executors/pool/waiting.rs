//! `run` and its like, and what they refuse.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use desugar::{ThreadPool, block_on, time::sleep, yield_now};

use crate::support::{Alive, Busy, or_hang};

#[test]
fn run_waits_until_no_task_is_left() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        pool.run();
        for round in 0..if cfg!(miri) { 3 } else { 200 } {
            let ended = Arc::new(AtomicU32::new(0));
            for number in 0..8 {
                let (ended, spawner) = (ended.clone(), pool.spawner());
                pool.spawn(async move {
                    yield_now().await;
                    if round == 0 {
                        sleep(Duration::from_millis(number)).await;
                    }
                    let inner = ended.clone();
                    spawner
                        .spawn(async move {
                            yield_now().await;
                            inner.fetch_add(1, Ordering::Relaxed);
                        })
                        .detach();
                    ended.fetch_add(1, Ordering::Relaxed);
                })
                .detach();
            }
            pool.run();
            assert_eq!(ended.load(Ordering::Relaxed), 16);
        }
    });
}

// Fails if an end on a thread that is no worker is not told.
#[test]
fn run_ends_when_the_last_task_is_cancelled() {
    or_hang(|| {
        let pool = Arc::new(ThreadPool::new(2));
        let task = pool.spawn(std::future::pending::<()>());
        let waits = pool.clone();
        let waiting = thread::spawn(move || waits.run());
        thread::sleep(Duration::from_millis(5));
        drop(task);
        waiting.join().unwrap();
    });
}

#[test]
fn stalled_means_that_nothing_is_runnable() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        let alive = Alive::default();
        for _ in 0..if cfg!(miri) { 5 } else { 500 } {
            let (life, spawner) = (alive.one(), pool.spawner());
            let task = pool.spawn(async move {
                yield_now().await;
                spawner.spawn(async move { drop(life) }).await.unwrap();
                std::future::pending::<()>().await;
            });
            pool.run_until_stalled();
            assert_eq!(alive.count(), 0);
            drop(task);
        }
    });
}

#[test]
fn a_thread_from_outside_can_help() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let busy = Busy::keep(&pool);
        assert!(!pool.try_tick());
        let task = pool.spawn(async {
            yield_now().await;
            thread::current().id()
        });
        assert!(pool.try_tick() && pool.try_tick());
        assert!(!pool.try_tick());
        assert_eq!(block_on(task).unwrap(), thread::current().id());
        busy.let_go();
    });
}

// Fails if what is taken from a queue counts, polled or not.
#[test]
fn a_tick_passes_over_what_has_been_cancelled() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let busy = Busy::keep(&pool);
        let (cancelled, task) = (pool.spawn(async {}), pool.spawn(async { 1 }));
        drop(cancelled);
        assert!(pool.try_tick() && task.is_finished());
        drop(pool.spawn(async {}));
        assert!(!pool.try_tick());
        busy.let_go();
    });
}

#[test]
fn a_pool_run_from_inside_itself() {
    or_hang(|| {
        let pool = Arc::new(ThreadPool::new(2));
        for run in [
            ThreadPool::run,
            ThreadPool::run_until_stalled,
            |pool: &ThreadPool| pool.run_until(async {}),
            |pool: &ThreadPool| assert!(pool.try_tick()),
        ] {
            let inner = pool.clone();
            let task = pool.spawn(async move {
                let panic = catch_unwind(AssertUnwindSafe(|| run(&inner))).unwrap_err();
                panic.downcast_ref::<&str>().unwrap().to_string()
            });
            let text = block_on(task).unwrap();
            assert!(text.starts_with("this pool is running already"), "{text}");
        }
        // The last handle of the pool may be dropped by one of its tasks only now.
        pool.run();
    });
}

// Fails, by hanging, if only the innermost executor of a thread is asked.
#[test]
fn a_pool_run_from_inside_itself_through_another_executor() {
    or_hang(|| {
        let pool = Arc::new(ThreadPool::new(1));
        // The only thread: so the others are run by this one.
        let busy = Busy::keep(&pool);
        let text = |panic: Box<dyn std::any::Any + Send>| panic.downcast_ref::<&str>().unwrap().to_string();
        for run in [ThreadPool::run, ThreadPool::run_until_stalled, |pool: &ThreadPool| assert!(pool.try_tick())] {
            let inner = pool.clone();
            let task = pool.spawn(async move {
                text(catch_unwind(AssertUnwindSafe(|| block_on(async { run(&inner) }))).unwrap_err())
            });
            assert!(pool.try_tick());
            assert!(task.is_finished());
            assert!(block_on(task).unwrap().starts_with("this pool is running already"));
        }
        busy.let_go();
        // The same on the pool's own thread.
        let inner = pool.clone();
        let task = pool.spawn(async move {
            let run = || desugar::LocalPool::new().run_until(async { inner.run() });
            text(catch_unwind(AssertUnwindSafe(run)).unwrap_err())
        });
        assert!(block_on(task).unwrap().starts_with("this pool is running already"));
        pool.run();
    });
}

#[test]
fn a_pool_without_threads() {
    let panic = catch_unwind(|| ThreadPool::new(0)).unwrap_err();
    let text = panic.downcast_ref::<&str>().unwrap();
    assert!(text.starts_with("a pool without threads would never poll anything"), "{text}");
}
