//! The third way: a closure. `std::task::waker_fn` is not stable yet; [`waker_fn`] is.
//!
//! ```
//! use std::{pin::pin, sync::mpsc, task::{Context, Poll}};
//! use desugar::waker::waker_fn;
//!
//! // Glue: wakes become messages, among the other messages of some loop that is there already.
//! let (send, messages) = mpsc::channel();
//! let waker = waker_fn(move || send.send("poll again").unwrap());
//!
//! let mut future = pin!(async {
//!     desugar::yield_now().await;
//!     7
//! });
//! let mut cx = Context::from_waker(&waker);
//! assert_eq!(future.as_mut().poll(&mut cx), Poll::Pending);
//! assert_eq!(messages.recv(), Ok("poll again"));
//! assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready(7));
//! ```

use std::{
    sync::Arc,
    task::{RawWaker, RawWakerVTable, Waker},
};

/// A thin pointer to a closure of any type, so that one table does for all; and a table in a `static` has one address, by
/// which `will_wake` knows clones.
type Closure = Box<dyn Fn() + Send + Sync>;

/// A waker that calls a closure, each time it is woken.
///
/// The closure is dropped with the last clone of the waker. It must not panic.
///
/// See [`closure`](self) for an example.
pub fn waker_fn(wake: impl Fn() + Send + Sync + 'static) -> Waker {
    let closure: Arc<Closure> = Arc::new(Box::new(wake));
    // SAFETY: `VTABLE` counts references as `Arc` does, for a pointer from `Arc::into_raw`; a `Closure` is `Send` and `Sync`.
    unsafe { Waker::new(Arc::into_raw(closure).cast(), &VTABLE) }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(raw_clone, raw_wake, raw_wake_by_ref, raw_drop);

unsafe fn raw_clone(data: *const ()) -> RawWaker {
    // SAFETY: `data` came from `Arc::into_raw` of an `Arc<Closure>`, of which the cloned waker owns a reference.
    unsafe { Arc::increment_strong_count(data.cast::<Closure>()) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn raw_wake(data: *const ()) {
    // SAFETY: as above; the waker is used up, and hands over its reference, also if the closure panics.
    let closure = unsafe { Arc::from_raw(data.cast::<Closure>()) };
    (*closure)();
}

unsafe fn raw_wake_by_ref(data: *const ()) {
    // SAFETY: as above; the waker is borrowed by the caller, and owns a reference meanwhile.
    unsafe { (*data.cast::<Closure>())() };
}

unsafe fn raw_drop(data: *const ()) {
    // SAFETY: as above; the waker hands over its reference.
    drop(unsafe { Arc::from_raw(data.cast::<Closure>()) });
}
