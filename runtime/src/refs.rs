//! A count of references that the thread which polls changes without atomic operations.
//!
//! An executor's own thread makes and drops nearly all wakers, and an atomic read-modify-write costs more than the rest
//! of a wake. So the count is kept in two parts. `shared` is atomic, and begins with a weight of [`OWNER`] for the owner
//! and all it will ever hand out; `here` is plain, and says how many references the owner has made more than dropped. It
//! may be negative, or too high, as a reference may be made here and dropped elsewhere; only the sum means anything. Before
//! either part can overflow, `here` is moved into `shared`.
//! When the owner needs the memory no more it pays back `OWNER - here`, and from then on `shared` alone counts. It cannot
//! reach zero before, as it holds the owner's weight.

use std::cell::Cell;

use crate::sync::{AtomicU32, Ordering, fence};

/// What the owner weighs. With half as many references, nearly all of them leaked, the program is aborted.
const OWNER: u32 = 1 << 30;
/// So much `here` may be away from zero.
const BOUND: u32 = if cfg!(loom) { 2 } else { OWNER / 8 };

pub(crate) struct Refs {
    shared: AtomicU32,
    /// Only for the owner's thread, and only until the owner leaves. Wraps below zero.
    here: Cell<u32>,
}

impl Refs {
    /// The owner, and so many references that it has handed out.
    pub(crate) fn new(handed_out: u32) -> Self {
        Self { shared: AtomicU32::new(OWNER), here: Cell::new(handed_out) }
    }

    /// One more. For the owner's thread, before the owner leaves.
    #[inline]
    pub(crate) fn add_here(&self) {
        self.here.set(self.here.get().wrapping_add(1));
        if self.here.get() == BOUND {
            self.balance();
        }
    }

    /// One less. For the owner's thread, before the owner leaves.
    #[inline]
    pub(crate) fn sub_here(&self) {
        self.here.set(self.here.get().wrapping_sub(1));
        if self.here.get() == BOUND.wrapping_neg() {
            self.balance();
        }
    }

    /// Moves what was counted here to the other part, of which at most as much is missing, or too much.
    #[cold]
    fn balance(&self) {
        // Wraps: what is below zero is subtracted. Release: what the owner's references have done is done before.
        let here = self.here.replace(0);
        if self.shared.fetch_add(here, Ordering::Release).wrapping_add(here) > OWNER / 2 * 3 {
            std::process::abort();
        }
    }

    /// One more, for whoever has one.
    #[inline]
    pub(crate) fn add(&self) {
        // Relaxed: the new reference is handed on by whoever has one, which orders it.
        if self.shared.fetch_add(1, Ordering::Relaxed) > OWNER / 2 * 3 {
            std::process::abort();
        }
    }

    /// One less. True if it was the last, and the memory is the caller's to free.
    #[inline]
    #[must_use]
    pub(crate) fn sub(&self) -> bool {
        Self::was_last(self.shared.fetch_sub(1, Ordering::Release) == 1)
    }

    /// The owner goes, once and on its own thread. True if nobody is left, and the memory is the caller's to free.
    #[inline]
    #[must_use]
    pub(crate) fn leave(&self) -> bool {
        let rest = OWNER.wrapping_sub(self.here.get());
        // Nobody is left who could add any, so the usual end needs no read-modify-write.
        self.shared.load(Ordering::Acquire) == rest
            || Self::was_last(self.shared.fetch_sub(rest, Ordering::Release) == rest)
    }

    fn was_last(last: bool) -> bool {
        if last {
            // Pairs with the release of every other reference: what was done through them is done before the freeing.
            fence(Ordering::Acquire);
        }
        last
    }
}
