//! The atomics and locks of the executors, in one place.
//!
//! Files that name these through `crate::sync`, and nothing else of the crate, can be compiled into `tests/loom.rs`
//! too, where `crate::sync` has loom's versions of them.

pub(crate) use std::sync::{
    Condvar, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence},
};
