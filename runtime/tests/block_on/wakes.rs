//! Which wakes lead to which polls.

use std::{
    cell::Cell,
    future::poll_fn,
    hint::spin_loop,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use desugar::block_on;

use crate::{counted, elsewhere, or_hang, polls_after, waking_thread};

#[test]
fn a_wake_between_the_poll_and_the_sleep_is_not_lost() {
    or_hang(|| {
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            if poll == 3 {
                return Poll::Ready(());
            }
            // The other thread has woken us and ended before this poll returns.
            let waker = cx.waker().clone();
            elsewhere(move || waker.wake());
            Poll::Pending
        }));
        assert_eq!(polls.get(), 3);
    });
}

#[test]
fn a_wake_that_races_with_the_sleep_is_not_lost() {
    or_hang(|| {
        let rounds = if cfg!(miri) { 20 } else { 20_000 };
        let (wake, thread) = waking_thread();
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            if poll > rounds {
                return Poll::Ready(());
            }
            wake.send(cx.waker().clone()).unwrap();
            // Another moment each time, so that the wake comes before, during and after the falling asleep.
            (0..poll % 200).for_each(|_| spin_loop());
            Poll::Pending
        }));
        assert_eq!(polls.get(), rounds + 1);
        drop(wake);
        thread.join().unwrap();
    });
}

#[test]
fn what_was_written_before_a_wake_is_seen_by_the_poll_after_it() {
    // Relaxed: only the wake says when this is to be seen. Miri hands out old values as the memory model allows.
    for _ in 0..20 {
        or_hang(|| {
            let (written, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
            let (polls, mut thread) = (Cell::new(0), None);
            block_on(counted(&polls, |poll, cx| {
                if poll == 2 {
                    assert!(written.load(Ordering::Relaxed));
                    return Poll::Ready(());
                }
                let (writes, waker, ends) = (written.clone(), cx.waker().clone(), over.clone());
                thread = Some(thread::spawn(move || {
                    writes.store(true, Ordering::Relaxed);
                    waker.wake_by_ref();
                    ends.store(true, Ordering::Relaxed);
                }));
                // The wake is over before we would sleep: no lock is taken, so the wake itself has to publish.
                while !over.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                Poll::Pending
            }));
            thread.unwrap().join().unwrap();
        });
    }
}

#[test]
fn what_several_threads_wrote_before_their_wakes_is_seen() {
    const THREADS: usize = 3;
    for _ in 0..if cfg!(miri) { 5 } else { 500 } {
        or_hang(|| {
            // Relaxed, as above. A wake erased unseen means waiting forever.
            let written = Arc::new([const { AtomicBool::new(false) }; THREADS]);
            let mut threads = Vec::new();
            block_on(poll_fn(|cx| {
                if threads.is_empty() {
                    threads.extend((0..THREADS).map(|i| {
                        let (written, waker) = (written.clone(), cx.waker().clone());
                        thread::spawn(move || {
                            written[i].store(true, Ordering::Relaxed);
                            waker.wake();
                        })
                    }));
                }
                if written.iter().all(|flag| flag.load(Ordering::Relaxed)) { Poll::Ready(()) } else { Poll::Pending }
            }));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}

#[test]
fn calls_on_two_threads_wake_one_another() {
    or_hang(|| {
        const ROUNDS: u32 = if cfg!(miri) { 10 } else { 1_000 };
        /// Wakes the other call, then waits for it to do the same.
        fn play(mine: mpsc::Sender<Waker>, others: mpsc::Receiver<Waker>) -> u32 {
            let polls = Cell::new(0);
            block_on(counted(&polls, |poll, cx| {
                // The other may have ended by now, its last wake sent.
                let _ = mine.send(cx.waker().clone());
                others.recv().unwrap().wake();
                if poll == ROUNDS { Poll::Ready(()) } else { Poll::Pending }
            }));
            polls.get()
        }
        let (a, for_b) = mpsc::channel();
        let (b, for_a) = mpsc::channel();
        let other = thread::spawn(move || play(b, for_b));
        assert_eq!(play(a, for_a), ROUNDS);
        assert_eq!(other.join().unwrap(), ROUNDS);
    });
}

#[test]
fn a_self_wake_gives_exactly_one_more_poll() {
    or_hang(|| {
        let (wake, thread) = waking_thread();
        let polls = Cell::new(0);
        block_on(counted(&polls, |poll, cx| {
            match poll {
                1 => cx.waker().wake_by_ref(),
                // Not woken by itself any more: the poll after this one is the other thread's.
                2 => {
                    let waker = cx.waker().clone();
                    wake.send(waker).unwrap();
                }
                _ => return Poll::Ready(()),
            }
            Poll::Pending
        }));
        assert_eq!(polls.get(), 3);
        drop(wake);
        thread.join().unwrap();
    });
}

#[test]
fn many_wakes_by_the_future_itself_give_one_poll() {
    assert_eq!(polls_after(|waker| (0..5).for_each(|_| waker.wake_by_ref())), 1);
}

#[test]
fn many_wakes_by_another_thread_give_one_poll() {
    let wakes = |waker: &Waker| {
        let waker = waker.clone();
        elsewhere(move || (0..5).for_each(|_| waker.wake_by_ref()));
    };
    assert_eq!(polls_after(wakes), 1);
}

#[test]
fn wakes_by_the_future_itself_and_by_another_thread_give_one_poll() {
    let wakes = |waker: &Waker| {
        waker.wake_by_ref();
        let sent = waker.clone();
        elsewhere(move || sent.wake());
        waker.wake_by_ref();
    };
    assert_eq!(polls_after(wakes), 1);
}

#[test]
fn a_future_is_not_polled_after_ready() {
    let polls = Cell::new(0);
    let waker = block_on(counted(&polls, |_, cx| {
        let sent = cx.waker().clone();
        elsewhere(move || sent.wake());
        cx.waker().wake_by_ref();
        Poll::Ready(cx.waker().clone())
    }));
    waker.wake();
    assert_eq!(polls.get(), 1);
}
