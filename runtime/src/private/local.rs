//! What is never alive while its function is suspended, but must be there whichever way a poll begins.

use core::cell::Cell;
use core::mem::MaybeUninit;

use super::whole::{Kind, assert_parts};

/// A variable on the stack of one poll that may or may not have a value: rustc cannot see which, where a poll that resumes
/// comes in from the side. Like [`Guard`](super::Guard), but with the value in it.
///
/// It is only ever for a variable that nothing borrows beyond a statement: `liveness` sees to that.
#[must_use]
pub struct Local<T> {
    value: Cell<MaybeUninit<T>>,
    live: Cell<bool>,
}

impl<T> Local<T> {
    /// No value.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn new() -> Self {
        Local { value: Cell::new(MaybeUninit::uninit()), live: Cell::new(false) }
    }

    /// The place of the value.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn ptr(&self) -> *mut T {
        self.value.as_ptr().cast()
    }

    /// Gives the variable its first value.
    ///
    /// # Safety
    /// It has none.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn start(&self, value: T) {
        self.value.set(MaybeUninit::new(value));
        self.live.set(true);
    }

    /// Gives the variable a value, and drops the one it had.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn set(&self, value: T) {
        let old = self.live.replace(true);
        let old_value = self.value.replace(MaybeUninit::new(value));
        if old {
            // SAFETY: the flag said that the variable had a value, which is ours now.
            drop(unsafe { old_value.assume_init() });
        }
    }

    /// Moves the value out.
    ///
    /// # Safety
    /// It is there.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn take(&self) -> T {
        self.live.set(false);
        // SAFETY: the value is there by contract, and the flag says from now on that it is not.
        unsafe { self.value.replace(MaybeUninit::uninit()).assume_init() }
    }

    /// As [`Guard::lend`](super::Guard::lend).
    ///
    /// # Safety
    /// As [`take`](Local::take).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn lend<K: Kind>(&self, kind: K) -> T {
        assert_parts(&kind);
        // SAFETY: as in `take`.
        unsafe { self.take() }
    }

    /// As [`Guard::unpack`](super::Guard::unpack).
    ///
    /// # Safety
    /// As [`take`](Local::take).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn unpack<K: Kind>(&self, kind: K) -> T {
        // SAFETY: as in `take`.
        unsafe { self.lend(kind) }
    }

    /// As [`Guard::keep`](super::Guard::keep).
    ///
    /// # Safety
    /// As [`give_back`](Local::give_back).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn keep(&self, value: T) {
        // SAFETY: as in `give_back`.
        unsafe { self.give_back(value) }
    }

    /// As [`Guard::give_back`](super::Guard::give_back).
    ///
    /// # Safety
    /// The value was lent, and nothing has been put in its place since.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn give_back(&self, value: T) {
        // SAFETY: there is no value since it was lent.
        unsafe { self.start(value) }
    }
}

impl<T> Drop for Local<T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if self.live.get() {
            // SAFETY: the flag says that there is a value.
            unsafe { self.value.get_mut().assume_init_drop() }
        }
    }
}
