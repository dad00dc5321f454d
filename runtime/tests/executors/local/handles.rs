//! Awaiting, cancelling and detaching.

use std::{
    cell::RefCell,
    future::{pending, poll_fn},
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use desugar::{Handle, LocalPool, yield_now};

use crate::support::{Alive, Hand, OnDrop, Trace};

#[test]
fn awaiting_gives_the_output_whether_ready_before_or_after() {
    let pool = LocalPool::new();
    let (early, late) = (pool.spawn(async { 1 }), pool.spawn(async { "late" }));
    pool.try_tick();
    assert!(early.is_finished() && !late.is_finished());
    assert_eq!(pool.run_until(async { (early.await.unwrap(), late.await.unwrap()) }), (1, "late"));
}

#[test]
fn tasks_borrow_from_outside() {
    let (words, mut longest) = (vec!["ab".to_owned(), "abc".to_owned()], 0);
    {
        let pool = LocalPool::new();
        pool.spawn(async { longest = words.iter().map(String::len).max().unwrap() }).detach();
        pool.run();
    }
    assert_eq!(longest, 3);
}

#[test]
fn dropping_a_handle_drops_the_future_there_and_then() {
    let (pool, alive) = (LocalPool::new(), Alive::default());
    for polled in [false, true] {
        let life = alive.one();
        let task = pool.spawn(async move {
            let _life = life;
            pending::<()>().await;
        });
        if polled {
            pool.run_until_stalled();
        }
        assert_eq!(alive.count(), 1);
        drop(task);
        assert_eq!(alive.count(), 0);
        pool.run_until_stalled();
    }
    pool.run();
}

#[test]
fn a_task_may_drop_its_own_handle() {
    for finishes in [false, true] {
        let (pool, alive) = (LocalPool::new(), Alive::default());
        let handle = Rc::new(RefCell::new(None::<Handle<'_, ()>>));
        let (own, life) = (handle.clone(), alive.one());
        let inner = alive.clone();
        let task = pool.spawn(poll_fn(move |_| {
            let _ = &life;
            drop(own.take());
            // Not before the poll returns.
            assert_eq!(inner.count(), 1);
            if finishes { Poll::Ready(()) } else { Poll::Pending }
        }));
        handle.replace(Some(task));
        pool.run();
        assert_eq!(alive.count(), 0);
    }
}

#[test]
fn a_future_may_drop_its_own_handle_when_it_is_dropped() {
    let (pool, alive) = (LocalPool::new(), Alive::default());
    let handle = Rc::new(RefCell::new(None::<Handle<'_, u8>>));
    let (own, life) = (handle.clone(), alive.one());
    let task = pool.spawn(async move {
        let _life = life;
        let _drops = OnDrop(move || drop(own.take()));
        pending::<u8>().await
    });
    pool.run_until_stalled();
    handle.replace(Some(task));
    drop(pool);
    assert_eq!(alive.count(), 0);
}

#[test]
fn a_future_may_poll_its_own_handle_when_it_is_dropped() {
    let pool = LocalPool::new();
    let handle = Rc::new(RefCell::new(None::<Handle<'_, u8>>));
    let own = handle.clone();
    let task = pool.spawn(async move {
        let _polls = OnDrop(move || {
            let mut own = own.borrow_mut();
            let polled = pin!(own.as_mut().unwrap()).poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        });
        pending::<u8>().await
    });
    pool.run_until_stalled();
    handle.replace(Some(task));
    drop(pool);
    let polled = pin!(handle.take().unwrap()).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(error)) if !error.is_panic()));
}

#[test]
fn cancelling_is_not_seen_by_others() {
    let (pool, trace) = (LocalPool::new(), Trace::default());
    let mut tasks: Vec<_> = (0..5)
        .map(|number| {
            let trace = trace.clone();
            pool.spawn(async move {
                yield_now().await;
                trace.write(number);
            })
        })
        .collect();
    pool.try_tick();
    // One that is at the end of the queue again, and two that are in the middle.
    drop((tasks.remove(0), tasks.remove(1), tasks.remove(1)));
    pool.run();
    assert_eq!(trace.take(), ["1", "4"]);
}

#[test]
fn the_last_one_who_awaits_is_woken() {
    let (pool, hand) = (LocalPool::new(), Hand::default());
    let mut task = pool.spawn(hand.future());
    let (first, second) = (Hand::default(), Hand::default());
    let others = (pool.spawn(first.future()), pool.spawn(second.future()));
    pool.run_until_stalled();
    for other in [&first, &second] {
        assert!(pin!(&mut task).poll(&mut Context::from_waker(&other.waker())).is_pending());
    }
    hand.finish();
    hand.waker().wake();
    pool.run_until_stalled();
    assert_eq!((first.polls.get(), second.polls.get()), (1, 2));
    drop(others);
}

#[test]
fn a_handle_that_is_gone_keeps_no_waker() {
    let (pool, hand) = (LocalPool::new(), Hand::default());
    let mut task = pool.spawn(hand.future());
    let waker = std::sync::Arc::new(Nothing);
    assert!(pin!(&mut task).poll(&mut Context::from_waker(&waker.clone().into())).is_pending());
    assert_eq!(std::sync::Arc::strong_count(&waker), 2);
    task.detach();
    assert_eq!(std::sync::Arc::strong_count(&waker), 1);
}

struct Nothing;

impl std::task::Wake for Nothing {
    fn wake(self: std::sync::Arc<Self>) {}
}

thread_local! {
    static AWAITED: RefCell<Option<Handle<'static, u8>>> = const { RefCell::new(None) };
}

// Fails under Miri without the flag `TELLING`: who is told drops the handle, which frees the task.
#[test]
fn who_awaits_may_drop_the_handle_when_it_is_told() {
    for closes in [false, true] {
        let pool = LocalPool::new();
        let mut handle = if closes { pool.spawn(pending::<u8>()) } else { pool.spawn(async { 1 }) };
        if closes {
            pool.run_until_stalled();
        }
        let waker = desugar::waker::waker_fn(|| drop(AWAITED.take()));
        assert!(pin!(&mut handle).poll(&mut Context::from_waker(&waker)).is_pending());
        AWAITED.set(Some(handle));
        if !closes {
            pool.run();
        }
        drop(pool);
        assert!(AWAITED.take().is_none());
    }
}
