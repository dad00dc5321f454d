//! What becomes of tasks and wakers when the pool goes.

use std::{cell::RefCell, future::pending, rc::Rc, thread};

use desugar::LocalPool;

use crate::support::{Alive, Hand, OnDrop, elsewhere};

// Invariant 9. Fails if `close` drops only what is in the queue.
#[test]
fn dropping_the_pool_drops_every_future() {
    let alive = Alive::default();
    let (hand, pool) = (Hand::default(), LocalPool::new());
    for _ in 0..3 {
        let (life, future) = (alive.one(), hand.future());
        pool.spawn(async move {
            let _life = life;
            future.await;
        })
        .detach();
    }
    pool.run_until_stalled();
    // One is in the queue, one on the stack, one only in the list.
    hand.waker().wake();
    let life = alive.one();
    pool.spawn(async move { drop(life) }).detach();
    drop(pool);
    assert_eq!(alive.count(), 0);
    hand.waker().wake();
}

#[test]
fn a_handle_says_that_the_pool_is_gone() {
    let pool = LocalPool::new();
    let task = pool.spawn(pending::<()>());
    let spawner = pool.spawner();
    drop(pool);
    for task in [task, spawner.spawn(pending())] {
        let error = desugar::block_on(task).unwrap_err();
        assert!(!error.is_panic());
        assert!(error.to_string().starts_with("the task was dropped with its pool; keep the pool"));
    }
}

#[test]
fn a_handle_that_is_awaited_elsewhere_is_woken_when_the_pool_goes() {
    let (one, other) = (LocalPool::new(), LocalPool::new());
    let task = one.spawn(pending::<()>());
    let waits = other.spawn(task);
    other.run_until_stalled();
    assert!(!waits.is_finished());
    drop(one);
    other.run_until_stalled();
    assert!(other.run_until(waits).unwrap().is_err());
}

#[test]
fn an_output_outlives_the_pool() {
    let pool = LocalPool::new();
    let task = pool.spawn(async { "kept".to_owned() });
    pool.run();
    drop(pool);
    assert_eq!(desugar::block_on(task).unwrap(), "kept");
}

// Invariants 9 and 11. Fails if the list is gone through while it changes.
#[test]
fn drops_may_cancel_others() {
    let alive = Alive::default();
    for first in [true, false] {
        let pool = LocalPool::new();
        let task = || {
            let life = alive.one();
            pool.spawn(async move {
                let _life = life;
                pending::<()>().await;
            })
        };
        let before = first.then(task);
        let others = RefCell::new(Vec::new());
        let others = Rc::new(others);
        let theirs = others.clone();
        pool.spawn(async move {
            let _cancels = OnDrop(move || drop(theirs.take()));
            pending::<()>().await;
        })
        .detach();
        others.borrow_mut().extend(before.into_iter().chain([task(), task()]));
        pool.run_until_stalled();
        drop(pool);
        assert_eq!(alive.count(), 0);
    }
}

// Invariant 8. Fails if a future is dropped when the last reference is.
#[test]
fn futures_are_dropped_on_their_own_thread_though_the_last_waker_dies_elsewhere() {
    let (hand, pool) = (Hand::default(), LocalPool::new());
    let (here, dropped_at) = (thread::current().id(), Rc::new(RefCell::new(None)));
    let (future, noted) = (hand.future(), dropped_at.clone());
    pool.spawn(async move {
        let _notes = OnDrop(move || {
            noted.replace(Some(thread::current().id()));
        });
        future.await;
    })
    .detach();
    pool.run_until_stalled();
    let waker = hand.waker();
    hand.forget_waker();
    drop(pool);
    assert_eq!(*dropped_at.borrow(), Some(here));
    elsewhere(move || waker.wake());
}

// Invariant 4. Fails, under Miri, if a task does not keep the core of its pool.
#[test]
fn wakers_work_when_the_pool_is_gone() {
    let (hand, pool) = (Hand::default(), LocalPool::new());
    let _task = pool.spawn(hand.future());
    pool.run_until_stalled();
    drop(pool);
    let waker = hand.waker();
    waker.wake_by_ref();
    let clone = waker.clone();
    clone.wake();
    elsewhere(move || {
        waker.wake_by_ref();
        drop(waker.clone());
        waker.wake();
    });
    assert_eq!(hand.polls.get(), 1);
}

#[test]
fn a_pool_that_is_leaked_does_no_harm() {
    if cfg!(miri) {
        return;
    }
    let hand = Hand::default();
    let text = "borrowed".to_owned();
    let task = {
        let pool = LocalPool::new();
        let future = hand.future();
        let text = &text;
        let task = pool.spawn(async move {
            future.await;
            text.len()
        });
        pool.run_until_stalled();
        std::mem::forget(pool);
        task
    };
    hand.waker().wake();
    drop(task);
}
