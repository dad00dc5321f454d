//! Does `x.method(..)` move `x` or borrow it? The signature says, and a macro cannot see it. rustc can.
//!
//! The expansion writes a closure `|arguments| receiver.value.method(arguments)` in code that never runs, for its type
//! alone. The closure captures the one variable `receiver` by value if the method takes `self`, else by reference,
//! and `needs_drop` of its type tells which, as a constant. [`Guard::bind`](super::Guard::bind) then builds such a closure
//! from the bits of the survivor, or of a pointer to it, and the expansion calls it: the method runs on the survivor in
//! its slot. That the closure captures the whole variable rests on edition 2018 of the crate whose spans it carries,
//! which is why the macro crate is of that edition.

use core::marker::PhantomData;
use core::mem::needs_drop;
use core::ptr;

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

/// Whether the method that `K` calls takes its receiver, a `T`.
#[inline(always)]
pub(super) const fn takes<T, K>() -> bool {
    const {
        let expected = if needs_drop::<K>() { size_of::<T>() } else { size_of::<*mut T>() };
        assert!(size_of::<K>() == expected, "the closure around a receiver captures just the receiver");
    }
    needs_drop::<K>()
}

/// The call that `K` is, on the receiver at this place: taken now, if it is taken, else borrowed when it is called.
///
/// # Safety
/// There is a `T`, and if [`takes`] says so it belongs to the call from now on; `K` is a closure that captures one variable
/// of type [`Receiver<T>`].
#[inline(always)]
pub(super) unsafe fn bind<T, C, A, R, K>(receiver: *mut T) -> impl FnOnce(C, A) -> R + use<T, C, A, R, K>
where
    K: FnOnce(C, A) -> R,
{
    // SAFETY: `Receiver<T>` is `T` in layout and always has drop glue; so a `K` with drop glue holds the receiver by
    // value, in `T`'s bits, and one without holds a reference to it, in a pointer's. `takes` checks the sizes.
    unsafe {
        let taken = takes::<T, K>().then(|| ptr::read(receiver as *const K));
        move |captures, arguments| {
            let call = taken.unwrap_or_else(|| ptr::read((&raw const receiver).cast()));
            call(captures, arguments)
        }
    }
}
