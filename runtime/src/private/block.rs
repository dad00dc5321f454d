//! Async blocks inside of a desugared function.

use core::marker::{PhantomData, PhantomPinned};
use core::mem::needs_drop;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Place;

/// A variable of the function around an async block, where it has its place: what the block borrows. `K` says how:
/// [`Shared`], [`Unique`], or not known, so that what both ask for is asked.
pub struct Outer<T, K = ()>(*mut T, PhantomData<K>);

/// The block only reads the variable.
pub struct Shared;

/// The block changes the variable.
pub struct Unique;

/// What a borrow asks of the variable's type to be sent to another thread.
pub trait Borrow<T> {}

impl<T: Send + Sync> Borrow<T> for () {}
impl<T: Sync> Borrow<T> for Shared {}
impl<T: Send> Borrow<T> for Unique {}

// SAFETY: `Shared` asks for what `&T` does, `Unique` for what `&mut T` does, and `()` for both.
unsafe impl<T, K: Borrow<T>> Send for Outer<T, K> {}
// SAFETY: a shared block does nothing with the variable.
unsafe impl<T: Sync, K> Sync for Outer<T, K> {}

impl<T, K> Outer<T, K> {
    /// The place of a variable.
    ///
    /// # Safety
    /// The block is gone before the variable is, and does to it what the source does: the checked copy has seen both.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const unsafe fn of(variable: *const T) -> Self {
        Outer(variable.cast_mut(), PhantomData)
    }

    /// What stands for the variable while `poll` runs.
    #[cfg_attr(not(debug_assertions), inline(always))]
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn ptr(&self) -> *mut T {
        self.0
    }

    /// The place, for a closure that outlives this poll.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn place<'f>(&self) -> Place<'f, T> {
        // SAFETY: the checked copy has seen what the closure does with the variable, and for how long.
        unsafe { Place::local(self.0) }
    }
}

/// What an async block is in the checked copy: a future that holds what the block captures.
pub struct AsyncBlock<F, R>(
    PhantomData<fn() -> R>,
    #[allow(dead_code, reason = "for what it captures")] F,
    PhantomPinned,
);

/// An async block in the checked copy, where it never runs.
pub const fn async_block<F: FnOnce() -> R, R>(block: F) -> AsyncBlock<F, R> {
    AsyncBlock(PhantomData, block, PhantomPinned)
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

/// The type of an async block's value, which its checked copy and its machine have in common: with its lifetimes, so it is
/// invariant.
pub struct Output<R>(PhantomData<fn(R) -> R>);

impl<R> Output<R> {
    /// A type that is not known yet.
    pub const fn new() -> Self {
        Output(PhantomData)
    }

    /// The block as it is checked, where it never runs.
    pub fn check(&self, _: impl FnOnce() -> R) {}

    /// The block as it runs.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn of<M: Future<Output = R>>(self, machine: M) -> M {
        machine
    }

    /// A block that borrows, as it is checked.
    pub fn borrows<M, C: FnOnce() -> R, B>(self, _: C) -> Borrowed<M, C, B> {
        unreachable!("the checked copy never runs")
    }

    /// A block that borrows, as it runs, with references to what it borrows.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn borrowed<M: Future<Output = R>, C, B>(self, machine: M, _: B) -> Borrowed<M, C, B> {
        Borrowed(machine, PhantomData, PhantomData)
    }
}

/// A machine `M` that has the lifetimes of what it borrows: of its checked copy `C`, and of references `B` to the variables.
#[repr(transparent)]
pub struct Borrowed<M, C, B>(M, PhantomData<C>, PhantomData<fn() -> B>);

impl<M: Future, C, B> Future for Borrowed<M, C, B> {
    type Output = M::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<M::Output> {
        // SAFETY: the machine is pinned with what it is in, which moves it nowhere.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(cx)
    }
}

impl<M, C, B> Drop for Borrowed<M, C, B> {
    /// What a suspended machine holds may use what it borrows when it is dropped.
    fn drop(&mut self) {}
}

/// A value that a block or a closure takes as a whole, though it mentions only fields of it. `capture` is what it would take
/// of the value natively: that must be all of it, unless nothing can be seen of when the rest is dropped.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn whole<T, C>(value: T, _: impl FnOnce(T) -> C) -> T {
    const {
        assert!(
            size_of::<C>() == size_of::<T>() || !needs_drop::<T>(),
            "only a field of this variable is captured; move the field into a variable of its own before"
        );
    }
    value
}
