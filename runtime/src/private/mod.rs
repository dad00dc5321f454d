//! What the expansion of `#[desugar]` names. Not part of the public interface: it changes with the macro.
//!
//! `machine` joins a frame and its step function into a future · `slot` is the storage of one survivor or awaitee, and
//! what stands for it while `poll` runs · `guard` stands for one that may be empty · `place` is where it is · `named` lets
//! macros find these by name · `local` is what only one poll has · `block` is about async blocks · `lifetimes` are other ones
//! in the machine than in the signature · `receiver` lets rustc decide whether a method call moves its receiver · `whole`
//! tells what has a destructor of its own · `question` is what `?` stands on where std's own traits cannot be named ·
//! `pinned` is what `pin!` is inside of an expression · `join`, `select` and `shuffle` are what the macros of these names
//! await.
//!
//! What is `inline(always)` is a part of the step, as if it were written out there. Not in a debug build: there everything that
//! is inlined has a place of its own on the stack of each poll.

#![allow(clippy::new_without_default, reason = "nothing but an expansion makes these")]

use core::marker::PhantomData;

mod block;
mod guard;
mod join;
mod lifetimes;
mod local;
mod machine;
mod named;
mod pinned;
mod place;
mod plain;
mod question;
mod receiver;
mod select;
#[cfg(feature = "std")]
mod shuffle;
mod slot;
mod whole;

pub use block::{AsyncBlock, Borrow, Borrowed, Outer, Output, Reached, Shared, Unique, async_block, whole};
pub use guard::{Flag, Guard};
pub use join::{And, InOrder, Join, Outputs, Results, Reversed, Rotating, TryJoin, Turns, join, try_join};
pub use lifetimes::{Shortened, lengthen, shorten};
pub use local::Local;
pub use machine::{Frame, Machine, Tag, machine};
pub use named::Alias;
pub use pinned::{Temporary, pinned};
pub use place::Place;
pub use question::{Branch, FromResidual, branch};
pub use receiver::{Never, Prototype, Receiver, kind_of};
pub use select::{Always, Branches, Fused, Matching, Once, Or, Select, select, starting_at};
#[cfg(feature = "std")]
pub use shuffle::shuffled;
pub use slot::{Anchor, Slot};
pub use whole::{Drops, DropsItself, DropsParts, Kind, Parts, Whole, check_parts, inner};

/// The type that a desugared function returns. It captures whatever is in scope, as that of an `async fn` does: the `impl`
/// is of this crate's edition, not of the user's, and since 2024 it does.
#[doc(hidden)]
#[macro_export]
macro_rules! __future {
    ($output:ty $(, $bound:path)?) => {
        impl ::core::future::Future<Output = $output> $(+ $bound)?
    };
}
pub use crate::__future as future;

/// `!`, which has no name of its own on stable Rust but as what a function returns.
pub type Diverging = <fn() -> ! as Returns>::Output;

pub trait Returns {
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

/// What stands for `operand.await` in the half of an expansion that is checked and never run.
///
/// The expansion names it only in dead code, where it gives the await its type and its borrows.
pub fn awaited<F: Future>(_: F) -> F::Output {
    unreachable!("the checked copy of a desugared function never runs")
}

/// Takes the copy of the body that is checked and never run.
pub fn check<R>(_: impl FnOnce() -> R) {}

/// The same, where the output is `impl Trait` in the signature: `R` is what the machine's output is.
pub fn check_as<R>(_: PhantomData<R>, _: impl FnOnce() -> R) {}

/// The machine, whose output is `R`: so what the signature asks of it is known in the copy that is checked, too.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn outputs<M: Future>(machine: M, _: PhantomData<M::Output>) -> M {
    machine
}

/// The value of `operand.await` before its first poll: the same function in both halves of an expansion, so that a
/// wrong operand is reported once.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn into_future<I: IntoFuture>(operand: I) -> I::IntoFuture {
    operand.into_future()
}

/// The iterator of a `for` loop.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn into_iter<I: IntoIterator>(iterable: I) -> I::IntoIter {
    iterable.into_iter()
}

/// Takes a value apart: into fields, and a closure that holds the others.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn take_apart<T, R>(value: T, parts: impl FnOnce(T) -> R) -> R {
    parts(value)
}

/// Stands for a field that is gone, in a closure that is never called.
pub fn never<T>() -> T {
    unreachable!("what holds the rest of a value is never called")
}
