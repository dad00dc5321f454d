//! Wakers: which are alike, and that they may outlive everything.

use std::{
    cell::Cell,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::mpsc,
    task::{Poll, Waker},
    thread,
};

use desugar::block_on;

use crate::{counted, elsewhere, or_hang, polls_after};

#[test]
fn clones_of_a_waker_will_wake_the_same_call_and_no_other() {
    block_on(poll_fn(|outer| {
        let clone = outer.waker().clone();
        assert!(outer.waker().will_wake(&clone));
        assert!(clone.clone().will_wake(outer.waker()));
        let there_and_back = clone.clone();
        assert!(elsewhere(move || there_and_back.clone()).will_wake(&clone));
        block_on(poll_fn(|inner| {
            assert!(!inner.waker().will_wake(&clone));
            Poll::Ready(())
        }));
        Poll::Ready(())
    }));
}

#[test]
fn every_poll_has_the_same_waker() {
    let (polls, mut first) = (Cell::new(0), None);
    block_on(counted(&polls, |poll, cx| {
        assert!(first.get_or_insert_with(|| cx.waker().clone()).will_wake(cx.waker()));
        cx.waker().wake_by_ref();
        if poll == 3 { Poll::Ready(()) } else { Poll::Pending }
    }));
}

#[test]
fn a_waker_works_on_any_thread_after_completion() {
    let waker = block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    waker.wake_by_ref();
    elsewhere(move || {
        let clone = waker.clone();
        waker.wake_by_ref();
        waker.wake();
        clone.wake();
    });
}

#[test]
fn a_waker_works_after_the_thread_of_its_call_has_ended() {
    let waker = elsewhere(|| block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone()))));
    let clone = waker.clone();
    waker.wake();
    clone.wake_by_ref();
}

#[test]
fn a_waker_of_an_earlier_call_does_not_wake_a_later_one() {
    let earlier = block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    let later = polls_after(move |waker| {
        earlier.wake_by_ref();
        let sent = earlier.clone();
        elsewhere(move || sent.wake());
        waker.wake_by_ref();
    });
    assert_eq!(later, 1);
}

/// Has this thread run `call`, then reuse the memory of its waker for a call on another thread, and wakes that one.
fn wake_a_call_at_the_address_of(call: fn() -> Waker) {
    let mut same_address = 0;
    for _ in 0..if cfg!(miri) { 10 } else { 100 } {
        let (send, receive) = mpsc::channel();
        let ended = call();
        let other = thread::spawn(move || {
            let address = ended.data() as usize;
            // The last reference goes here, so that this thread's next allocation of the size is likely to be the same.
            drop(ended);
            let polls = Cell::new(0);
            block_on(counted(&polls, |poll, cx| {
                if poll == 1 {
                    send.send((cx.waker().clone(), cx.waker().data() as usize == address)).unwrap();
                    return Poll::Pending;
                }
                Poll::Ready(())
            }));
        });
        let (waker, same) = receive.recv().unwrap();
        same_address += usize::from(same);
        waker.wake();
        other.join().unwrap();
    }
    // On Linux nearly all; no allocator has to.
    println!("the address was the same {same_address} times");
}

#[test]
fn a_call_is_not_taken_for_an_ended_one_at_the_same_address() {
    or_hang(|| wake_a_call_at_the_address_of(|| block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())))));
}

#[test]
fn a_call_is_not_taken_for_a_panicked_one_at_the_same_address() {
    or_hang(|| {
        wake_a_call_at_the_address_of(|| {
            let mut waker = None;
            let call = || {
                block_on(poll_fn(|cx| -> Poll<()> {
                    waker = Some(cx.waker().clone());
                    resume_unwind(Box::new(()))
                }));
            };
            catch_unwind(AssertUnwindSafe(call)).unwrap_err();
            waker.unwrap()
        });
    });
}
