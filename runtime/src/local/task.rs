//! One task of a [`LocalPool`](super::LocalPool): its header, and all that can happen to it on the pool's own thread.
//!
//! ```text
//!                 pop           Pending
//!        QUEUED ───────► BUSY ──────────► idle ──┐ wake
//!          ▲              │ Ready, panic    │    │
//!          └──────────────┼─────────────────┼────┘
//!                         ▼                 ▼ handle or pool dropped
//!                     `complete`          `end`        both unset LIVE
//! ```
//!
//! - The plain [`Head::flags`] are for the owner only: the thread of the pool. What another thread does goes through
//!   `refs`, `mark` and `link`, which are atomic.
//! - While `BUSY` is set, only the one who set it touches the stage. User code runs then, and may do anything to its own
//!   task and to others; what it may not do at once it leaves a flag for.
//! - The owner's weight in `refs` is kept exactly as long as one of the [`OWNED`] flags is set; [`Task::settle`] is called
//!   where one was unset. When it goes the stage is empty, so wakers that are left keep only memory.
//! - A task comes to the pool's list when it is pending for the first time; before, it is in the queue. The pool's drop
//!   therefore finds every future.

mod joined;

use std::{
    cell::Cell,
    mem::ManuallyDrop,
    panic::Location,
    ptr::NonNull,
    task::{Context, RawWakerVTable, Waker},
};

use super::core::Core;
use crate::{
    raw::{self, Woken},
    refs::Refs,
    remote::{Link, Mark, Node},
    stage::{self, Polled, VTable, shielded},
};

/// The future has neither ended nor been dropped.
pub(crate) const LIVE: u8 = 1;
/// In the queue of the pool, once.
const QUEUED: u8 = 1 << 1;
/// Woken from elsewhere, and taken from the stack of those: the mark is unset when its poll begins.
const TAKEN: u8 = 1 << 2;
/// Being polled, or being dropped.
const BUSY: u8 = 1 << 3;
/// There is a handle that wants to know what becomes of it.
const HANDLE: u8 = 1 << 4;
/// To be dropped as soon as it is not busy.
const CANCELLED: u8 = 1 << 5;
/// Telling who awaits the handle, who may drop it at once.
const TELLING: u8 = 1 << 6;
/// In the list of the pool.
pub(crate) const LISTED: u8 = 1 << 7;
/// Reasons for the owner to need the memory.
const OWNED: u8 = LIVE | QUEUED | BUSY | HANDLE | TELLING;

/// What stands before the future. What every poll needs is next to it.
#[repr(C)]
pub(crate) struct Head {
    /// The neighbours in the pool's list, while `LISTED`.
    pub(crate) before: Cell<Option<Task>>,
    pub(crate) after: Cell<Option<Task>>,
    /// In a simulation.
    pub(crate) about: Option<Box<About>>,
    /// Who awaits the handle. Empty when the handle is gone, and once the task has ended.
    awaiter: Cell<Option<Waker>>,
    link: Link<Head>,
    /// The owner, the wakers, and the entry in the stack of those woken from elsewhere.
    refs: Refs,
    /// The pool's part that is shared; the task has a reference to it, so that wakers always find it.
    core: NonNull<Core>,
    /// The next one in the queue, while `QUEUED`.
    pub(crate) next: Cell<Option<Task>>,
    vtable: &'static VTable<Head>,
    mark: Mark,
    flags: Cell<u8>,
}

/// What a deadlock tells of a task.
pub(crate) struct About {
    /// The one that the user gave it.
    pub(crate) name: Option<String>,
    /// Where it was spawned.
    pub(crate) origin: &'static Location<'static>,
}

// SAFETY: each head has this link and no other.
unsafe impl Node for Head {
    unsafe fn link<'n>(this: NonNull<Self>) -> &'n Link<Self> {
        // SAFETY: alive, as the caller promises.
        unsafe { &(*this.as_ptr()).link }
    }
}

/// A pointer to a task that is there: whoever has one has a reason in [`OWNED`] that stays, or a counted reference.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task(NonNull<Head>);

impl Task {
    /// A task with a handle, ready to be queued. It is given one reference of the pool's core.
    pub(crate) fn new<F: Future>(future: F, core: NonNull<Core>, about: Option<Box<About>>) -> Self {
        Self(stage::allocate(future, |vtable| Head {
            vtable,
            core,
            refs: Refs::new(0),
            link: Link::new(),
            mark: Mark::new(),
            next: Cell::new(None),
            flags: Cell::new(LIVE | QUEUED | HANDLE),
            awaiter: Cell::new(None),
            before: Cell::new(None),
            after: Cell::new(None),
            about,
        }))
    }

    /// # Safety
    /// The caller has one of the reasons above.
    pub(crate) unsafe fn from_head(head: NonNull<Head>) -> Self {
        Self(head)
    }

    #[inline]
    pub(crate) fn head(&self) -> &Head {
        // SAFETY: whoever has a `Task` keeps the memory; all of a head that changes is in cells or atomic.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(crate) fn core(&self) -> &Core {
        // SAFETY: the task has a reference to its core.
        unsafe { self.head().core.as_ref() }
    }

    /// Whether any of these flags is set. For the owner, like all that follows but `wake`, `add_ref` and `drop_ref`.
    #[inline]
    pub(crate) fn has(&self, flags: u8) -> bool {
        self.head().flags.get() & flags != 0
    }

    #[inline]
    fn set(&self, flags: u8) {
        let cell = &self.head().flags;
        cell.set(cell.get() | flags);
    }

    #[inline]
    fn unset(&self, flags: u8) {
        let cell = &self.head().flags;
        cell.set(cell.get() & !flags);
    }

    /// The type of the future.
    pub(crate) fn type_name(&self) -> &'static str {
        (self.head().vtable.type_name)()
    }

    // ---- What wakers do, on any thread ----

    /// Whether this is the owner's thread, for sure: the pool is polling on it.
    #[inline]
    fn is_here(&self) -> bool {
        self.core().is_here()
    }

    #[inline]
    pub(crate) fn wake(self) {
        if self.is_here() {
            if self.head().flags.get() & (LIVE | QUEUED) == LIVE {
                self.enqueue();
            }
        } else {
            self.wake_from_elsewhere();
        }
    }

    #[cold]
    fn wake_from_elsewhere(self) {
        if self.head().mark.set() {
            // The stack has a reference of its own; and the caller's keeps the core until we are through with it.
            self.head().refs.add();
            // SAFETY: marked by us; the reference keeps it alive until the owner has taken it.
            if !unsafe { self.core().push(self.0) } {
                self.drop_ref();
            }
        }
    }

    #[inline]
    pub(crate) fn add_ref(&self) {
        let refs = &self.head().refs;
        if self.is_here() && self.has(OWNED) { refs.add_here() } else { refs.add() }
    }

    /// Gives back a counted reference.
    #[inline]
    pub(crate) fn drop_ref(self) {
        let refs = &self.head().refs;
        if self.is_here() && self.has(OWNED) {
            refs.sub_here();
        } else if refs.sub() {
            self.free();
        }
    }

    // ---- What the pool does ----

    /// Into the queue.
    #[inline]
    fn enqueue(self) {
        self.set(QUEUED);
        self.core().enqueue(self);
    }

    /// Taken from the stack of those woken from elsewhere, with the reference that the stack had.
    pub(crate) fn taken(self) {
        // Once it has ended its mark stays set, so it is never pushed again.
        if self.has(LIVE) {
            self.set(TAKEN);
            if !self.has(QUEUED) {
                self.enqueue();
            }
        }
        self.drop_ref();
    }

    /// From the queue, without having been polled.
    pub(crate) fn dequeue(self) {
        self.unset(QUEUED);
        self.settle();
    }

    /// Polls the task that has been taken from the queue. False if it has ended meanwhile.
    #[inline]
    pub(crate) fn run(self) -> bool {
        if !self.has(LIVE) {
            self.dequeue();
            return false;
        }
        // SAFETY: the table is the task's; `poll_by` has made it busy, so the stage is ours.
        match self.poll_by(|cx| unsafe { (self.head().vtable.poll)(self.0, cx) }) {
            Polled::Pending if self.has(CANCELLED) => shielded(|| self.end()),
            Polled::Pending => self.list(),
            Polled::Ready => self.complete(false),
            Polled::ReadyTrivial => self.complete(true),
        }
        true
    }

    /// Into the pool's list, if it is not there.
    #[inline]
    pub(crate) fn list(self) {
        if !self.has(LISTED) {
            self.set(LISTED);
            self.core().list(self);
        }
    }

    /// Not live any more, and in no list.
    #[inline]
    fn unlist(self) {
        if self.has(LISTED) {
            self.core().unlist(self);
        }
        self.unset(LIVE | LISTED);
    }

    /// Has `poll` called with this task's waker, and with the marks taken off. It must not unwind. The task was taken
    /// from the queue and is live.
    #[inline]
    pub(crate) fn poll_by<R>(self, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        let mark = &self.head().mark;
        if mark.is_set() {
            // A wake from elsewhere is among those that this poll answers if it was there before. It is off the stack
            // when the mark is unset, and has the flag `QUEUED` still, so that it is not queued again.
            if !self.has(TAKEN) {
                self.core().collect();
            }
            if self.has(TAKEN) {
                mark.unset();
            }
        }
        let flags = &self.head().flags;
        flags.set((flags.get() & !(QUEUED | TAKEN)) | BUSY);
        // The reference that this waker would have is lent by the flag `BUSY`.
        // SAFETY: it is never dropped, and the task is there as long as it is.
        let waker = ManuallyDrop::new(unsafe { raw::waker(self.0) });
        let polled = poll(&mut Context::from_waker(&waker));
        self.unset(BUSY);
        polled
    }

    /// The future was ready, or panicked: it has been dropped, and what came of it is there. `trivial` if that needs no
    /// drop.
    fn complete(self, trivial: bool) {
        self.unlist();
        if self.has(HANDLE) {
            self.wake_awaiter();
        } else if !trivial {
            self.set(BUSY);
            // SAFETY: busy by us.
            shielded(|| unsafe { (self.head().vtable.clear)(self.0) });
            self.unset(BUSY);
        }
        self.settle();
    }

    /// Drops the future, which is not ready and not busy. A panic of its destructor goes on to the caller.
    pub(crate) fn end(self) {
        /// What is to be done afterwards in any case.
        struct Ended(Task);

        impl Drop for Ended {
            fn drop(&mut self) {
                self.0.unset(BUSY);
                self.0.wake_awaiter();
                self.0.settle();
            }
        }

        self.unlist();
        self.set(BUSY);
        let _ended = Ended(self);
        // SAFETY: busy by us.
        unsafe { (self.head().vtable.clear)(self.0) };
    }

    fn wake_awaiter(&self) {
        if let Some(awaiter) = self.head().awaiter.take() {
            self.set(TELLING);
            shielded(|| awaiter.wake());
            self.unset(TELLING);
        }
    }

    /// Lets go of the memory if there is no reason left to keep it.
    #[inline]
    fn settle(self) {
        if !self.has(OWNED) && self.head().refs.leave() {
            self.free();
        }
    }

    /// Gives the memory back, on whichever thread. The stage is empty.
    fn free(self) {
        let Head { core, vtable, .. } = *self.head();
        // SAFETY: the last reference was the caller's. Nothing is in the stage: it was emptied before the owner left.
        unsafe { (vtable.free)(self.0) };
        Core::drop_ref(core);
    }
}

// SAFETY: what wakers do is for any thread; the last reference frees the task.
unsafe impl Woken for Head {
    fn table() -> &'static RawWakerVTable {
        static TABLE: RawWakerVTable = raw::table::<Head>();
        &TABLE
    }

    unsafe fn wake(this: NonNull<Self>) {
        Task(this).wake();
    }

    unsafe fn add_ref(this: NonNull<Self>) {
        Task(this).add_ref();
    }

    unsafe fn drop_ref(this: NonNull<Self>) {
        Task(this).drop_ref();
    }
}
