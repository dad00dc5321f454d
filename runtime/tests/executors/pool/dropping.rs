//! What becomes of tasks and wakers when the pool goes.

use std::{
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{Arc, mpsc},
    task::{Poll, Waker},
    thread,
};

use desugar::{ThreadPool, ThreadSpawner, block_on, yield_now};

use crate::support::{Alive, Life, OnDrop, or_hang};

// Invariant 9. Fails if only the queues are emptied.
#[test]
fn dropping_the_pool_drops_every_future() {
    or_hang(|| {
        for round in 0..if cfg!(miri) { 4 } else { 200 } {
            let pool = ThreadPool::new(2);
            let alive = Alive::default();
            for _ in 0..10 {
                let life = alive.one();
                pool.spawn(async move {
                    let _life = life;
                    yield_now().await;
                    pending::<()>().await;
                })
                .detach();
            }
            if round % 2 == 0 {
                pool.run_until_stalled();
            }
            drop(pool);
            assert_eq!(alive.count(), 0);
        }
    });
}

#[test]
fn a_handle_says_that_the_pool_is_gone() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let task = pool.spawn(pending::<()>());
        let spawner = pool.spawner();
        let waits = thread::spawn(|| block_on(task));
        drop(pool);
        for result in [waits.join().unwrap(), block_on(spawner.spawn(pending()))] {
            let error = result.unwrap_err();
            assert!(error.to_string().starts_with("the task was dropped with its pool; keep the pool"));
        }
    });
}

// Invariants 9 and 11.
#[test]
fn drops_may_wake_and_spawn() {
    or_hang(|| {
        let (pool, alive) = (ThreadPool::new(2), Alive::default());
        let (send, wakers) = mpsc::channel::<Waker>();
        let wakers = Arc::new(std::sync::Mutex::new(wakers));
        for _ in 0..3 {
            let (spawner, send, wakers, inner) = (pool.spawner(), send.clone(), wakers.clone(), alive.clone());
            let life = alive.one();
            pool.spawn(async move {
                let _life = life;
                let _spawns = OnDrop(move || {
                    wakers.lock().unwrap().try_iter().for_each(Waker::wake);
                    let life = inner.one();
                    spawner.spawn(async move { drop(life) }).detach();
                });
                poll_fn(|cx| {
                    send.send(cx.waker().clone()).unwrap();
                    Poll::<()>::Pending
                })
                .await;
            })
            .detach();
        }
        pool.run_until_stalled();
        drop(pool);
        assert_eq!(alive.count(), 0);
    });
}

/// Spawns one like itself when it is dropped.
struct Again(ThreadSpawner, Life);

impl Drop for Again {
    fn drop(&mut self) {
        let again = Again(self.0.clone(), self.1.another());
        self.0
            .spawn(async move {
                let _again = again;
                pending::<()>().await;
            })
            .detach();
    }
}

// Invariant 9. Fails without the end to refusals: the stack overflows.
#[test]
fn drops_that_spawn_what_does_the_same_come_to_an_end() {
    // The last one is leaked, on purpose, which Miri would report.
    if cfg!(miri) {
        return;
    }
    or_hang(|| {
        let (pool, alive) = (ThreadPool::new(2), Alive::default());
        let again = Again(pool.spawner(), alive.one());
        pool.spawn(async move {
            let _again = again;
            pending::<()>().await;
        })
        .detach();
        pool.run_until_stalled();
        drop(pool);
        assert_eq!(alive.count(), 1);
    });
}

#[test]
fn a_panic_on_dropping_the_pool_goes_on_when_all_are_dropped() {
    or_hang(|| {
        let (pool, alive) = (ThreadPool::new(2), Alive::default());
        for number in 0..3 {
            let life = alive.one();
            pool.spawn(async move {
                let _life = life;
                let _bomb = OnDrop(move || assert_ne!(number, 1, "on dropping"));
                pending::<()>().await;
            })
            .detach();
        }
        pool.run_until_stalled();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(pool))).is_err());
        assert_eq!(alive.count(), 0);
    });
}

/// Panics when dropped, with another one of these, so many times.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 && !thread::panicking() {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

// Fails if the panics after the first are dropped unguarded: what is left then is never dropped.
#[test]
fn payloads_that_panic_do_not_keep_a_pool_from_dropping_the_rest() {
    // Payloads that are leaked, on purpose, which Miri would report.
    if cfg!(miri) {
        return;
    }
    or_hang(|| {
        let (pool, alive) = (ThreadPool::new(1), Alive::default());
        for number in 0..4 {
            let life = alive.one();
            pool.spawn(async move {
                let _life = life;
                let _bomb = OnDrop(move || {
                    if number < 3 {
                        panic_any(Bomb(9));
                    }
                });
                pending::<()>().await;
            })
            .detach();
        }
        pool.run_until_stalled();
        let panic = catch_unwind(AssertUnwindSafe(|| drop(pool))).unwrap_err();
        std::mem::forget(panic);
        assert_eq!(alive.count(), 0);
    });
}

// Fails if the pool waits for all of its threads.
#[test]
fn a_task_may_drop_its_own_pool() {
    or_hang(|| {
        let alive = Alive::default();
        for threads in [1, 2] {
            for ready in [false, true] {
                let pool = Arc::new(ThreadPool::new(threads));
                let (life, other) = (alive.one(), alive.one());
                pool.spawn(async move {
                    let _life = other;
                    pending::<()>().await;
                })
                .detach();
                pool.run_until_stalled();
                let (send, receive) = mpsc::channel::<Arc<ThreadPool>>();
                let (done, is_done) = mpsc::channel();
                let inner = alive.clone();
                let task = pool.spawn(poll_fn(move |_| {
                    let _ = &life;
                    drop(receive.recv().unwrap());
                    done.send(inner.count()).unwrap();
                    if ready { Poll::Ready(()) } else { Poll::Pending }
                }));
                send.send(pool).unwrap();
                assert_eq!(is_done.recv().unwrap(), 1);
                assert_eq!(block_on(task).is_ok(), ready);
                assert_eq!(alive.count(), 0);
            }
        }
    });
}

// Invariants 4 and 5.
#[test]
fn wakes_while_the_pool_goes() {
    or_hang(|| {
        for _ in 0..if cfg!(miri) { 10 } else { 1_000 } {
            let pool = ThreadPool::new(2);
            let (send, wakers) = mpsc::channel::<Waker>();
            let tasks = [(); 3].map(|()| {
                let send = send.clone();
                pool.spawn(poll_fn(move |cx| {
                    let _ = send.send(cx.waker().clone());
                    Poll::<()>::Pending
                }))
            });
            drop(send);
            let waking = thread::spawn(move || {
                for waker in wakers {
                    waker.wake_by_ref();
                    let clone = waker.clone();
                    waker.wake();
                    drop(clone);
                }
            });
            let [one, other, third] = tasks;
            other.detach();
            drop(one);
            drop(pool);
            drop(third);
            waking.join().unwrap();
        }
    });
}
