//! What stands for a survivor that is alive at a suspension only on some of the ways that lead there.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::{forget, needs_drop};
use core::panic::RefUnwindSafe;
use core::ptr;

use super::place::Place;
use super::slot::Slot;
use super::whole::{Kind, assert_parts};

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
        Place::new(self.ptr())
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
