//! `block_on`, one test for each thing that can happen to it.
//!
//! Where a broken `block_on` would hang, the test runs under [`or_hang`], which turns that into a failure. Nothing here
//! measures time, and no outcome depends on it.

mod memory;
mod nesting;
mod outcome;
mod park_token;
#[allow(dead_code, reason = "these tests need less of it than those of the pools")]
#[path = "../executors/support.rs"]
mod support;
mod wakers;
mod wakes;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread::{self, JoinHandle},
    time::Duration,
};

use desugar::block_on;

pub(crate) use support::{elsewhere, or_hang};

/// A future that adds to `polls` and hands `body` the number of each poll, from 1.
pub(crate) fn counted<T>(
    polls: &Cell<u32>,
    mut body: impl FnMut(u32, &mut Context<'_>) -> Poll<T>,
) -> impl Future<Output = T> {
    poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        body(polls.get(), cx)
    })
}

/// A thread that wakes each waker it is sent, and ends with the sender.
pub(crate) fn waking_thread() -> (mpsc::Sender<Waker>, JoinHandle<()>) {
    let (send, receive) = mpsc::channel::<Waker>();
    (send, thread::spawn(move || receive.into_iter().for_each(Waker::wake)))
}

/// Lets `wakes` wake during the first poll; says whether anything but them led to the last one.
pub(crate) fn polls_after(wakes: impl Fn(&Waker) + Send + 'static) -> u32 {
    or_hang(move || {
        let polls = Cell::new(0);
        // Set by the one event that may lead to the last poll.
        let last = Arc::new(AtomicBool::new(false));
        let mut thread = None;
        block_on(counted(&polls, |poll, cx| {
            if poll == 1 {
                wakes(cx.waker());
            } else if last.load(Ordering::Relaxed) {
                return Poll::Ready(());
            } else if thread.is_none() {
                let (waker, last) = (cx.waker().clone(), last.clone());
                thread = Some(thread::spawn(move || {
                    // Long enough for polls that should not be to be counted; right without it, too.
                    thread::sleep(Duration::from_millis(20));
                    last.store(true, Ordering::Relaxed);
                    waker.wake();
                }));
            }
            Poll::Pending
        }));
        thread.unwrap().join().unwrap();
        // Without the first and the last.
        polls.get() - 2
    })
}
