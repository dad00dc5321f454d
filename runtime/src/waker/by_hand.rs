//! The first way: a table of four functions, written by hand.
//!
//! A waker is a pointer and a table, [`RawWakerVTable`](core::task::RawWakerVTable). The pointer means something to the four
//! functions only. If it stands for a reference that is counted, this is what each of them has to do:
//!
//! | function | when | the references |
//! |---|---|---|
//! | `clone` | somebody wants to keep the waker | one more; returns pointer and table of the new one |
//! | `wake` | the event has come, and the waker is used up | wakes; the waker's own goes over to it |
//! | `wake_by_ref` | the event has come, and the waker is kept | wakes; none goes |
//! | `drop` | the waker is not needed any more | one less |
//!
//! Each waker is used up once, by `wake` or by `drop`. All four may be called from any thread, so the count is atomic, and
//! what the pointer leads to is `Sync`. None of them should panic: there is nobody whom that would tell anything.
//!
//! The table should be a `static`. [`will_wake`](core::task::Waker::will_wake) compares the addresses of both, and of a
//! `static` there is one; a table that is written where it is used may be at another address in each place.
//!
//! The pools of this crate do it like this, with the address of a task, and count in the task.
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
//! use std::task::{RawWaker, RawWakerVTable, Waker};
//!
//! /// What is woken: it counts.
//! struct Bell(AtomicU32);
//!
//! static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);
//!
//! unsafe fn clone(data: *const ()) -> RawWaker {
//!     // SAFETY: `data` came from `Arc::into_raw`, and the waker that is cloned has a reference.
//!     unsafe { Arc::increment_strong_count(data.cast::<Bell>()) };
//!     RawWaker::new(data, &VTABLE)
//! }
//!
//! unsafe fn wake(data: *const ()) {
//!     // SAFETY: as above.
//!     unsafe { wake_by_ref(data) };
//!     // SAFETY: the waker is used up, and its reference with it.
//!     unsafe { drop_waker(data) };
//! }
//!
//! unsafe fn wake_by_ref(data: *const ()) {
//!     // SAFETY: as above; the reference keeps the bell alive meanwhile.
//!     unsafe { &*data.cast::<Bell>() }.0.fetch_add(1, Ordering::Release);
//! }
//!
//! unsafe fn drop_waker(data: *const ()) {
//!     // SAFETY: as above; the reference is given back.
//!     drop(unsafe { Arc::from_raw(data.cast::<Bell>()) });
//! }
//!
//! let bell = Arc::new(Bell(AtomicU32::new(0)));
//! let data = Arc::into_raw(bell.clone()).cast();
//! // SAFETY: the four functions do what they must, and `Bell` is `Send` and `Sync`.
//! let waker = unsafe { Waker::new(data, &VTABLE) };
//!
//! let clone = waker.clone();
//! assert!(clone.will_wake(&waker));
//! std::thread::spawn(move || clone.wake()).join().unwrap();
//! waker.wake_by_ref();
//! assert_eq!(bell.0.load(Ordering::Acquire), 2);
//!
//! assert_eq!(Arc::strong_count(&bell), 2);
//! drop(waker);
//! assert_eq!(Arc::strong_count(&bell), 1);
//! ```
