//! The atomics and locks of the executors, in one place.
//!
//! Files that name these through `crate::sync` can be compiled into `tests/loom` too, where `crate::sync` has loom's
//! versions of them.

pub(crate) use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence},
};

/// Locks, whether or not a thread panicked while it had the lock: no user code runs under a lock of ours.
#[inline]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
