//! Async blocks inside of a desugared function.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Place;

/// A variable of the function around an async block, where it has its place: what the block borrows.
pub struct Outer<T>(*mut T);

// SAFETY: the block may read or write through the place: what `&T` and what `&mut T` ask for together.
unsafe impl<T: Send + Sync> Send for Outer<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Outer<T> {}

impl<T> Outer<T> {
    /// The place of a variable.
    ///
    /// # Safety
    /// The block is gone before the variable is, and does to it what the source does: the checked copy has seen both.
    #[inline(always)]
    pub const unsafe fn of(variable: *const T) -> Self {
        Outer(variable.cast_mut())
    }

    /// What stands for the variable while `poll` runs.
    #[inline(always)]
    pub const fn reach(&self) -> Reached<'_, T> {
        Reached(self.0, PhantomData)
    }
}

/// Stands for a variable of the function around an async block while `poll` runs, and ends with the poll.
#[derive(Clone, Copy)]
pub struct Reached<'p, T>(*mut T, PhantomData<&'p ()>);

// SAFETY: as for `Outer`.
unsafe impl<T: Send + Sync> Send for Reached<'_, T> {}
// SAFETY: as for `Outer`.
unsafe impl<T: Send + Sync> Sync for Reached<'_, T> {}

impl<T> Reached<'_, T> {
    /// The variable's place.
    #[inline(always)]
    pub const fn ptr(&self) -> *mut T {
        self.0
    }

    /// The place, for a closure that outlives this poll.
    #[inline(always)]
    pub const fn place<'f>(&self) -> Place<'f, T> {
        // SAFETY: the checked copy has seen what the closure does with the variable, and for how long.
        unsafe { Place::local(self.0) }
    }
}

/// A macro whose format string captures the variable's name inline must find the variable.
macro_rules! forward_formatting {
    ($($trait:ident)*) => { $(
        impl<T: fmt::$trait> fmt::$trait for Reached<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // SAFETY: the checked copy has seen that the variable is there, and may be read.
                unsafe { (*self.0).fmt(f) }
            }
        }
    )* };
}

forward_formatting! { Binary Debug Display LowerExp LowerHex Octal Pointer UpperExp UpperHex }

/// What an async block is in the checked copy: a future that holds what the block captures.
pub struct AsyncBlock<F, R>(PhantomData<fn() -> R>, #[allow(dead_code, reason = "for what it captures")] F);

/// An async block in the checked copy, where it never runs.
pub const fn async_block<F: FnOnce() -> R, R>(block: F) -> AsyncBlock<F, R> {
    AsyncBlock(PhantomData, block)
}

impl<F, R> Future for AsyncBlock<F, R> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<R> {
        unreachable!("the checked copy never runs")
    }
}

impl<F, R> Drop for AsyncBlock<F, R> {
    /// What a suspended block holds may use what it borrows when it is dropped.
    fn drop(&mut self) {}
}
