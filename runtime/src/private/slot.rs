//! Where survivors and awaitees live, and what stands for them while `poll` runs.
//!
//! Invariant: a slot is full exactly while a guard for it exists, or while its frame is suspended in a state whose
//! drop table names it. `liveness` in the macro computes both sides of that; nothing else calls the unsafe functions.

use core::cell::UnsafeCell;
use core::marker::{PhantomData, PhantomPinned};
use core::mem::{MaybeUninit, forget, needs_drop};
use core::panic::RefUnwindSafe;
use core::pin::Pin;
use core::ptr;
use core::task::{Context, Poll};

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
        Slot { value: UnsafeCell::new(MaybeUninit::uninit()), _pinned: PhantomPinned }
    }

    /// A full slot: an argument before the first poll.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn full(value: T) -> Self {
        Slot { value: UnsafeCell::new(MaybeUninit::new(value)), _pinned: PhantomPinned }
    }

    /// The same for an argument that is `Copy`: see [`init_copy`](Slot::init_copy).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn copy(value: T) -> Self
    where
        T: Copy,
    {
        Slot::full(value)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    const fn ptr(&self) -> *mut T {
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
        T: Copy,
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
        Place(self.0, PhantomData)
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

/// Whether there is a value in the slot of a survivor that is alive at a suspension only on some of the ways that lead there.
///
/// It stands beside the slot, which may be storage for something else while this survivor has no value.
pub struct Flag(UnsafeCell<bool>);

// SAFETY: the flag changes only inside `poll` and `drop` of the frame that owns it.
unsafe impl Sync for Flag {}
impl RefUnwindSafe for Flag {}

impl Flag {
    /// The flag of an empty slot.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn new() -> Self {
        Flag(UnsafeCell::new(false))
    }

    /// The flag of a full slot: an argument before the first poll.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn full() -> Self {
        Flag(UnsafeCell::new(true))
    }

    /// Fills the slot; its guard is there already, or made next.
    ///
    /// # Safety
    /// The slot is empty, and the one that this flag belongs to.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn start<T>(&self, slot: &Slot<T>, value: T) {
        // SAFETY: no reference exists into an empty slot.
        unsafe {
            slot.ptr().write(value);
            self.0.get().write(true);
        }
    }

    /// The guard, whether or not there is a value.
    ///
    /// # Safety
    /// No other guard for the slot exists, it is the one that this flag belongs to, and both stay where they are while the
    /// guard does.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn resume<'p, T>(&'p self, slot: &'p Slot<T>) -> Guard<'p, T> {
        Guard { value: slot.ptr(), live: self.0.get(), _poll: PhantomData }
    }
}

/// Stands for a survivor that has a [`Flag`] while `poll` runs.
#[must_use]
pub struct Guard<'p, T> {
    value: *mut T,
    live: *mut bool,
    _poll: PhantomData<&'p ()>,
}

// SAFETY: as for `Anchor`; the flag is only touched by what takes, sets or drops the value.
unsafe impl<T: Send> Send for Guard<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Guard<'_, T> {}

impl<T> Guard<'_, T> {
    /// The survivor's place.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub const fn ptr(&self) -> *mut T {
        self.value
    }

    /// Gives the survivor its value, and drops the one it had.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn set(&self, value: T) {
        // SAFETY: the slot is ours alone; the flag says whether it holds a value, also while the old one is dropped.
        unsafe {
            let old = self.live.replace(false).then(|| self.ptr());
            let new = Unset { guard: self, value: Some(value) };
            if let Some(old) = old {
                old.drop_in_place();
            }
            drop(new);
        }
    }

    /// Puts a temporary in its place, in the midst of the expression that uses it.
    ///
    /// # Safety
    /// The slot is empty, and the place is used only while it is full.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn put(&self, value: T) -> *mut T {
        // SAFETY: no reference exists into an empty slot, and `resume` asks that it and its flag outlive the guard.
        unsafe {
            self.value.write(value);
            self.live.write(true);
        }
        self.value
    }

    /// The same for `&value`. What asks for the reference says of which type it is, and so of which type `value` should be,
    /// which a variable could not be told.
    ///
    /// # Safety
    /// As [`put`](Guard::put).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn hold<'f>(&self, value: T) -> &'f T
    where
        T: 'f,
    {
        // SAFETY: by contract.
        unsafe { &*self.put(value) }
    }

    /// The same for `&mut value`.
    ///
    /// # Safety
    /// As [`put`](Guard::put).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn hold_mut<'f>(&self, value: T) -> &'f mut T
    where
        T: 'f,
    {
        // SAFETY: by contract.
        unsafe { &mut *self.put(value) }
    }

    /// Moves the survivor out.
    ///
    /// # Safety
    /// It is there: `liveness` has seen it initialised on every way to this point.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn take(&self) -> T {
        // SAFETY: the value is there by contract, and the flag says from now on that it is not.
        unsafe {
            self.live.write(false);
            self.ptr().read()
        }
    }

    /// Takes the survivor to be matched on. A pattern that binds keeps what it takes, and any other gives it back.
    ///
    /// # Safety
    /// As [`take`](Guard::take).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn lend<K: Kind>(&self, kind: K) -> T {
        assert_parts(&kind);
        // SAFETY: as in `take`.
        unsafe { self.take() }
    }

    /// Moves the survivor out, to be taken apart by a pattern.
    ///
    /// # Safety
    /// As [`take`](Guard::take).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn unpack<K: Kind>(&self, kind: K) -> T {
        // SAFETY: as in `take`.
        unsafe { self.lend(kind) }
    }

    /// Undoes [`lend`](Guard::lend) where nothing can have changed the value: it has been in its place all the while, and
    /// what borrows it still may.
    ///
    /// # Safety
    /// `value` is what was lent, and nothing has been put in its place since.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn keep(&self, value: T) {
        forget(value);
        // SAFETY: the slot's bits are the value's, which now has no other owner.
        unsafe { self.live.write(true) }
    }

    /// Undoes [`lend`](Guard::lend): the value goes back to its place, as the guards of the match may have changed it.
    ///
    /// # Safety
    /// The survivor was lent, and nothing has been put in its place since.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn give_back(&self, value: T) {
        // SAFETY: the slot is empty since the value was lent.
        unsafe {
            self.ptr().write(value);
            self.live.write(true);
        }
    }

    /// The method call that `prototype` is the type of, on the survivor: see [`Prototype`](super::Prototype).
    ///
    /// A method that moves its receiver takes it now, before the call's arguments are evaluated; one that borrows it
    /// borrows it after, as the two-phase borrow of a receiver does, so that the arguments may still read it.
    ///
    /// # Safety
    /// As [`take`](Guard::take), also when the result is called; and `K` is a closure that captures one variable of type
    /// [`Receiver<T>`](super::Receiver).
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub unsafe fn bind<C, A, R, K>(&self, _prototype: *const K) -> impl FnOnce(C, A) -> R + use<T, C, A, R, K>
    where
        K: FnOnce(C, A) -> R,
    {
        const {
            let expected = if needs_drop::<K>() { size_of::<T>() } else { size_of::<*mut T>() };
            assert!(size_of::<K>() == expected, "the closure around a receiver captures just the receiver");
        }
        let receiver = self.ptr();
        // SAFETY: `Receiver<T>` is `T` in layout and always has drop glue; so a `K` with drop glue holds the receiver by
        // value, in `T`'s bits, and one without holds a reference to it, in a pointer's. The assertion above checks the
        // sizes. What is read by value is no longer the slot's.
        unsafe {
            let taken = needs_drop::<K>().then(|| {
                self.live.write(false);
                ptr::read(receiver as *const K)
            });
            move |captures, arguments| {
                let call = taken.unwrap_or_else(|| ptr::read((&raw const receiver).cast()));
                call(captures, arguments)
            }
        }
    }

    /// The place, for a closure that outlives this poll.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn place<'f>(&self) -> Place<'f, T> {
        Place(self.ptr(), PhantomData)
    }
}

impl<T> Drop for Guard<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        // SAFETY: the guard is the slot's only owner; the flag is cleared first, so that a panic leaves nothing behind.
        unsafe {
            if self.live.replace(false) {
                self.ptr().drop_in_place();
            }
        }
    }
}

/// Fills a flagged slot when it goes, also while a panic of the old value's destructor unwinds: an assignment puts the
/// new value in place either way.
struct Unset<'a, T> {
    guard: &'a Guard<'a, T>,
    value: Option<T>,
}

impl<T> Drop for Unset<'_, T> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            // SAFETY: the slot is empty: `set` has cleared the flag and dropped the old value.
            unsafe {
                self.guard.ptr().write(value);
                self.guard.live.write(true);
            }
        }
    }
}

/// A survivor's place, as a closure captures it that outlives the poll in which it was made.
pub struct Place<'f, T>(*mut T, PhantomData<&'f mut T>);

// SAFETY: a closure may read or write through its place: what `&T` and what `&mut T` ask for together.
unsafe impl<T: Send + Sync> Send for Place<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Place<'_, T> {}

impl<T> Clone for Place<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Place<'_, T> {}

impl<'f, T> Place<'f, T> {
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
