//! `block_on` and the allocator: wakers balance to zero, and neither polls nor wakes allocate.
//!
//! The allocator is the whole program's. It counts by thread, so that the other tests do not disturb these.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::mpsc,
    task::{Poll, Waker},
    thread,
};

use desugar::block_on;

use crate::or_hang;

thread_local! {
    static ALLOCATED: Cell<i64> = const { Cell::new(0) };
    static FREED: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: `System` does the work; the counters are plain cells that neither allocate nor unwind.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.set(ALLOCATED.get() + 1);
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        FREED.set(FREED.get() + 1);
        // SAFETY: the caller's promise, passed on; `alloc` had the memory from `System`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `act` allocated and has not freed, both on this thread.
fn kept<T>(act: impl FnOnce() -> T) -> (T, i64) {
    let before = ALLOCATED.get() - FREED.get();
    let output = act();
    (output, ALLOCATED.get() - FREED.get() - before)
}

/// How often `act` allocated on this thread.
fn allocations(act: impl FnOnce()) -> i64 {
    let before = ALLOCATED.get();
    act();
    ALLOCATED.get() - before
}

/// Every way to use up a waker or to copy one.
fn shuffle(waker: &Waker) {
    let clone = waker.clone();
    clone.wake_by_ref();
    let mut replaced = clone.clone();
    replaced.clone_from(&clone);
    replaced.wake();
    drop(clone.clone());
    clone.wake();
}

#[test]
fn wakers_balance_to_zero() {
    let ((), left) = kept(|| {
        block_on(poll_fn(|cx| {
            shuffle(cx.waker());
            Poll::Ready(())
        }));
    });
    assert_eq!(left, 0);
}

#[test]
fn wakers_balance_to_zero_through_a_panic() {
    let ((), left) = kept(|| {
        let call = || {
            block_on(poll_fn(|cx| -> Poll<()> {
                let _held = cx.waker().clone();
                shuffle(cx.waker());
                resume_unwind(Box::new(()))
            }));
        };
        catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    });
    assert_eq!(left, 0);
}

#[test]
fn wakers_balance_to_zero_through_a_panic_in_a_nested_call() {
    let ((), left) = kept(|| {
        block_on(poll_fn(|outer| {
            let nested = || {
                block_on(poll_fn(|inner| -> Poll<()> {
                    let _held = (outer.waker().clone(), inner.waker().clone());
                    resume_unwind(Box::new(()))
                }));
            };
            catch_unwind(AssertUnwindSafe(nested)).unwrap_err();
            Poll::Ready(())
        }));
    });
    assert_eq!(left, 0);
}

#[test]
fn wakers_balance_to_zero_when_the_last_dies_on_another_thread() {
    let (send, receive) = mpsc::channel::<Waker>();
    let (measured, report) = mpsc::channel();
    // Only what happens to the waker is measured, on both sides.
    let other = thread::spawn(move || {
        let waker = receive.recv().unwrap();
        let ((), left) = kept(|| {
            shuffle(&waker);
            drop(waker);
        });
        measured.send(left).unwrap();
    });
    let (waker, left_here) = kept(|| block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone()))));
    assert_eq!(left_here, 1, "the waker's own memory, and nothing of the future's");
    send.send(waker).unwrap();
    assert_eq!(report.recv().unwrap(), -1);
    other.join().unwrap();
}

#[test]
fn a_call_allocates_once_however_often_it_polls() {
    let call = || {
        let mut polls = 0;
        block_on(poll_fn(|cx| {
            polls += 1;
            shuffle(cx.waker());
            if polls == 100 { Poll::Ready(()) } else { Poll::Pending }
        }));
    };
    assert_eq!(or_hang(move || allocations(call)), 1);
}

// Elsewhere, std's lock and condition variable allocate when they are first used.
#[cfg(target_os = "linux")]
#[test]
fn sleeping_and_being_woken_by_another_thread_does_not_allocate() {
    or_hang(|| {
        // Bounded, so that the channel has its memory from the start.
        let (send, receive) = mpsc::sync_channel::<Waker>(1);
        let other = thread::spawn(move || receive.into_iter().map(|waker| allocations(|| waker.wake())).sum::<i64>());
        let mut polls = 0;
        let mut sending = 0;
        let counted = allocations(|| {
            block_on(poll_fn(|cx| {
                polls += 1;
                sending += allocations(|| send.send(cx.waker().clone()).unwrap());
                if polls == 10 { Poll::Ready(()) } else { Poll::Pending }
            }));
        });
        drop(send);
        assert_eq!(counted - sending, 1);
        assert_eq!(other.join().unwrap(), 0);
    });
}
