//! Which wakes lead to which polls, on the pool's own thread.

use std::{cell::Cell, future::poll_fn, task::Poll};

use desugar::{LocalPool, block_on, yield_now};

use crate::support::{Alive, Hand, elsewhere, or_hang};

// Invariant 6. Fails without the flag QUEUED.
#[test]
fn many_wakes_before_a_poll_give_one_poll() {
    let hand = Hand::default();
    let pool = LocalPool::new();
    let _task = pool.spawn(hand.future());
    pool.run_until_stalled();
    assert_eq!(hand.polls.get(), 1);
    let (waker, other) = (hand.waker(), hand.waker());
    // In the pool and outside of it, which take different ways, and from another thread.
    pool.run_until(async {
        waker.wake_by_ref();
        waker.wake_by_ref();
        other.wake_by_ref();
    });
    other.wake_by_ref();
    elsewhere(move || other.wake());
    waker.wake();
    pool.run_until_stalled();
    assert_eq!(hand.polls.get(), 2);
}

// Invariant 6. Fails if a poll does not take from the stack what was woken from elsewhere before it.
#[test]
fn wakes_on_both_ways_before_a_poll_give_one_poll() {
    let (hand, pool) = (Hand::default(), LocalPool::new());
    let _task = pool.spawn(hand.future());
    pool.run_until_stalled();
    let waker = hand.waker();
    pool.run_until(async {
        // This puts it in the queue, and then on the stack as well. The pool looks at the stack before each round only.
        waker.wake_by_ref();
        let other = waker.clone();
        elsewhere(move || other.wake());
        yield_now().await;
        assert_eq!(hand.polls.get(), 2);
        // Here the other way round; the one from elsewhere has been taken from the stack when the second comes.
        let other = waker.clone();
        elsewhere(move || other.wake());
        waker.wake_by_ref();
        yield_now().await;
    });
    pool.run_until_stalled();
    assert_eq!(hand.polls.get(), 3);
}

// Invariant 6. Fails if the marks are taken off after the poll.
#[test]
fn a_self_wake_gives_exactly_one_more_poll() {
    let polls = Cell::new(0);
    let pool = LocalPool::new();
    let task = pool.spawn(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        if polls.get() == 1 {
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
        }
        Poll::<()>::Pending
    }));
    pool.run_until_stalled();
    assert_eq!(polls.get(), 2);
    drop(task);
}

// Invariant 6. Nothing can be: the future is gone. What is taken out of the list twice is the next test's.
#[test]
fn nothing_is_polled_after_it_was_ready() {
    let (hand, pool) = (Hand::default(), LocalPool::new());
    pool.spawn(hand.future()).detach();
    pool.run_until_stalled();
    hand.finish();
    hand.waker().wake();
    pool.run_until_stalled();
    assert_eq!(hand.polls.get(), 2);
    hand.waker().wake();
    elsewhere({
        let waker = hand.waker();
        move || waker.wake()
    });
    pool.run_until(async { hand.waker().wake() });
    pool.run_until_stalled();
    assert_eq!(hand.polls.get(), 2);
}

// Invariant 6. Fails if neither the look at LIVE in `run` nor LISTED keeps the task from leaving the list a second time, and
// others with it.
#[test]
fn a_wake_in_the_last_poll_is_for_nobody() {
    let (polls, alive, pool) = (Cell::new(0), Alive::default(), LocalPool::new());
    let life = alive.one();
    pool.spawn(async move {
        let _life = life;
        std::future::pending::<()>().await;
    })
    .detach();
    pool.spawn(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        cx.waker().wake_by_ref();
        // It is in the list once it has been pending.
        if polls.get() == 2 { Poll::Ready(()) } else { Poll::Pending }
    }))
    .detach();
    pool.run_until_stalled();
    assert_eq!((polls.get(), alive.count()), (2, 1));
    drop(pool);
    assert_eq!(alive.count(), 0);
}

// Invariant 7. Fails if a future that is ready is not dropped in `finish`.
#[test]
fn a_waker_that_is_kept_does_not_keep_the_future() {
    let (hand, pool, alive) = (Hand::default(), LocalPool::new(), Alive::default());
    let life = alive.one();
    let mut future = Box::pin(hand.future());
    pool.spawn(poll_fn(move |cx| {
        let _ = &life;
        future.as_mut().poll(cx)
    }))
    .detach();
    pool.run_until_stalled();
    assert_eq!(alive.count(), 1);
    hand.finish();
    hand.waker().wake();
    pool.run_until_stalled();
    let kept = hand.waker();
    assert_eq!(alive.count(), 0);
    kept.wake();
}

// Invariant 14. Fails if the table is made anew for each waker.
#[test]
fn wakers_of_one_task_know_one_another() {
    let (one, other, pool) = (Hand::default(), Hand::default(), LocalPool::new());
    let _tasks = (pool.spawn(one.future()), pool.spawn(other.future()));
    pool.run_until_stalled();
    let (a, b) = (one.waker(), other.waker());
    assert!(a.will_wake(&a.clone()) && a.will_wake(&one.waker()));
    assert!(!a.will_wake(&b));
    a.wake_by_ref();
    pool.run_until_stalled();
    assert!(a.will_wake(&one.waker()));
    pool.run_until(poll_fn(|cx| {
        assert!(cx.waker().will_wake(&cx.waker().clone()) && !cx.waker().will_wake(&a));
        Poll::Ready(())
    }));
}

// Invariants 1 and 3: the task of the pool is woken while a call of `block_on` in another one is current. Fails if the pool
// does not look at what was woken from elsewhere, to which such a wake goes.
#[test]
fn a_nested_block_on_keeps_wakes_for_the_pool() {
    or_hang(|| {
        let (hand, pool) = (Hand::default(), LocalPool::new());
        let _task = pool.spawn(hand.future());
        pool.run_until_stalled();
        pool.run_until(async {
            let mut polls = 0;
            block_on(poll_fn(|cx| {
                hand.waker().wake_by_ref();
                cx.waker().wake_by_ref();
                polls += 1;
                if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
            }));
            assert_eq!(hand.polls.get(), 1);
        });
        pool.run_until_stalled();
        assert_eq!(hand.polls.get(), 2);
    });
}

// Invariant 3. Fails as the one before.
#[test]
fn a_pool_in_a_task_of_another_pool() {
    or_hang(|| {
        let (outer, inner) = (LocalPool::new(), LocalPool::new());
        let (of_outer, of_inner) = (Hand::default(), Hand::default());
        let _tasks = (outer.spawn(of_outer.future()), inner.spawn(of_inner.future()));
        inner.run_until_stalled();
        outer.run_until(async {
            yield_now().await;
            inner.run_until(async {
                of_outer.waker().wake();
                of_inner.waker().wake();
                yield_now().await;
            });
            assert_eq!((of_outer.polls.get(), of_inner.polls.get()), (1, 2));
        });
        outer.run_until_stalled();
        assert_eq!(of_outer.polls.get(), 2);
    });
}
