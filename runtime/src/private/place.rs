//! Where a survivor is, for what outlives the poll: a closure that was made in one.

use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

/// A survivor's place, as a closure captures it that outlives the poll in which it was made.
pub struct Place<'f, T>(*mut T, PhantomData<&'f mut T>);

// SAFETY: a closure may read or write through its place: what `&T` and what `&mut T` ask for together.
unsafe impl<T: Send + Sync> Send for Place<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Place<'_, T> {}
// A closure that reads has a `&T` natively; one that writes a `&mut T`, which is never unwind safe. Which of them this is
// for is not known.
impl<T: RefUnwindSafe> UnwindSafe for Place<'_, T> {}

impl<T> Clone for Place<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Place<'_, T> {}

impl<'f, T> Place<'f, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) const fn new(place: *mut T) -> Self {
        Place(place, PhantomData)
    }

    /// The same place, for a closure in a closure.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn place(&self) -> Place<'f, T> {
        *self
    }

    /// The place of an ordinary local, for a closure that is gone before it is.
    ///
    /// # Safety
    /// What is done with the pointer is what the closure may do with the local.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const unsafe fn local(local: *const T) -> Self {
        Place(local.cast_mut(), PhantomData)
    }

    /// The place.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn ptr(&self) -> *mut T {
        self.0
    }
}
