//! What this thread is polling, and by which clock: the innermost executor that runs on it.
//!
//! [`is_polling`] is how a waker tells that it is called by the thread that polls, where no other thread has to be told
//! anything. It compares an address and never follows it, and an executor takes its address back before it lets go of
//! what is there. So an equal address means the same executor, on this thread, still running; threads that ended and
//! memory that was used again cannot confuse it, as neither is asked.

use std::{cell::Cell, marker::PhantomData, ptr, sync::Arc};

use crate::clock::Clock;

struct Current {
    /// The address of what the innermost executor shares with its wakers, or null. Only for comparing.
    polling: Cell<*const ()>,
    /// The clock of the innermost executor, or null if it has none. Alive as long as it stands here.
    clock: Cell<*const Arc<Clock>>,
}

thread_local! {
    static CURRENT: Current = const { Current { polling: Cell::new(ptr::null()), clock: Cell::new(ptr::null()) } };
}

/// Whether the innermost executor on this thread is the one that shares `this` with its wakers.
#[inline]
pub(crate) fn is_polling<T>(this: *const T) -> bool {
    CURRENT.with(|current| current.polling.get() == this.cast())
}

/// What `body` says of the clock of the innermost executor on this thread.
#[inline]
pub(crate) fn with_clock<R>(body: impl FnOnce(Option<&Arc<Clock>>) -> R) -> R {
    let clock = CURRENT.with(|current| current.clock.get());
    // SAFETY: null, or put there by `Entered::new`, whose caller keeps the clock alive until `Entered` is dropped. That
    // is later than the end of `body`, as it happens on this thread, further down its stack.
    body(unsafe { clock.as_ref() })
}

/// Makes an executor the innermost of its thread until dropped.
pub(crate) struct Entered<'c> {
    /// What was the innermost before.
    outer: Current,
    _clock: PhantomData<&'c Arc<Clock>>,
}

impl<'c> Entered<'c> {
    /// `this` is what the executor shares with its wakers; it must outlive the returned guard.
    pub(crate) fn new<T>(this: *const T, clock: Option<&'c Arc<Clock>>) -> Self {
        CURRENT.with(|current| Self {
            outer: Current {
                polling: Cell::new(current.polling.replace(this.cast())),
                clock: Cell::new(current.clock.replace(clock.map_or(ptr::null(), ptr::from_ref))),
            },
            _clock: PhantomData,
        })
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        CURRENT.with(|current| {
            current.polling.set(self.outer.polling.get());
            current.clock.set(self.outer.clock.get());
        });
    }
}
