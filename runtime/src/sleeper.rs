//! How a thread waits until it is roused, and never misses it. One word, one lock, one condition variable.
//!
//! # The algorithm
//! Working and sleeping alternate; what has to be got right is a rouse that comes between the two. One word decides:
//!
//! - [`rouse`](Sleeper::rouse) swaps [`WOKEN`] in. Only one that swapped [`ASLEEP`] out has anybody to notify.
//! - The owner swaps [`QUIET`] in *before* it looks for work, wherever there may be a mark to erase. A swap and not a
//!   store: it reads the very mark it erases, so the owner sees all that was written ahead of that rouse. With a store,
//!   a rouse that found `WOKEN` already there and went home could be erased unseen.
//! - The owner goes to sleep by exchanging `QUIET` for `ASLEEP` while it holds a lock that the condition variable gives
//!   up only once the owner is listed as waiting. A rouse that reads `ASLEEP` passes through that lock before it
//!   notifies, so the notification cannot come too early.
//!
//! This is the event count with one waiter that executors have used since there are any, in the textbook form for a
//! lock and a condition variable. What differs from what is usual: *it does not park.* `std::thread::park` waits for a
//! token of which each thread has one, shared with user code and with the channels of std. Were it used here, the
//! futures could take the tokens meant for us (harmless, as the word decides), but we would also take tokens meant for
//! them: a future that unparks its own thread and then parks in its next poll would hang. We neither make nor take one.

use std::time::Instant;

use crate::sync::{AtomicU8, Condvar, Mutex, Ordering, PoisonError, lock};

/// Nobody has roused the owner since it last looked; the owner is not waiting either.
const QUIET: u8 = 0;
/// Somebody has roused the owner, which has not looked yet.
const WOKEN: u8 = 1;
/// Nobody has roused the owner, and it waits on the condition variable, or holds the lock and is about to.
const ASLEEP: u8 = 2;

/// Where one thread, its owner, sleeps, and any other rouses it.
pub(crate) struct Sleeper {
    /// One of [`QUIET`], [`WOKEN`] and [`ASLEEP`].
    state: AtomicU8,
    /// Held by the owner from before it is `ASLEEP` until it waits.
    lock: Mutex<()>,
    /// Notified by the one rouse that found the owner `ASLEEP`.
    roused: Condvar,
}

impl Sleeper {
    pub(crate) fn new() -> Self {
        Self { state: AtomicU8::new(QUIET), lock: Mutex::new(()), roused: Condvar::new() }
    }

    /// Has the owner look once more. For anybody, on any thread, at any time.
    pub(crate) fn rouse(&self) {
        // Release: publishes what the caller wrote before. Later calls swap too, and so keep publishing it.
        if self.state.swap(WOKEN, Ordering::Release) == ASLEEP {
            // Once we have had the lock, the owner is waiting, or has been roused since.
            drop(lock(&self.lock));
            self.roused.notify_one();
        }
    }

    /// Whether there is no mark, as far as can be seen without looking for it in earnest.
    #[inline]
    pub(crate) fn is_quiet(&self) -> bool {
        self.state.load(Ordering::Relaxed) == QUIET
    }

    /// Returns once there was a mark, and takes it off; or when the deadline has passed. For the owner.
    ///
    /// Inlined into the loop of the caller's crate: it saves a fifth of what a yield of `block_on` costs.
    #[inline]
    pub(crate) fn wait(&self, deadline: Option<Instant>) {
        // Acquire, here and below: whatever was written before the rouse is seen by the owner.
        if self.state.swap(QUIET, Ordering::Acquire) == QUIET {
            self.sleep(deadline);
        }
    }

    /// The part of `wait` that lets the thread sleep.
    #[cold]
    fn sleep(&self, deadline: Option<Instant>) {
        let mut listed = lock(&self.lock);
        // Fails if there is a mark by now; then there is nothing to wait for.
        let _ = self.state.compare_exchange(QUIET, ASLEEP, Ordering::Relaxed, Ordering::Relaxed);
        // A condition variable may return for no reason; only the state and the clock tell.
        while self.state.load(Ordering::Relaxed) == ASLEEP {
            listed = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.roused.wait(listed).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => break,
                Some(left) => self.roused.wait_timeout(listed, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        drop(listed);
        self.state.swap(QUIET, Ordering::Acquire);
    }
}
