//! Panics of tasks, of destructors, and of wakers that are not ours.

use std::{
    cell::Cell,
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use desugar::{LocalPool, yield_now};

use crate::support::{Alive, Bomb, OnDrop};

// Invariant 10. Fails without the `catch_unwind` around the poll.
#[test]
fn a_task_that_panics_is_dropped_and_the_pool_goes_on() {
    let (alive, polls, waker) = (Alive::default(), Cell::new(0), Cell::new(None));
    let life = alive.one();
    let pool = LocalPool::new();
    let panics = pool.spawn(poll_fn(|cx| -> Poll<()> {
        let _ = &life;
        polls.set(polls.get() + 1);
        waker.set(Some(cx.waker().clone()));
        cx.waker().wake_by_ref();
        panic!("on purpose");
    }));
    let goes_on = pool.spawn(async {
        yield_now().await;
        5
    });
    pool.run();
    assert_eq!(polls.get(), 1);
    waker.take().unwrap().wake();
    assert_eq!(pool.run_until(goes_on).unwrap(), 5);
    assert_eq!(polls.get(), 1);
    let error = pool.run_until(panics).unwrap_err();
    assert!(error.is_panic());
    assert_eq!(error.to_string(), "the task panicked: on purpose");
    assert_eq!(error.into_panic().unwrap().downcast_ref(), Some(&"on purpose"));
}

#[test]
fn a_future_is_dropped_before_its_panic_is_known() {
    let (pool, alive) = (LocalPool::new(), Alive::default());
    let life = alive.one();
    let task = pool.spawn(async move {
        let _life = life;
        panic_any(7_u8);
    });
    let inner = alive.clone();
    pool.run_until(async move {
        let error = task.await.unwrap_err();
        assert_eq!((error.to_string(), inner.count()), ("the task panicked".to_owned(), 0));
    });
}

#[test]
fn a_panic_of_a_destructor_after_the_last_poll_is_the_panic_of_the_task() {
    let (pool, alive) = (LocalPool::new(), Alive::default());
    let (output, bomb) = (alive.one(), OnDrop(|| panic!("in the destructor")));
    let mut output = Some(output);
    let task = pool.spawn(poll_fn(move |_| {
        let _ = &bomb;
        Poll::Ready(output.take().unwrap())
    }));
    pool.run();
    assert_eq!(alive.count(), 0);
    let error = pool.run_until(task).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "the task panicked: in the destructor");
}

#[test]
fn a_panic_whose_payload_panics_ends_somewhere() {
    // Payloads that are leaked, on purpose, which Miri would report.
    if cfg!(miri) {
        return;
    }
    let pool = LocalPool::new();
    pool.spawn(async { panic_any(Bomb(9)) }).detach();
    pool.spawn(async { Bomb(9) }).detach();
    let cancelled = pool.spawn(async {});
    let own = std::rc::Rc::new(Cell::new(None));
    let (theirs, bomb) = (own.clone(), Bomb(9));
    own.set(Some(pool.spawn(poll_fn(move |_| {
        let _ = &bomb;
        drop(theirs.take());
        Poll::<()>::Pending
    }))));
    pool.run();
    assert_eq!(pool.run_until(cancelled).unwrap(), ());
}

#[test]
fn a_panic_on_cancelling_goes_to_who_cancels() {
    let (pool, alive) = (LocalPool::new(), Alive::default());
    let life = alive.one();
    let task = pool.spawn(async move {
        let (_life, _bomb) = (life, OnDrop(|| panic!("on cancelling")));
        pending::<()>().await;
    });
    pool.run_until_stalled();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(task))).is_err());
    assert_eq!(alive.count(), 0);
    pool.run();
}

#[test]
fn a_panic_of_the_main_future_goes_on_and_the_pool_can_be_run_again() {
    let (pool, alive) = (LocalPool::new(), Alive::default());
    let task = pool.spawn(async {
        yield_now().await;
        1
    });
    let life = alive.one();
    let run = catch_unwind(AssertUnwindSafe(|| {
        pool.run_until(async {
            let _life = life;
            panic!("main")
        })
    }));
    assert!(run.is_err());
    assert_eq!(alive.count(), 0);
    assert_eq!(pool.run_until(task).unwrap(), 1);
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

// Fails without `shielded` around the wake of who awaits.
#[test]
fn a_waker_that_panics_does_not_end_the_pool() {
    let pool = LocalPool::new();
    let mut task = Box::pin(pool.spawn(async { 1 }));
    let waker = Waker::from(Arc::new(Panics));
    assert!(task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    pool.run();
    assert_eq!(pool.run_until(task).unwrap(), 1);
}

// Invariant 5. Fails if the stand-in for the main future is not taken away when that panics.
#[test]
fn panics_leave_nothing_behind() {
    let kept = Cell::new(None);
    let pool = LocalPool::new();
    let _ = catch_unwind(AssertUnwindSafe(|| {
        pool.run_until(poll_fn(|cx| -> Poll<()> {
            kept.set(Some(cx.waker().clone()));
            cx.waker().wake_by_ref();
            panic!("main")
        }))
    }));
    assert_eq!(format!("{pool:?}"), "LocalPool { tasks: 0 }");
    kept.take().unwrap().wake();
    drop(pool);
}
