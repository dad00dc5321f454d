//! What `pin!(value)` makes inside of an expression: a pinned reference to a temporary of the statement.

use core::pin::Pin;

/// The promise that a place is a temporary: nothing names it, so nothing moves it before it is dropped.
#[derive(Debug)]
pub struct Temporary(());

impl Temporary {
    /// Makes the promise.
    ///
    /// # Safety
    /// What the promise is handed over with, to [`pinned`], borrows from a temporary, and nothing else ever does.
    #[inline(always)]
    pub const unsafe fn new() -> Self {
        Temporary(())
    }
}

/// A temporary, pinned: it stays where it is until it is dropped.
#[inline(always)]
pub const fn pinned<T>(place: &mut T, _: Temporary) -> Pin<&mut T> {
    // SAFETY: who made the `Temporary` promised that nothing moves what is in the place.
    unsafe { Pin::new_unchecked(place) }
}
