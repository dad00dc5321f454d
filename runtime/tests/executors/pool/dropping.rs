//! What becomes of tasks and wakers when the pool goes.

use std::{
    future::{pending, poll_fn},
    sync::{Arc, mpsc},
    task::{Poll, Waker},
    thread,
};

use desugar::{ThreadPool, block_on, yield_now};

use crate::support::{Alive, or_hang};

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
