//! `waker_fn` and `WakeFlag`.

use std::{
    future::poll_fn,
    panic::catch_unwind,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
    thread,
};

use desugar::waker::{WakeFlag, waker_fn};

use crate::support::{Alive, elsewhere, or_hang};

#[test]
fn a_closure_is_called_for_each_wake_and_dropped_with_the_last_waker() {
    let (calls, alive) = (Arc::new(AtomicU32::new(0)), Alive::default());
    let (counted, life) = (calls.clone(), alive.one());
    let waker = waker_fn(move || {
        let _ = &life;
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let (one, other) = (waker.clone(), waker.clone());
    assert!(one.will_wake(&other));
    assert!(!one.will_wake(&waker_fn(|| {})));
    one.wake_by_ref();
    elsewhere(move || one.wake());
    other.wake();
    assert_eq!((calls.load(Ordering::Relaxed), alive.count()), (3, 1));
    drop(waker);
    assert_eq!(alive.count(), 0);
}

#[test]
fn a_flag_wakes_from_other_threads() {
    static FLAG: WakeFlag = WakeFlag::new();
    or_hang(|| {
        let mut polls = 0;
        FLAG.block_on(
            poll_fn(|cx| {
                polls += 1;
                if polls == 10 {
                    return Poll::Ready(());
                }
                let waker = cx.waker().clone();
                thread::spawn(move || waker.wake());
                Poll::Pending
            }),
            thread::yield_now,
        );
        assert_eq!(polls, 10);
    });
}

// Fails if the flag is not cleared before the first poll.
#[test]
fn a_flag_that_was_left_set_is_no_wake() {
    static FLAG: WakeFlag = WakeFlag::new();
    FLAG.wake();
    let (mut polls, mut waits) = (0, 0);
    FLAG.block_on(
        poll_fn(|_| {
            polls += 1;
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        }),
        || {
            waits += 1;
            FLAG.wake();
        },
    );
    assert_eq!((polls, waits), (2, 1));
}

// Fails if the flag is cleared after a poll.
#[test]
fn a_flag_set_during_a_poll_leads_to_another() {
    static FLAG: WakeFlag = WakeFlag::new();
    assert!(FLAG.waker().will_wake(&FLAG.waker().clone()));
    let (mut polls, mut waits) = (0, 0);
    FLAG.block_on(
        poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        }),
        || waits += 1,
    );
    assert_eq!((polls, waits), (3, 0));
}

// Invariant 3, where there is no allocator: an error instead of a hang.
#[test]
fn a_flag_serves_one_call_at_a_time() {
    static FLAG: WakeFlag = WakeFlag::new();
    let nested = async {
        let panic = catch_unwind(|| FLAG.block_on(async {}, || {})).unwrap_err();
        panic.downcast_ref::<&str>().unwrap().to_string()
    };
    let text = FLAG.block_on(nested, || {});
    assert!(text.ends_with("use a second one for a nested call"), "{text}");
    assert!(catch_unwind(|| FLAG.block_on(async { panic!("in the future") }, || {})).is_err());
    FLAG.block_on(async {}, || {});
}
