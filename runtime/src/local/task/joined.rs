//! What a handle does to its task, on the pool's own thread.
//!
//! While `HANDLE` is set, and neither `LIVE` nor `BUSY` is, the stage is the handle's, with what came of the task. Who awaits it is
//! kept in the head, and taken away before it is woken or dropped: either may do anything, and run the pool.

use std::task::Waker;

use super::{BUSY, CANCELLED, HANDLE, LIVE, Task};
use crate::{
    block_on,
    handle::Joined,
    stage::{Payload, shielded},
};

impl Task {
    /// Keeps the waker of who awaits the handle.
    fn await_by(&self, waker: &Waker) {
        let awaiter = &self.head().awaiter;
        let before = awaiter.take();
        if before.as_ref().is_some_and(|before| before.will_wake(waker)) {
            return awaiter.set(before);
        }
        assert!(
            !block_on::is_waker(waker),
            "this task's pool cannot run, as `block_on`, or `ThreadPool::run_until`, has the thread to itself until the task \
             has ended; give the future to the pool's `run_until` instead"
        );
        awaiter.set(Some(waker.clone()));
        // Only now, as a wake would be lost before.
        shielded(|| drop(before));
    }

    /// Nobody awaits the handle any more.
    #[inline]
    fn forget_awaiter(&self) {
        if let Some(awaiter) = self.head().awaiter.take() {
            shielded(|| drop(awaiter));
        }
    }

    /// Drops what came of a task that nobody wants to know of.
    fn drop_output(self) {
        struct Settled(Task);

        impl Drop for Settled {
            fn drop(&mut self) {
                self.0.unset(BUSY);
                self.0.settle();
            }
        }

        self.set(BUSY);
        let _settled = Settled(self);
        // SAFETY: busy by us.
        unsafe { (self.head().vtable.clear)(self.0) };
    }
}

impl Joined for Task {
    fn is_pending(self) -> bool {
        self.has(LIVE | BUSY)
    }

    unsafe fn poll_output<T>(self, waker: &Waker) -> Option<Option<Result<T, Payload>>> {
        if self.is_pending() {
            self.await_by(waker);
            // A waker's `clone` and `drop` may do anything, and run the pool.
            if self.is_pending() {
                return None;
            }
        }
        let mut output = None::<Result<T, Payload>>;
        // SAFETY: not live and not busy, so the stage is the handle's; `T` is the output of the future.
        unsafe { (self.head().vtable.take)(self.0, (&raw mut output).cast()) };
        Some(output)
    }

    fn cancel(self) {
        self.forget_awaiter();
        self.unset(HANDLE);
        if self.has(BUSY) {
            // Only the poll, or the drop, that is going on further down the stack may touch the stage.
            self.set(CANCELLED);
        } else if self.has(LIVE) {
            self.end();
        } else {
            self.drop_output();
        }
    }

    #[inline]
    fn detach(self) {
        self.forget_awaiter();
        self.unset(HANDLE);
        if !self.has(LIVE | BUSY) {
            // As where it is detached before it has ended.
            shielded(|| self.drop_output());
        }
    }
}
