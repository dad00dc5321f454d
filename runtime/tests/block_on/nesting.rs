//! A future that calls `block_on` itself.

use std::{cell::Cell, future::ready, task::Poll, thread, time::Duration};

use desugar::block_on;

use crate::{counted, elsewhere, or_hang, polls_after};

#[test]
fn an_outer_wake_during_a_nested_call_is_kept_for_the_outer() {
    or_hang(|| {
        let (outer_polls, inner_polls) = (Cell::new(0), Cell::new(0));
        block_on(counted(&outer_polls, |poll, outer| {
            if poll == 2 {
                return Poll::Ready(());
            }
            let mut thread = None;
            block_on(counted(&inner_polls, |poll, inner| {
                if poll == 2 {
                    return Poll::Ready(());
                }
                let (outer, inner) = (outer.waker().clone(), inner.waker().clone());
                thread = Some(thread::spawn(move || {
                    outer.wake();
                    // So that the nested call is likely to be asleep, and has seen whatever the wake above left.
                    thread::sleep(Duration::from_millis(20));
                    inner.wake();
                }));
                Poll::Pending
            }));
            thread.unwrap().join().unwrap();
            Poll::Pending
        }));
        assert_eq!(inner_polls.get(), 2, "the outer wake is nothing to the nested future");
        assert_eq!(outer_polls.get(), 2);
    });
}

#[test]
fn an_outer_wake_by_the_nested_future_is_kept_for_the_outer() {
    or_hang(|| {
        let (outer_polls, inner_polls) = (Cell::new(0), Cell::new(0));
        block_on(counted(&outer_polls, |poll, outer| {
            if poll == 2 {
                return Poll::Ready(());
            }
            block_on(counted(&inner_polls, |poll, inner| {
                if poll == 2 {
                    return Poll::Ready(());
                }
                outer.waker().wake_by_ref();
                inner.waker().wake_by_ref();
                Poll::Pending
            }));
            Poll::Pending
        }));
        assert_eq!((outer_polls.get(), inner_polls.get()), (2, 2));
    });
}

#[test]
fn a_nested_wake_is_nothing_to_the_outer() {
    let outer_polls = polls_after(|outer| {
        let inner_polls = Cell::new(0);
        block_on(counted(&inner_polls, |poll, inner| {
            inner.waker().wake_by_ref();
            let sent = inner.waker().clone();
            elsewhere(move || sent.wake());
            if poll == 3 { Poll::Ready(()) } else { Poll::Pending }
        }));
        // Only this one is the outer's.
        outer.wake_by_ref();
    });
    assert_eq!(outer_polls, 1);
}

#[test]
fn an_outer_self_wake_works_after_a_nested_call() {
    or_hang(|| {
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            block_on(ready(()));
            cx.waker().wake_by_ref();
            block_on(ready(()));
            if poll == 3 { Poll::Ready(()) } else { Poll::Pending }
        }));
        assert_eq!(polls.get(), 3);
    });
}
