//! What goes in and what comes out: the output, the future's own end, its panic.

use std::{
    cell::Cell,
    future::{IntoFuture, Ready, poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread,
};

use desugar::block_on;

use crate::{counted, elsewhere, or_hang};

#[test]
fn a_ready_future_is_polled_once() {
    let polls = Cell::new(0);
    assert_eq!(block_on(counted(&polls, |_, _| Poll::Ready("output"))), "output");
    assert_eq!(polls.get(), 1);
}

#[test]
fn the_future_may_borrow_from_the_caller() {
    let mut text = String::from("a");
    block_on(async { text.push('b') });
    assert_eq!(text, "ab");
}

#[test]
fn into_future_runs_once_and_before_the_first_poll() {
    struct Request<'a>(&'a Cell<u32>);
    impl IntoFuture for Request<'_> {
        type Output = u32;
        type IntoFuture = Ready<u32>;
        fn into_future(self) -> Ready<u32> {
            self.0.set(self.0.get() + 1);
            ready(self.0.get())
        }
    }
    let conversions = Cell::new(0);
    assert_eq!(block_on(Request(&conversions)), 1);
    assert_eq!(conversions.get(), 1);
}

/// Counts how often it is dropped, and on which thread.
struct Dropped(Arc<AtomicUsize>, thread::ThreadId);

impl Drop for Dropped {
    fn drop(&mut self) {
        assert_eq!(thread::current().id(), self.1);
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_future_is_dropped_before_the_return_even_if_a_waker_is_kept() {
    let drops = Arc::new(AtomicUsize::new(0));
    let guard = Dropped(drops.clone(), thread::current().id());
    let waker = block_on(poll_fn(move |cx| {
        let _ = &guard;
        Poll::Ready(cx.waker().clone())
    }));
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    drop(waker);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn a_future_may_wake_itself_while_it_is_dropped() {
    struct WakesOnDrop(Option<Waker>);
    impl Drop for WakesOnDrop {
        fn drop(&mut self) {
            let waker = self.0.take().unwrap();
            waker.wake_by_ref();
            elsewhere(move || waker.wake());
        }
    }
    let mut owned = WakesOnDrop(None);
    block_on(poll_fn(move |cx| {
        let WakesOnDrop(waker) = &mut owned;
        *waker = Some(cx.waker().clone());
        Poll::Ready(())
    }));
}

#[test]
fn a_panic_goes_to_the_caller_and_drops_the_future() {
    let drops = Arc::new(AtomicUsize::new(0));
    let guard = Dropped(drops.clone(), thread::current().id());
    let call = || {
        block_on(poll_fn(move |_| -> Poll<()> {
            let _ = &guard;
            resume_unwind(Box::new("the payload"))
        }));
    };
    let payload = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the payload"));
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn an_outer_call_goes_on_after_a_panic_in_a_nested_one() {
    or_hang(|| {
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            let nested = || block_on(poll_fn(|_| -> Poll<()> { resume_unwind(Box::new(())) }));
            catch_unwind(AssertUnwindSafe(nested)).unwrap_err();
            if poll == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }));
        assert_eq!(polls.get(), 2);
    });
}
