//! Wakes that come from other threads.

use std::{
    cell::Cell,
    future::poll_fn,
    hint::spin_loop,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    task::{Poll, Waker},
    thread,
};

use desugar::LocalPool;

use crate::support::{Hand, elsewhere, or_hang};

const ROUNDS: u32 = if cfg!(miri) { 20 } else { 10_000 };

// Invariant 1. Fails if the pool sleeps though there was a mark to erase. (A mark that comes a moment later is loom's.)
#[test]
fn a_wake_that_races_with_the_sleep_is_not_lost() {
    or_hang(|| {
        let (send, wakers) = mpsc::channel::<Waker>();
        let waking = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
        let pool = LocalPool::new();
        for _ in 0..2 {
            let (send, mut polls) = (send.clone(), 0);
            pool.spawn(poll_fn(move |cx| {
                polls += 1;
                if polls > ROUNDS {
                    return Poll::Ready(());
                }
                send.send(cx.waker().clone()).unwrap();
                // Another moment each time, so that the wake comes before, during and after the falling asleep.
                (0..polls % 200).for_each(|_| spin_loop());
                Poll::Pending
            }))
            .detach();
        }
        pool.run();
        drop(send);
        waking.join().unwrap();
    });
}

// Invariant 1. Fails if the mark of a task is not taken off. (That it is done by a swap is for loom to see.)
#[test]
fn what_several_threads_wrote_before_their_wakes_is_seen() {
    const THREADS: usize = 3;
    for _ in 0..if cfg!(miri) { 10 } else { 300 } {
        or_hang(|| {
            // Relaxed: only the wakes say when this is to be seen.
            let written = Arc::new([const { AtomicBool::new(false) }; THREADS]);
            let mut threads = Vec::new();
            LocalPool::new().run_until(poll_fn(|cx| {
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

// Invariant 2. Fails with a sleeper that parks: the token would be taken by the pool.
#[test]
fn the_park_token_is_the_users() {
    or_hang(|| {
        let pool = LocalPool::new();
        let this = thread::current();
        let waker = Arc::new(std::sync::Mutex::new(None::<Waker>));
        let (theirs, polls) = (waker.clone(), Cell::new(0));
        pool.run_until(poll_fn(|cx| {
            polls.set(polls.get() + 1);
            match polls.get() {
                1 => {
                    // A token for the future, and a wake that comes while the pool sleeps.
                    this.unpark();
                    *theirs.lock().unwrap() = Some(cx.waker().clone());
                    let waker = waker.clone();
                    thread::spawn(move || {
                        thread::sleep(std::time::Duration::from_millis(5));
                        waker.lock().unwrap().take().unwrap().wake();
                    });
                    Poll::Pending
                }
                _ => {
                    thread::park();
                    Poll::Ready(())
                }
            }
        }));
        assert_eq!(polls.get(), 2);
    });
}

// Invariant 4. Fails, under Miri, if the stack of those woken from elsewhere has no reference of its own.
#[test]
fn wakes_while_the_pool_goes() {
    for round in 0..if cfg!(miri) { 30 } else { 3_000 } {
        let hand = Hand::default();
        let pool = LocalPool::new();
        let task = pool.spawn(hand.future());
        let detached = Hand::default();
        pool.spawn(detached.future()).detach();
        pool.run_until_stalled();
        let wakers = [hand.waker(), detached.waker(), hand.waker()];
        hand.forget_waker();
        detached.forget_waker();
        let begun = Arc::new(AtomicU32::new(0));
        let threads = wakers.map(|waker| {
            let begun = begun.clone();
            thread::spawn(move || {
                begun.fetch_add(1, Ordering::Relaxed);
                waker.wake_by_ref();
                let clone = waker.clone();
                waker.wake();
                drop(clone);
            })
        });
        while begun.load(Ordering::Relaxed) < round % 4 {
            thread::yield_now();
        }
        if round % 2 == 0 {
            drop(task);
            pool.run_until_stalled();
            drop(pool);
        } else {
            drop(pool);
            drop(task);
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

// Invariant 15. Fails if `Entered` does not take its address back: the pool of the second thread may lie where that of
// the first one lay, and then the first thread takes itself for the owner, wakes nobody, and the second sleeps forever.
#[test]
fn a_thread_that_once_ran_a_pool_is_not_taken_for_the_owner_of_another() {
    or_hang(|| {
        for _ in 0..if cfg!(miri) { 5 } else { 50 } {
            let pool = LocalPool::new();
            let kept = Cell::new(None);
            let run = catch_unwind(AssertUnwindSafe(|| {
                pool.run_until(poll_fn(|cx| -> Poll<()> {
                    kept.set(Some(cx.waker().clone()));
                    panic!("out of the pool")
                }))
            }));
            assert!(run.is_err());
            drop(pool);
            let last = kept.take().unwrap();
            let (send, receive) = mpsc::channel::<Waker>();
            let second = thread::spawn(move || {
                // Frees what is left of the first pool, on this thread, which uses the memory again.
                drop(last);
                let pool = LocalPool::new();
                let mut polls = 0;
                pool.run_until(poll_fn(|cx| {
                    polls += 1;
                    if polls == 2 {
                        return Poll::Ready(());
                    }
                    send.send(cx.waker().clone()).unwrap();
                    Poll::Pending
                }));
            });
            receive.recv().unwrap().wake();
            second.join().unwrap();
        }
    });
}

// Invariant 15: of threads that have ended, whose addresses are used again by the next.
#[test]
fn wakers_of_threads_that_have_ended() {
    let mut wakers = Vec::new();
    for _ in 0..10 {
        wakers = elsewhere(move || {
            let pool = LocalPool::new();
            let hand = Hand::default();
            pool.spawn(hand.future()).detach();
            pool.run_until(async {
                desugar::yield_now().await;
                wakers.iter().for_each(Waker::wake_by_ref);
                wakers.push(hand.waker());
            });
            wakers
        });
    }
    drop(wakers);
}
