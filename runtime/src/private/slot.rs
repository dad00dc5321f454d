//! Where survivors and awaitees live, and what stands for them while `poll` runs.
//!
//! Invariant: a slot is full exactly while a guard for it exists, or while its frame is suspended in a state whose
//! drop table names it. `liveness` in the macro computes both sides of that; nothing else calls the unsafe functions.

use super::plain::Plain;
use core::cell::UnsafeCell;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::{MaybeUninit, forget, needs_drop};
use core::panic::RefUnwindSafe;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::place::Place;
use super::whole::{Kind, assert_parts};

/// Storage for one survivor or awaitee: hides niche and aliasing of the value from the frame around it.
#[repr(transparent)]
pub struct Slot<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    _pinned: PhantomPinned,
}

// SAFETY: the value is reached only through guards, inside `poll` and `drop` of the frame that owns the slot; a shared
// slot gives out at most what a shared `T` would.
unsafe impl<T: Sync> Sync for Slot<T> {}
// SAFETY: a slot owns its value.
unsafe impl<T: Send> Send for Slot<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Slot<T> {}

impl<T> Slot<T> {
    /// An empty slot.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn new() -> Self {
        // What rustc knows to be without a value is a constant to it, and it copies constants: LLVM then makes one with the
        // state of such bytes beside it, and a frame is filled with the number of its first state. It does not look
        // through a pointer to another type.
        let empty = MaybeUninit::<T>::uninit();
        // SAFETY: the one is the other in layout, and has no value that would have to be valid.
        unsafe { (&raw const empty).cast::<Self>().read() }
    }

    /// A full slot: an argument before the first poll.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn full(value: T) -> Self {
        Slot { value: UnsafeCell::new(MaybeUninit::new(value)), _pinned: PhantomPinned }
    }

    /// The same for an argument that is [`Plain`]: see [`init_copy`](Slot::init_copy).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn copy(value: T) -> Self
    where
        T: Plain,
    {
        Slot::full(value)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) const fn ptr(&self) -> *mut T {
        self.value.get().cast()
    }

    /// Fills the slot.
    ///
    /// # Safety
    /// The slot is empty and stays where it is until the guard is gone and the value dropped or taken.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn init(&self, value: T) -> Anchor<'_, T> {
        // SAFETY: the pointer is to our own cell, into which no reference exists while it is empty.
        unsafe { self.ptr().write(value) };
        Anchor(self.ptr(), PhantomData)
    }

    /// Fills the slot with what dropping does nothing to: its guard may outlast it, and be forgotten or not.
    ///
    /// # Safety
    /// Nothing borrows what is in the slot, and it stays where it is while the guard is used.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn init_copy(&self, value: T) -> Anchor<'_, T>
    where
        T: Plain,
    {
        // SAFETY: by contract.
        unsafe { self.init(value) }
    }

    /// The guard of a full slot, made anew after a suspension.
    ///
    /// # Safety
    /// The slot is full, no other guard for it exists, and it stays where it is.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn resume(&self) -> Anchor<'_, T> {
        Anchor(self.ptr(), PhantomData)
    }

    /// Fills the slot without a guard: an awaitee before its first poll, or what an arm binds before its body begins.
    /// Nothing that can unwind may happen before the value is guarded.
    ///
    /// # Safety
    /// As [`init`](Slot::init).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn start(&self, value: T) {
        // SAFETY: as in `init`.
        unsafe { self.ptr().write(value) }
    }

    /// Polls the awaitee in the slot, and drops it if it is ready or panics.
    ///
    /// # Safety
    /// The slot is full, no guard for it exists, and it stays where it is until its value is dropped.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn poll(&self, cx: &mut Context<'_>) -> Poll<T::Output>
    where
        T: Future,
    {
        // SAFETY: the caller says the slot is full and unguarded; the value is not moved until it is dropped in place,
        // which is what pinning asks for.
        unsafe {
            let awaitee = self.resume();
            let poll = Pin::new_unchecked(&mut *awaitee.0).poll(cx);
            if poll.is_pending() {
                forget(awaitee);
            }
            poll
        }
    }
}

/// Stands for a survivor while `poll` runs: owns what its slot holds, and drops it where the source would.
///
/// It ends with the poll: a macro that is not known may move it, but not into a thread or a task.
#[must_use]
pub struct Anchor<'p, T>(*mut T, PhantomData<&'p ()>);

// SAFETY: a guard owns the value, and is to it what `Box<T>` is.
unsafe impl<T: Send> Send for Anchor<'_, T> {}
// SAFETY: as above; a shared guard gives out a raw pointer, from which the expansion makes what `&T` would give.
unsafe impl<T: Sync> Sync for Anchor<'_, T> {}

impl<T> Anchor<'_, T> {
    /// The survivor's place. Raw, so that a mention borrows exactly what the source borrows.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn ptr(&self) -> *mut T {
        self.0
    }

    /// Moves the survivor out.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn take(self) -> T {
        let value = self.0;
        forget(self);
        // SAFETY: a guard stands for a full slot, and this one is gone: the value is read once.
        unsafe { value.read() }
    }

    /// The survivor's value, to be matched on: who takes it forgets the guard, and who does not forgets the value.
    ///
    /// # Safety
    /// Just that is done before either is used.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn lend<K: Kind>(&self, kind: K) -> T {
        assert_parts(&kind);
        // SAFETY: a guard stands for a full slot, and by contract the value is used as one.
        unsafe { self.0.read() }
    }

    /// Moves the survivor out, to be taken apart by a pattern.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn unpack<K: Kind>(self, kind: K) -> T {
        assert_parts(&kind);
        self.take()
    }

    /// The place, for a closure that outlives this poll.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn place<'f>(&self) -> Place<'f, T> {
        Place::new(self.0)
    }
}

impl<T> Drop for Anchor<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        // What needs no drop may still be borrowed: nothing is done to it, not even as much as to say that it is ours.
        if needs_drop::<T>() {
            // SAFETY: a guard stands for a full slot and is its only owner.
            unsafe { self.0.drop_in_place() }
        }
    }
}
