//! The table of a waker whose data is a pointer to something counted: what [`waker::by_hand`](crate::waker::by_hand) tells,
//! once for all executors of this crate.

use std::{
    ptr::NonNull,
    task::{RawWaker, RawWakerVTable, Waker},
};

/// What a waker points to, and wakes.
///
/// # Safety
/// It may be used through its references on any thread, and is there as long as there is one.
pub(crate) unsafe trait Woken: Sized + 'static {
    /// A `static` with what [`table`] gives. That has one address, by which `will_wake` knows clones; the tables that std
    /// makes for `Arc<impl Wake>` may differ between a waker and its clone (under Miri they do).
    fn table() -> &'static RawWakerVTable;

    /// Has it polled. For anybody, on any thread, at any time.
    ///
    /// # Safety
    /// Here, and in the other two: the caller has a reference.
    unsafe fn wake(this: NonNull<Self>);

    /// One more reference, for a new waker.
    unsafe fn add_ref(this: NonNull<Self>);

    /// Gives back the caller's reference, which was a waker's.
    unsafe fn drop_ref(this: NonNull<Self>);
}

/// A waker that owns a reference.
///
/// # Safety
/// The caller has a reference, and gives it to the waker.
#[inline]
pub(crate) unsafe fn waker<W: Woken>(this: NonNull<W>) -> Waker {
    // SAFETY: the functions of the table keep the contract of `RawWakerVTable`: they count references as `Woken` does, which
    // may be used on any thread.
    unsafe { Waker::new(this.as_ptr().cast_const().cast(), W::table()) }
}

pub(crate) const fn table<W: Woken>() -> RawWakerVTable {
    RawWakerVTable::new(raw_clone::<W>, raw_wake::<W>, raw_wake_by_ref::<W>, raw_drop::<W>)
}

/// # Safety
/// `data` is that of a waker with `W`'s table.
unsafe fn pointer<W>(data: *const ()) -> NonNull<W> {
    // SAFETY: it was not null in `waker`.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

unsafe fn raw_clone<W: Woken>(data: *const ()) -> RawWaker {
    // SAFETY: the data of a waker, as in all four, which has a reference.
    unsafe { W::add_ref(pointer(data)) };
    RawWaker::new(data, W::table())
}

unsafe fn raw_wake<W: Woken>(data: *const ()) {
    // SAFETY: as above.
    unsafe { W::wake(pointer(data)) };
    // SAFETY: the waker is used up. Its reference is given back only when the wake is through.
    unsafe { W::drop_ref(pointer(data)) };
}

unsafe fn raw_wake_by_ref<W: Woken>(data: *const ()) {
    // SAFETY: as above.
    unsafe { W::wake(pointer(data)) };
}

unsafe fn raw_drop<W: Woken>(data: *const ()) {
    // SAFETY: as above; the waker's reference is given back.
    unsafe { W::drop_ref(pointer(data)) };
}
