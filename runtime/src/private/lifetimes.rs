//! Values whose lifetimes are other ones in the machine than in the signature.
//!
//! A frame borrows for one lifetime, and a signature may have several of which none is the shortest. What the machine does
//! is checked in the copy of the body, with the real ones; so the machine may take all of them for the same.

use core::marker::PhantomData;
use core::mem::{ManuallyDrop, transmute_copy};
use core::pin::Pin;
use core::task::{Context, Poll};

use crate::{Inspect, State};

/// The same value, with lifetimes that are longer than it is known to live.
///
/// # Safety
/// `A` and `B` are the same type but for lifetimes, and nobody relies on those of `B`.
#[inline(always)]
pub const unsafe fn lengthen<A, B>(value: A) -> B {
    const { assert!(size_of::<A>() == size_of::<B>() && align_of::<A>() == align_of::<B>()) };
    let value = ManuallyDrop::new(value);
    // SAFETY: by contract these are the same bits; the original is not dropped.
    unsafe { transmute_copy(&value) }
}

/// A future whose output is `R`, as [`shorten`] makes it.
pub struct Shortened<M, R> {
    machine: M,
    output: PhantomData<fn() -> R>,
}

/// The machine, with an output that lives as long as the signature says.
///
/// # Safety
/// `R` is the machine's output but for lifetimes, and what is put out is valid for those of `R`.
#[inline(always)]
pub const unsafe fn shorten<M, R>(machine: M) -> Shortened<M, R> {
    Shortened { machine, output: PhantomData }
}

impl<M: Future, R> Future for Shortened<M, R> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        // SAFETY: the machine is pinned with the whole, from which it is never moved.
        let machine = unsafe { self.map_unchecked_mut(|this| &mut this.machine) };
        // SAFETY: by contract of `shorten`.
        machine.poll(cx).map(|output| unsafe { lengthen(output) })
    }
}

impl<M: Inspect, R> Inspect for Shortened<M, R> {
    fn states(&self) -> &'static [State] {
        self.machine.states()
    }

    fn state(&self) -> &'static State {
        self.machine.state()
    }
}
