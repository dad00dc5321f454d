//! The fifth way: a flag in a `static`, for where there is no allocator.
//!
//! The pointer of the waker is the address of the flag, which is always there. So nothing is counted: in the table of
//! [the first way](super::by_hand) `clone` copies the pointer, and `drop` does nothing. What is left is `wake`, which sets
//! the flag. That may be done by an interrupt.
//!
//! This, and all of the crate that is not behind the feature `std`, works without an operating system:
//! `default-features = false`. It needs atomics with a swap, which Cortex-M3 and later have.
//!
//! ```
//! use std::{sync::atomic::{AtomicU32, Ordering}, task::Poll};
//! use desugar::waker::WakeFlag;
//!
//! static FLAG: WakeFlag = WakeFlag::new();
//!
//! // On a Cortex-M: `FLAG.block_on(main(), cortex_m::asm::wfe)`. Here an interrupt comes each time we wait.
//! static INTERRUPTS: AtomicU32 = AtomicU32::new(0);
//! let wait_for_interrupt = || {
//!     INTERRUPTS.fetch_add(1, Ordering::Relaxed);
//!     FLAG.wake();
//! };
//!
//! let mut polls = 0;
//! let polled = FLAG.block_on(
//!     std::future::poll_fn(|_| {
//!         polls += 1;
//!         if polls == 3 { Poll::Ready(polls) } else { Poll::Pending }
//!     }),
//!     wait_for_interrupt,
//! );
//! assert_eq!(polled, 3);
//! assert_eq!(INTERRUPTS.load(Ordering::Relaxed), 2);
//! ```

use core::{
    future::{Future, IntoFuture},
    pin::pin,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, RawWaker, RawWakerVTable, Waker},
};

/// A flag that wakers set. For a `static`; see [`flag`](self) for an example.
#[derive(Debug, Default)]
pub struct WakeFlag {
    woken: AtomicBool,
    /// A call of `block_on` goes by this flag.
    taken: AtomicBool,
}

impl WakeFlag {
    /// A flag that is not set.
    #[must_use]
    pub const fn new() -> Self {
        Self { woken: AtomicBool::new(false), taken: AtomicBool::new(false) }
    }

    /// A waker that sets the flag.
    #[must_use]
    pub fn waker(&'static self) -> Waker {
        // SAFETY: the functions of `VTABLE` need the pointer to be one to a flag that is always there, and may be called
        // from anywhere, as the flag is atomic.
        unsafe { Waker::new(ptr::from_ref(self).cast(), &VTABLE) }
    }

    /// Sets the flag, as the waker does. From anywhere, interrupts included.
    pub fn wake(&self) {
        // Release: publishes what was written before.
        self.woken.store(true, Ordering::Release);
    }

    /// Whether the flag was set; now it is not.
    pub fn take(&self) -> bool {
        // A swap, so that it reads the very mark that it erases.
        self.woken.swap(false, Ordering::Acquire)
    }

    /// Runs a future to completion. In between, calls `wait` until the flag is set.
    ///
    /// `wait` may return for no reason. But it must return if the flag was set after it had been looked at last, and just
    /// before `wait` was called: `wfe` does, since the end of an interrupt leaves an event for it; `wfi` does only if
    /// interrupts were off since before the look. A `wait` that does nothing is a loop that spins.
    ///
    /// The future is dropped before this returns.
    ///
    /// # Panics
    /// If another call goes by this flag at the same time: each would take the wakes of the other. A nested call needs a flag
    /// of its own. A panic of the future goes on to the caller.
    pub fn block_on<F: IntoFuture>(&'static self, future: F, mut wait: impl FnMut()) -> F::Output {
        /// Frees the flag for the next call.
        struct Taken(&'static WakeFlag);

        impl Drop for Taken {
            fn drop(&mut self) {
                self.0.taken.store(false, Ordering::Release);
            }
        }

        assert!(
            !self.taken.swap(true, Ordering::Acquire),
            "this flag serves another call of `block_on` already; use a second one for a nested call"
        );
        let _taken = Taken(self);
        let waker = self.waker();
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(future.into_future());
        // Left from the call before.
        self.take();
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            while !self.take() {
                wait();
            }
        }
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(raw_clone, raw_wake, raw_wake, raw_drop);

unsafe fn raw_clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &VTABLE)
}

unsafe fn raw_wake(data: *const ()) {
    // SAFETY: `data` is the address of a `WakeFlag` in a `static`.
    unsafe { &*data.cast::<WakeFlag>() }.wake();
}

unsafe fn raw_drop(_: *const ()) {}
