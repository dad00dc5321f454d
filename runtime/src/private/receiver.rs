//! Does `x.method(..)` move `x` or borrow it? The signature says, and a macro cannot see it. rustc can.
//!
//! The expansion writes a closure `|arguments| receiver.value.method(arguments)` in code that never runs, for its type
//! alone. The closure captures the one variable `receiver` by value if the method takes `self`, else by reference,
//! and `needs_drop` of its type tells which, as a constant. [`Guard::bind`](super::Guard::bind) then builds such a closure
//! from the bits of the survivor, or of a pointer to it, and the expansion calls it: the method runs on the survivor in
//! its slot. That the closure captures the whole variable rests on edition 2018 of the crate whose spans it carries,
//! which is why the macro crate is of that edition.

use core::marker::PhantomData;

/// The one variable a prototype captures: a value that always has drop glue.
#[repr(transparent)]
pub struct Receiver<T> {
    /// The receiver.
    pub value: T,
    mark: Mark,
}

struct Mark;

impl Drop for Mark {
    fn drop(&mut self) {}
}

impl<T> Receiver<T> {
    /// The receiver for a prototype: named only in dead code.
    ///
    /// # Safety
    /// Never called.
    pub const unsafe fn of(_: *mut T) -> Self {
        panic!("a prototype is never built")
    }
}

/// Gives the closure in it the kind `FnOnce(C, A) -> R`, without a call: `C` is what its own closures capture, known
/// before it is checked, `A` its arguments.
pub struct Prototype<C, A, R, K: FnOnce(C, A) -> R>(pub PhantomData<fn(C, A) -> R>, pub K);

/// The kind of a prototype that takes these captures.
pub const fn kind_of<C, A, R>(_: &C) -> PhantomData<fn(C, A) -> R> {
    PhantomData
}

/// The type a prototype's dead code ends in, so that nothing borrowed there ever dies.
pub enum Never {}
