//! The park token of the thread, which is not ours to take or to give.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::Poll,
    thread,
    time::Duration,
};

use desugar::block_on;

use crate::{counted, or_hang, waking_thread};

#[test]
fn a_poll_that_receives_from_a_channel_loses_no_wake() {
    or_hang(|| {
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            if poll == 10 {
                return Poll::Ready(());
            }
            let (send, receive) = mpsc::channel();
            let waker = cx.waker().clone();
            let thread = thread::spawn(move || {
                waker.wake();
                thread::sleep(Duration::from_millis(1));
                send.send(()).unwrap();
            });
            // Sleeps by parking: it may take the token of a wake that unparks, and leave one of its own.
            receive.recv().unwrap();
            thread.join().unwrap();
            Poll::Pending
        }));
        assert_eq!(polls.get(), 10);
    });
}

#[test]
fn a_poll_that_parks_loses_no_wake() {
    or_hang(|| {
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            if poll == 10 {
                return Poll::Ready(());
            }
            let (waker, owner) = (cx.waker().clone(), thread::current());
            let thread = thread::spawn(move || {
                waker.wake();
                owner.unpark();
            });
            // Takes the one token; if a wake unparked too, that one with it.
            thread::park();
            thread.join().unwrap();
            Poll::Pending
        }));
        assert_eq!(polls.get(), 10);
    });
}

#[test]
fn a_token_left_by_the_caller_is_no_wake_and_stays() {
    or_hang(|| {
        let (wake, thread) = waking_thread();
        let polls = Cell::new(0);
        thread::current().unpark();
        block_on(counted(&polls, |poll, cx| {
            if poll == 1 {
                wake.send(cx.waker().clone()).unwrap();
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        assert_eq!(polls.get(), 2);
        // Returns at once, or `block_on` has taken what was not its own.
        thread::park();
        drop(wake);
        thread.join().unwrap();
    });
}

#[test]
fn a_token_that_arrives_between_two_polls_is_left_for_the_future() {
    or_hang(|| {
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            if poll == 2 {
                // Meant for this: whoever slept between the polls must not have taken it.
                thread::park();
                return Poll::Ready(());
            }
            let (waker, owner) = (cx.waker().clone(), thread::current());
            thread::spawn(move || {
                owner.unpark();
                thread::sleep(Duration::from_millis(20));
                waker.wake();
            });
            Poll::Pending
        }));
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn a_wake_leaves_no_token_behind() {
    or_hang(|| {
        let (wake, thread) = waking_thread();
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            wake.send(cx.waker().clone()).unwrap();
            if poll == 5 { Poll::Ready(()) } else { Poll::Pending }
        }));
        drop(wake);
        thread.join().unwrap();

        // A token would end the first of these parks early. (So may std, though it is not seen to.)
        let owner = thread::current();
        let unparked = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let unparked = unparked.clone();
            move || {
                thread::sleep(Duration::from_millis(20));
                unparked.store(true, Ordering::Relaxed);
                owner.unpark();
            }
        });
        thread::park();
        assert!(unparked.load(Ordering::Relaxed));
        thread.join().unwrap();
    });
}
