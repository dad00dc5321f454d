//! What holds for tasks of either pool. This file is compiled twice: `super` says for which.

use std::{
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{Arc, mpsc},
    task::{Poll, Waker},
};

use desugar::yield_now;

use super::{Spawner, new_pool};
use crate::support::{Alive, Bomb, Life, OnDrop, or_hang};

// Invariants 9 and 11. Fails if a lock is held while a future is dropped.
#[test]
fn drops_may_wake_and_spawn() {
    or_hang(|| {
        let (pool, alive) = (new_pool(), Alive::default());
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
struct Again(Spawner, Life);

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

// Invariant 9. Fails without the end to refusals: the stack overflows. If the pool is closed only when it is empty, it never
// ends.
#[test]
fn drops_that_spawn_what_does_the_same_come_to_an_end() {
    // The last one is leaked, on purpose, which Miri would report.
    if cfg!(miri) {
        return;
    }
    or_hang(|| {
        let (pool, alive) = (new_pool(), Alive::default());
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
        let (pool, alive) = (new_pool(), Alive::default());
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

// Fails if the panics after the first are dropped unguarded: what is left then is never dropped.
#[test]
fn payloads_that_panic_do_not_keep_a_pool_from_dropping_the_rest() {
    // Payloads that are leaked, on purpose, which Miri would report.
    if cfg!(miri) {
        return;
    }
    or_hang(|| {
        let (pool, alive) = (new_pool(), Alive::default());
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

#[test]
fn outputs_that_nobody_takes_are_dropped() {
    or_hang(|| {
        let pool = new_pool();
        let alive = Alive::default();
        let spawn = || {
            let life = alive.one();
            pool.spawn(async move { life })
        };
        let (detached, dropped_late, detached_late) = (spawn(), spawn(), spawn());
        detached.detach();
        pool.run();
        assert_eq!(alive.count(), 2);
        drop(dropped_late);
        detached_late.detach();
        assert_eq!(alive.count(), 0);
    });
}

// Fails if it matters whether the task has ended: without `shielded` in `detach`.
#[test]
fn a_panic_of_the_output_of_a_detached_task_ends_there() {
    or_hang(|| {
        let (pool, alive) = (new_pool(), Alive::default());
        for finished in [false, true] {
            let life = alive.one();
            let task = pool.spawn(async move { (life, OnDrop(|| panic!("in the output"))) });
            if finished {
                pool.run();
            }
            task.detach();
            pool.run();
            assert_eq!(alive.count(), 0);
        }
    });
}

#[test]
fn a_panic_of_the_output_goes_to_who_drops_the_handle() {
    or_hang(|| {
        let (pool, alive) = (new_pool(), Alive::default());
        let life = alive.one();
        let task = pool.spawn(async move { (life, OnDrop(|| panic!("in the output"))) });
        pool.run();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(task))).is_err());
        assert_eq!(alive.count(), 0);
    });
}

// Invariant 11.
#[test]
fn spawning_in_a_task_and_in_a_drop() {
    or_hang(|| {
        let pool = new_pool();
        let spawner = pool.spawner();
        let (send, done) = mpsc::channel();
        pool.spawn(async move {
            let inner = spawner.clone();
            let mut send = Some(send);
            let _spawns = OnDrop(move || {
                let send = send.take().unwrap();
                inner.spawn(async move { send.send(()).unwrap() }).detach();
            });
            spawner.spawn(yield_now()).await.unwrap();
        })
        .detach();
        pool.run();
        done.try_recv().unwrap();
    });
}
