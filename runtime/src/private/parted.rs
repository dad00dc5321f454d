//! Storage for a survivor of which parts are moved out, one by one, while the rest stays.
//!
//! Everything stays in its place: what borrows another part still may. Beside the survivor stands which of its parts are
//! gone. If one is when the survivor is dropped, the expansion's own closure drops what is left: it takes the whole by
//! value and forgets the parts that are gone, so that rustc drops the others, in the order of the type. That this closure
//! compiles also shows that these parts can be moved out at all.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::{forget, needs_drop};
use core::panic::RefUnwindSafe;
use core::ptr::NonNull;

use super::receiver::{bind, takes};
use super::slot::{Place, Slot};
use super::whole::{Kind, assert_parts};

/// Which parts of a survivor are gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Moved(u8);

impl Moved {
    /// There is nothing.
    const ALL: Moved = Moved(1 << 7);
    const NONE: Moved = Moved(0);

    /// Whether this part is: the first is 0, the last 6.
    #[inline(always)]
    pub const fn has(self, part: u8) -> bool {
        self.0 & 1 << part != 0
    }
}

/// [`Moved`], in the frame.
pub struct Parts(Cell<Moved>);

// SAFETY: it changes only inside `poll` and `drop` of the frame that owns it.
unsafe impl Sync for Parts {}
impl RefUnwindSafe for Parts {}

impl Parts {
    /// Of an empty slot.
    #[inline(always)]
    pub const fn new() -> Self {
        Parts(Cell::new(Moved::ALL))
    }

    /// Of a full slot: an argument before the first poll.
    #[inline(always)]
    pub const fn full() -> Self {
        Parts(Cell::new(Moved::NONE))
    }
}

/// A slot whose value may be taken in parts. `R`: what drops the rest.
pub struct Parted<T, R> {
    slot: Slot<T>,
    rest: PhantomData<fn() -> R>,
}

impl<T, R: FnOnce(T, Moved)> Parted<T, R> {
    /// An empty slot.
    #[inline(always)]
    pub const fn new() -> Self {
        Parted { slot: Slot::new(), rest: PhantomData }
    }

    /// A full slot: an argument before the first poll.
    #[inline(always)]
    pub fn full(value: T, _: R) -> Self {
        Parted { slot: Slot::full(value), rest: PhantomData }
    }

    /// Fills the slot; its guard is there already, or made next.
    ///
    /// # Safety
    /// The slot is empty, and `parts` are its own.
    #[inline(always)]
    pub unsafe fn start(&self, parts: &Parts, value: T) {
        // SAFETY: by contract, no reference exists into the slot.
        unsafe { self.slot.start(value) };
        parts.0.set(Moved::NONE);
    }

    /// The guard, whether or not there is a value.
    ///
    /// # Safety
    /// No other guard for the slot exists, it stays where it is while this one does, and so do `parts`, which are its own.
    #[inline(always)]
    pub unsafe fn resume(&self, parts: &Parts) -> PartedGuard<'_, T, R> {
        const {
            assert!(size_of::<R>() == 0, "what drops the rest captures nothing");
        }
        PartedGuard { place: self.slot.ptr(), parts, rest: PhantomData, poll: PhantomData }
    }
}

/// Stands for a survivor in a [`Parted`] slot while `poll` runs.
#[must_use]
pub struct PartedGuard<'p, T, R: FnOnce(T, Moved)> {
    place: *mut T,
    parts: *const Parts,
    rest: PhantomData<fn() -> R>,
    poll: PhantomData<&'p ()>,
}

// SAFETY: as for `Guard`.
unsafe impl<T: Send, R: FnOnce(T, Moved)> Send for PartedGuard<'_, T, R> {}
// SAFETY: as for `Guard`.
unsafe impl<T: Sync, R: FnOnce(T, Moved)> Sync for PartedGuard<'_, T, R> {}

impl<T, R: FnOnce(T, Moved)> PartedGuard<'_, T, R> {
    #[inline(always)]
    fn moved(&self) -> &Cell<Moved> {
        // SAFETY: `resume` asks that they outlive the guard.
        unsafe { &(*self.parts).0 }
    }

    /// The survivor's place.
    #[inline(always)]
    pub const fn ptr(&self) -> *mut T {
        self.place
    }

    /// Gives the survivor its value, and drops what is left of the one it had.
    #[inline(always)]
    pub fn set(&self, value: T) {
        let new = Put { guard: self, value: Some(value) };
        self.drop_rest();
        drop(new);
    }

    /// The same guard, when it is known what drops the rest.
    #[inline(always)]
    pub const fn parted(&self, _: &R) -> &Self {
        self
    }

    /// A part of the survivor.
    #[inline(always)]
    pub fn part<P>(&self, index: u8, part: *const P) -> Part<'_, P> {
        Part { place: part.cast_mut(), moved: self.moved(), bit: 1 << index }
    }

    /// Moves the survivor out.
    ///
    /// # Safety
    /// All of it is there: `liveness` has seen it initialised on every way to this point, and the checked copy that no part
    /// was moved.
    #[inline(always)]
    pub unsafe fn take(&self) -> T {
        self.moved().set(Moved::ALL);
        // SAFETY: by contract.
        unsafe { self.place.read() }
    }

    /// As [`Guard::lend`](super::Guard::lend).
    ///
    /// # Safety
    /// As [`take`](PartedGuard::take).
    #[inline(always)]
    pub unsafe fn lend<K: Kind>(&self, kind: K) -> T {
        assert_parts(&kind);
        // SAFETY: as in `take`.
        unsafe { self.take() }
    }

    /// As [`Guard::unpack`](super::Guard::unpack).
    ///
    /// # Safety
    /// As [`take`](PartedGuard::take).
    #[inline(always)]
    pub unsafe fn unpack<K: Kind>(&self, kind: K) -> T {
        // SAFETY: as in `take`.
        unsafe { self.lend(kind) }
    }

    /// As [`Guard::keep`](super::Guard::keep).
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn keep(&self, value: T) {
        forget(value);
        self.moved().set(Moved::NONE);
    }

    /// As [`Guard::give_back`](super::Guard::give_back).
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn give_back(&self, value: T) {
        // SAFETY: the slot is empty since the value was lent.
        unsafe { self.put_back(value) }
    }

    /// As [`Guard::bind`](super::Guard::bind).
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn bind<C, A, O, K>(&self, _: *const K) -> impl FnOnce(C, A) -> O + use<T, C, A, O, K, R>
    where
        K: FnOnce(C, A) -> O,
    {
        if takes::<T, K>() {
            self.moved().set(Moved::ALL);
        }
        // SAFETY: by contract; what a method takes is noted as gone.
        unsafe { bind::<T, C, A, O, K>(self.place) }
    }

    /// The place, for a closure that outlives this poll.
    #[inline(always)]
    pub fn place<'f>(&self) -> Place<'f, T> {
        Place::of(self.place)
    }

    #[inline(always)]
    unsafe fn put_back(&self, value: T) {
        // SAFETY: the caller says that the slot is empty.
        unsafe { self.place.write(value) };
        self.moved().set(Moved::NONE);
    }

    /// Drops what there is.
    #[inline(always)]
    fn drop_rest(&self) {
        // First, so that a panic leaves nothing behind.
        let moved = self.moved().replace(Moved::ALL);
        // SAFETY: the value is there but for the parts that are gone, which `rest` leaves alone. A closure without captures
        // has no bits, and any place will do to read one from.
        unsafe {
            match moved {
                Moved::ALL => {}
                Moved::NONE => self.place.drop_in_place(),
                moved => NonNull::<R>::dangling().read()(self.place.read(), moved),
            }
        }
    }
}

impl<T, R: FnOnce(T, Moved)> Drop for PartedGuard<'_, T, R> {
    #[inline(always)]
    fn drop(&mut self) {
        self.drop_rest();
    }
}

/// Fills a slot when it goes, also while a panic of the old value's destructor unwinds.
struct Put<'a, 'p, T, R: FnOnce(T, Moved)> {
    guard: &'a PartedGuard<'p, T, R>,
    value: Option<T>,
}

impl<T, R: FnOnce(T, Moved)> Drop for Put<'_, '_, T, R> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            // SAFETY: the old value is dropped.
            unsafe { self.guard.put_back(value) };
        }
    }
}

/// A part of a survivor, which may be moved out on its own.
pub struct Part<'g, P> {
    place: *mut P,
    moved: &'g Cell<Moved>,
    bit: u8,
}

impl<P> Part<'_, P> {
    /// Only what is dropped is missed.
    #[inline(always)]
    fn note(&self, is_moved: bool) {
        if needs_drop::<P>() {
            let Moved(bits) = self.moved.get();
            self.moved.set(Moved(if is_moved { bits | self.bit } else { bits & !self.bit }));
        }
    }

    /// Its place.
    #[inline(always)]
    pub const fn ptr(&self) -> *mut P {
        self.place
    }

    /// Moves it out.
    ///
    /// # Safety
    /// It is there: the checked copy has shown that it was not moved before.
    #[inline(always)]
    pub unsafe fn take(&self) -> P {
        self.note(true);
        // SAFETY: by contract.
        unsafe { self.place.read() }
    }

    /// Gives it a value, and drops the one it had, if that is still there.
    ///
    /// # Safety
    /// The place is the part's own, to be written.
    #[inline(always)]
    pub unsafe fn set(&self, value: P) {
        let is_gone = self.moved.get().0 & self.bit != 0;
        self.note(false);
        // SAFETY: by contract; nothing is dropped that is not there.
        unsafe {
            if is_gone {
                self.place.write(value);
            } else {
                *self.place = value;
            }
        }
    }

    /// Takes it to be matched on. A pattern that binds keeps what it takes, and any other gives it back.
    ///
    /// # Safety
    /// As [`take`](Part::take).
    #[inline(always)]
    pub unsafe fn lend<K: Kind>(&self, kind: K) -> P {
        assert_parts(&kind);
        // SAFETY: as in `take`.
        unsafe { self.take() }
    }

    /// Moves it out, to be taken apart by a pattern.
    ///
    /// # Safety
    /// As [`take`](Part::take).
    #[inline(always)]
    pub unsafe fn unpack<K: Kind>(&self, kind: K) -> P {
        // SAFETY: as in `take`.
        unsafe { self.lend(kind) }
    }

    /// Undoes [`lend`](Part::lend): it has been in its place all the while.
    ///
    /// # Safety
    /// `value` is what was lent, and nothing has been put in its place since.
    #[inline(always)]
    pub unsafe fn keep(&self, value: P) {
        forget(value);
        self.note(false);
    }

    /// As [`Guard::give_back`](super::Guard::give_back).
    ///
    /// # Safety
    /// The part was lent, and nothing has been put in its place since.
    #[inline(always)]
    pub unsafe fn give_back(&self, value: P) {
        // SAFETY: the place is empty since the value was lent.
        unsafe { self.place.write(value) };
        self.note(false);
    }

    /// As [`Guard::bind`](super::Guard::bind).
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn bind<C, A, R, K>(&self, _: *const K) -> impl FnOnce(C, A) -> R + use<P, C, A, R, K>
    where
        K: FnOnce(C, A) -> R,
    {
        if takes::<P, K>() {
            self.note(true);
        }
        // SAFETY: by contract; what a method takes is noted as gone.
        unsafe { bind::<P, C, A, R, K>(self.place) }
    }
}
