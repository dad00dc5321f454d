//! Who is polled when.

use std::{cell::Cell, future::poll_fn, task::Poll, time::Duration};

use desugar::{LocalPool, time::sleep, yield_now};

use crate::support::{Hand, Trace, elsewhere, or_hang};

// Invariant 12. Fails if the queue is a stack.
#[test]
fn first_come_first_served() {
    let (trace, pool) = (Trace::default(), LocalPool::new());
    for name in ["a", "b", "c"] {
        let trace = trace.clone();
        pool.spawn(async move {
            for round in 1..=2 {
                trace.write(format!("{name}{round}"));
                yield_now().await;
            }
        })
        .detach();
    }
    pool.run();
    assert_eq!(trace.take(), ["a1", "b1", "c1", "a2", "b2", "c2"]);
}

// Invariant 12. Fails if what is taken from the stack is not turned over.
#[test]
fn wakes_from_elsewhere_are_first_come_first_served_too() {
    let (pool, hands, trace) = (LocalPool::new(), [(); 3].map(|()| Hand::default()), Trace::default());
    for (index, hand) in hands.iter().enumerate() {
        let (future, trace) = (hand.future(), trace.clone());
        let mut future = Box::pin(future);
        pool.spawn(poll_fn(move |cx| {
            trace.write(index);
            future.as_mut().poll(cx)
        }))
        .detach();
    }
    pool.run_until_stalled();
    let wakers: Vec<_> = [2, 0, 1].iter().map(|&index| hands[index].waker()).collect();
    elsewhere(move || wakers.into_iter().for_each(|waker| waker.wake()));
    pool.run_until_stalled();
    assert_eq!(trace.take(), ["0", "1", "2", "2", "0", "1"]);
}

// Invariant 12. Fails if a task that wakes itself is polled again at once.
#[test]
fn a_task_that_wakes_itself_does_not_starve_the_others() {
    let (others, pool) = (Cell::new(0), LocalPool::new());
    let _spins = pool.spawn(async {
        loop {
            yield_now().await;
        }
    });
    pool.run_until(async {
        let task = pool.spawner().spawn(async {
            for _ in 0..1000 {
                others.set(others.get() + 1);
                yield_now().await;
            }
        });
        task.await.unwrap();
    });
    assert_eq!(others.get(), 1000);
}

// Invariant 12. Fails if timers are looked at only when nothing is runnable.
#[test]
fn a_task_that_wakes_itself_does_not_starve_the_timer() {
    or_hang(|| {
        let pool = LocalPool::new();
        let _spins = pool.spawn(async {
            loop {
                yield_now().await;
            }
        });
        pool.run_until(sleep(Duration::from_millis(1)));
    });
}

// Invariant 12. Fails if other threads are looked at only when nothing is runnable.
#[test]
fn a_task_that_wakes_itself_does_not_starve_other_threads() {
    or_hang(|| {
        let (pool, hand) = (LocalPool::new(), Hand::default());
        let _spins = pool.spawn(async {
            loop {
                yield_now().await;
            }
        });
        let mut sent = false;
        let mut future = Box::pin(hand.future());
        pool.run_until(poll_fn(move |cx| {
            if !sent {
                sent = true;
                let waker = cx.waker().clone();
                hand.finish();
                elsewhere(move || waker.wake());
                return Poll::Pending;
            }
            future.as_mut().poll(cx)
        }));
    });
}

// Invariant 12. Fails if it polls only what was runnable at the beginning.
#[test]
fn stalled_means_that_nothing_is_runnable() {
    let (pool, trace) = (LocalPool::new(), Trace::default());
    let spawner = pool.spawner();
    let lines = trace.clone();
    pool.spawn(async move {
        let inner = lines.clone();
        let task = spawner.spawn(async move {
            yield_now().await;
            inner.write("inner");
        });
        yield_now().await;
        task.await.unwrap();
        lines.write("outer");
        std::future::pending::<()>().await;
    })
    .detach();
    pool.run_until_stalled();
    assert_eq!(trace.take(), ["inner", "outer"]);
    assert!(!pool.try_tick());
}

#[test]
fn a_tick_is_one_poll() {
    let (pool, hand) = (LocalPool::new(), Hand::default());
    assert!(!pool.try_tick());
    let _tasks = (pool.spawn(hand.future()), pool.spawn(hand.future()));
    assert!(pool.try_tick());
    assert_eq!(hand.polls.get(), 1);
    assert!(pool.try_tick());
    assert!(!pool.try_tick());
    assert_eq!(hand.polls.get(), 2);
}

// Fails if what is taken from the queue counts, polled or not.
#[test]
fn a_tick_passes_over_what_has_been_cancelled() {
    let (pool, hand) = (LocalPool::new(), Hand::default());
    let cancelled = [pool.spawn(async {}), pool.spawn(async {})];
    let task = pool.spawn(hand.future());
    drop(cancelled);
    assert!(pool.try_tick());
    assert_eq!(hand.polls.get(), 1);
    hand.waker().wake();
    drop(task);
    assert!(!pool.try_tick());
    // What has stood for a future of `run_until` is no task either.
    pool.run_until(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Ready(())
    }));
    assert!(!pool.try_tick());
}

#[test]
fn run_until_leaves_the_others_for_the_next_time() {
    let (pool, trace) = (LocalPool::new(), Trace::default());
    let lines = trace.clone();
    pool.spawn(async move {
        for round in 0..10 {
            lines.write(round);
            yield_now().await;
        }
    })
    .detach();
    // The task is the first in the queue: it was spawned before.
    pool.run_until(async {
        yield_now().await;
        yield_now().await;
    });
    assert_eq!(trace.take(), ["0", "1", "2"]);
    pool.run();
    assert_eq!(trace.take().len(), 7);
}
