//! One task of a [`ThreadPool`](crate::ThreadPool): its header, and all that can happen to it, on any thread.
//!
//! # The state
//! One atomic word, [`Head::state`]. Whoever sets `RUNNING` has the stage to itself, until it unsets it:
//!
//! ```text
//!   wake            `start`               Pending: `pause`
//!  ──────► SCHEDULED ─────► RUNNING ────────────────────────► (nothing)
//!              ▲               │  │ Pending, and woken since
//!              └───────────────┼──┘
//!                 Ready, panic │         `end`: handle or pool dropped
//!                              ▼            sets RUNNING where nobody has, and else CANCELLED
//!                            DONE
//! ```
//!
//! - A wake sets `SCHEDULED`, always by a read-modify-write, so that what it publishes reaches the next poll. Only the one
//!   that finds neither `SCHEDULED` nor `RUNNING` nor `DONE` puts the task in a queue; who runs a task looks afterwards.
//! - While `HANDLE` is set and `DONE` is, the stage is the handle's.
//!
//! # References
//! Counted, one each for: an entry in a queue, which becomes that of the run; the entry in the pool's list; the handle;
//! each waker. A task comes to the list when it is pending for the first time: before, and while it runs, the pool finds
//! it elsewhere. It leaves it when its future is dropped, so wakers that are left keep only memory.

use std::{
    cell::Cell,
    mem::ManuallyDrop,
    ptr::NonNull,
    task::{Context, RawWakerVTable, Waker},
};

use super::shared::{Listed, Shared};
use crate::{
    handle::Joined,
    raw::{self, Woken},
    stage::{self, Payload, Polled, VTable, shielded},
    sync::{AtomicU32, AtomicUsize, Mutex, Ordering, fence, lock},
};

/// Woken since its last poll began.
const SCHEDULED: u32 = 1;
/// Somebody has the stage: being polled, or being dropped.
const RUNNING: u32 = 1 << 1;
/// The future is gone.
const DONE: u32 = 1 << 2;
/// There is a handle that wants to know what becomes of it.
const HANDLE: u32 = 1 << 3;
/// There is a waker in `awaiter`.
const AWAITED: u32 = 1 << 4;
/// To be dropped by whoever runs it, as soon as its poll is over.
const CANCELLED: u32 = 1 << 5;

pub(super) struct Head {
    state: AtomicU32,
    refs: AtomicUsize,
    vtable: &'static VTable<Head>,
    /// The task has a reference to it.
    shared: NonNull<Shared>,
    /// Where in the pool's list. For whoever has `RUNNING`.
    listed: Cell<Option<Listed>>,
    /// Who awaits the handle.
    awaiter: Mutex<Option<Waker>>,
}

/// A counted reference to a task: whoever has one gives it on, or back by [`Task::drop_ref`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Task(NonNull<Head>);

// SAFETY: the future in it is `Send`, and so is its output (see `new`); all of a head is atomic, or guarded by the state.
unsafe impl Send for Task {}

impl Task {
    /// A task that is scheduled, with two references: for the queue, and for a handle. It is given one of `shared`.
    pub(super) fn new<F>(future: F, shared: NonNull<Shared>) -> Self
    where
        F: Future<Output: Send> + Send + 'static,
    {
        Self(stage::allocate(future, |vtable| Head {
            state: AtomicU32::new(SCHEDULED | HANDLE),
            refs: AtomicUsize::new(2),
            vtable,
            shared,
            listed: Cell::new(None),
            awaiter: Mutex::new(None),
        }))
    }

    #[inline]
    fn head(&self) -> &Head {
        // SAFETY: whoever has a `Task` has a reference.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(super) fn shared(&self) -> &Shared {
        // SAFETY: the task has a reference to it.
        unsafe { self.head().shared.as_ref() }
    }

    #[inline]
    fn add_ref(&self) {
        // Relaxed: the new reference is handed on by whoever has one, which orders it.
        if self.head().refs.fetch_add(1, Ordering::Relaxed) > usize::MAX / 2 {
            std::process::abort();
        }
    }

    #[inline]
    pub(super) fn drop_ref(self) {
        self.drop_refs(1);
    }

    #[inline]
    fn drop_refs(self, count: usize) {
        let refs = &self.head().refs;
        // The last one needs no read-modify-write: nobody is left who could add any.
        if refs.load(Ordering::Acquire) != count {
            if refs.fetch_sub(count, Ordering::Release) != count {
                return;
            }
            // Pairs with the release of every other reference.
            fence(Ordering::Acquire);
        }
        let Head { shared, vtable, .. } = *self.head();
        // SAFETY: the last reference was the caller's. The stage is empty: the list or the queue had a reference until the
        // future was dropped, and who had the handle until the output was.
        unsafe { (vtable.free)(self.0) };
        Shared::drop_ref_of_task(shared);
    }

    /// Changes the state as `change` says, which returns `None` if there is nothing to change. Gives the state before.
    #[inline]
    fn update(&self, change: impl Fn(u32) -> Option<u32>) -> Result<u32, u32> {
        self.head().state.fetch_update(Ordering::AcqRel, Ordering::Acquire, change)
    }

    // ---- Waking ----

    /// Notes the wake; true if the task is the caller's to put in a queue.
    #[inline]
    fn schedule(&self) -> bool {
        let before = self.head().state.fetch_or(SCHEDULED, Ordering::AcqRel);
        before & (SCHEDULED | RUNNING | DONE) == 0
    }

    #[inline]
    fn wake_by_ref(self) {
        if self.schedule() {
            // The queue has a reference of its own, and the caller's keeps the pool's memory until we are through with it.
            self.add_ref();
            if !self.shared().push(self) {
                self.drop_ref();
            }
        }
    }

    // ---- Running ----

    /// Polls the task that has been taken from a queue, with the queue's reference. `again` is called with the task, and
    /// the reference, if it was woken meanwhile. False if it has ended, or somebody has its stage.
    #[inline]
    pub(super) fn run(self, again: impl FnOnce(Task)) -> bool {
        // Acquire: what was written before the wakes that led here is seen by the poll.
        let started = self.update(|state| (state & (RUNNING | DONE) == 0).then_some((state & !SCHEDULED) | RUNNING));
        if started.is_err() {
            self.drop_ref();
            return false;
        }
        // The reference that this waker would have is the run's.
        // SAFETY: it is never dropped, and the task is there as long as it is.
        let waker = ManuallyDrop::new(unsafe { raw::waker(self.0) });
        // SAFETY: the table is the task's; `RUNNING` was set by us, so the stage is ours.
        match unsafe { (self.head().vtable.poll)(self.0, &mut Context::from_waker(&waker)) } {
            Polled::Pending => self.pause(again),
            polled => self.complete(polled == Polled::ReadyTrivial),
        }
        true
    }

    /// Pending: back to a queue if it was woken, dropped if it was cancelled, or else to the list.
    #[inline]
    fn pause(self, again: impl FnOnce(Task)) {
        if self.head().listed.get().is_none() && self.head().state.load(Ordering::Relaxed) & SCHEDULED == 0 {
            // The list's.
            self.add_ref();
            self.head().listed.set(self.shared().list(self));
            if self.head().listed.get().is_none() {
                // The pool is gone.
                return self.finish(2);
            }
        }
        match self.update(|state| (state & CANCELLED == 0).then_some(state & !RUNNING)) {
            Err(_) => self.finish(1),
            Ok(state) if state & SCHEDULED != 0 => again(self),
            Ok(_) => self.drop_ref(),
        }
    }

    /// Ready, or panicked: the future has been dropped, and what came of it is there. `trivial` if that needs no drop.
    #[inline]
    fn complete(self, trivial: bool) {
        let refs = 1 + self.unlist();
        self.shared().count_end();
        // Release: the output.
        let before = self.head().state.fetch_xor(RUNNING | DONE, Ordering::AcqRel);
        if before & HANDLE == 0 {
            if !trivial {
                // SAFETY: done, and no handle: nobody else comes to the stage.
                shielded(|| unsafe { (self.head().vtable.clear)(self.0) });
            }
        } else if before & AWAITED != 0 {
            self.wake_awaiter();
        }
        self.drop_refs(refs);
    }

    /// Drops the future of a task that the caller has set `RUNNING`, and gives back so many references, and the list's. A
    /// panic of the destructor, which has been reported, ends here.
    fn finish(self, refs: usize) {
        shielded(|| self.clear());
        self.finished(refs);
    }

    /// Empties the stage, which is the caller's.
    fn clear(&self) {
        // SAFETY: the caller has the stage.
        unsafe { (self.head().vtable.clear)(self.0) };
    }

    /// The future has been dropped.
    fn finished(self, refs: usize) {
        let refs = refs + self.unlist();
        self.shared().count_end();
        let before = self.head().state.fetch_xor(RUNNING | DONE, Ordering::AcqRel);
        if before & AWAITED != 0 {
            self.wake_awaiter();
        }
        self.drop_refs(refs);
    }

    /// Out of the list, by whoever has `RUNNING`. How many references that sets free.
    fn unlist(&self) -> usize {
        self.head().listed.take().map_or(0, |listed| usize::from(self.shared().unlist(*self, listed)))
    }

    /// Drops the future if nobody has the stage, or else leaves that to whoever has. Takes one reference. The panic of a
    /// destructor goes on to the caller.
    pub(super) fn end(self, unset: u32) {
        /// What is to be done afterwards in any case.
        struct Ended(Task);

        impl Drop for Ended {
            fn drop(&mut self) {
                self.0.finished(1);
            }
        }

        let before = self.update(|state| {
            let running = if state & DONE == 0 { RUNNING | CANCELLED } else { 0 };
            Some((state & !unset) | running)
        });
        let Ok(before) = before else { unreachable!("it always changes") };
        if before & (RUNNING | DONE) == 0 {
            let _ended = Ended(self);
            self.clear();
        } else if before & DONE != 0 && unset & HANDLE != 0 {
            /// Gives the handle's reference back.
            struct Given(Task);

            impl Drop for Given {
                fn drop(&mut self) {
                    self.0.drop_ref();
                }
            }

            let _given = Given(self);
            // The output, which is the handle's.
            self.clear();
        } else {
            self.drop_ref();
        }
    }

    // ---- The handle ----

    fn wake_awaiter(&self) {
        let awaiter = lock(&self.head().awaiter).take();
        if let Some(awaiter) = awaiter {
            shielded(|| awaiter.wake());
        }
    }

    fn forget_awaiter(&self) {
        if self.head().state.load(Ordering::Relaxed) & AWAITED != 0 {
            let awaiter = lock(&self.head().awaiter).take();
            shielded(|| drop(awaiter));
        }
    }
}

impl Joined for Task {
    fn is_pending(self) -> bool {
        self.head().state.load(Ordering::Acquire) & DONE == 0
    }

    unsafe fn poll_output<T>(self, waker: &Waker) -> Option<Option<Result<T, Payload>>> {
        if self.is_pending() {
            let new = waker.clone();
            let old = lock(&self.head().awaiter).replace(new);
            shielded(|| drop(old));
            // Who is done looks for the flag after it has set `DONE`; so one of both sees the other.
            if self.head().state.fetch_or(AWAITED, Ordering::AcqRel) & DONE == 0 {
                return None;
            }
        }
        let mut output = None::<Result<T, Payload>>;
        // SAFETY: done, and there is a handle: the stage is its. `T` is the output of the future.
        unsafe { (self.head().vtable.take)(self.0, (&raw mut output).cast()) };
        Some(output)
    }

    fn cancel(self) {
        self.forget_awaiter();
        self.end(HANDLE);
    }

    fn detach(self) {
        self.forget_awaiter();
        let before = self.head().state.fetch_and(!HANDLE, Ordering::AcqRel);
        if before & DONE != 0 {
            shielded(|| self.clear());
        }
        self.drop_ref();
    }
}

// SAFETY: all of a head is for any thread; the last reference frees the task.
unsafe impl Woken for Head {
    fn table() -> &'static RawWakerVTable {
        static TABLE: RawWakerVTable = raw::table::<Head>();
        &TABLE
    }

    unsafe fn wake(this: NonNull<Self>) {
        Task(this).wake_by_ref();
    }

    unsafe fn add_ref(this: NonNull<Self>) {
        Task(this).add_ref();
    }

    unsafe fn drop_ref(this: NonNull<Self>) {
        Task(this).drop_ref();
    }
}
