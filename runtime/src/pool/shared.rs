//! What a [`ThreadPool`](crate::ThreadPool), its workers and its tasks share: queues, and what is pending.
//!
//! # Queues
//! Each worker has one, and what comes from outside goes to one for all, the *inbox*. All are first in, first out. A worker
//! takes from its own, then a batch from the inbox, then half of what another worker has; and now and then from the inbox
//! first. Each is behind a lock of its own, held for a few instructions.
//!
//! # References
//! Counted: one each for the pool, its spawners, its workers and its tasks. The workers keep some in stock for new
//! tasks, and put those of ended ones there, so that they need not change the one count all the time.

use std::{
    cell::Cell,
    mem, process,
    ptr::{self, NonNull},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering, fence},
    },
    thread::{self, ThreadId},
};

use super::{idle::Idle, queue::Queue, task::Task};
use crate::{clock::Clock, stage::FirstPanic, sync::lock};

/// So many references a worker gets, or gives back, at a time.
const STOCK: usize = 64;
/// At most so many tasks are taken from the inbox at a time.
const BATCH: usize = 64;

pub(super) struct Shared {
    refs: AtomicUsize,
    pub(super) clock: Arc<Clock>,
    closed: AtomicBool,
    inbox: Queue<Task>,
    pub(super) workers: Box<[Worker]>,
    idle: Idle,
    /// Threads that are no workers, and run a task.
    helpers: Mutex<Vec<ThreadId>>,
    /// Of threads that are no workers.
    tally: Tally,
}

/// What is shared of one worker. In a cache line of its own, as mostly the worker uses it.
#[repr(align(128))]
pub(super) struct Worker {
    queue: Queue<Task>,
    pending: Mutex<Pending>,
    tally: Tally,
}

/// Tasks that were pending when last polled.
#[derive(Default)]
struct Pending {
    slots: Vec<Option<Task>>,
    free: Vec<usize>,
    closed: bool,
}

/// Where a task is listed.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    worker: usize,
    slot: usize,
}

/// How many tasks were spawned, and how many have ended.
#[derive(Default)]
struct Tally {
    spawned: AtomicUsize,
    ended: AtomicUsize,
}

/// A worker's thread: what only that has.
pub(super) struct Local {
    pub(super) shared: NonNull<Shared>,
    pub(super) index: usize,
    /// References in stock.
    stock: Cell<usize>,
}

thread_local! {
    /// Whose worker this thread is. Alive as long as it stands here.
    static LOCAL: Cell<*const Local> = const { Cell::new(ptr::null()) };
}

impl Shared {
    /// One reference comes with it, and one for each worker.
    pub(super) fn new(workers: usize) -> NonNull<Self> {
        let worker = |_| Worker { queue: Queue::new(), pending: Mutex::default(), tally: Tally::default() };
        NonNull::from(Box::leak(Box::new(Self {
            refs: AtomicUsize::new(1 + workers),
            clock: Clock::real(true),
            closed: AtomicBool::new(false),
            inbox: Queue::new(),
            workers: (0..workers).map(worker).collect(),
            idle: Idle::new(workers),
            helpers: Mutex::default(),
            tally: Tally::default(),
        })))
    }

    /// This thread, if it is one of the workers.
    #[inline]
    pub(super) fn local(&self) -> Option<&Local> {
        // SAFETY: null, or put there by `Local::enter`, which keeps it alive for as long as it stands there.
        unsafe { LOCAL.get().as_ref() }.filter(|local| ptr::eq(local.shared.as_ptr(), self))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    // ---- References ----

    pub(super) fn add_ref(&self) {
        // Relaxed: the new reference is handed on by whoever has one, which orders it.
        if self.refs.fetch_add(1, Ordering::Relaxed) > usize::MAX / 2 {
            // So many spawners can only have been leaked.
            process::abort();
        }
    }

    /// For a new task.
    #[inline]
    pub(super) fn add_ref_for_task(&self) {
        match self.local() {
            None => self.add_ref(),
            Some(local) => {
                if local.stock.get() == 0 {
                    self.refs.fetch_add(STOCK, Ordering::Relaxed);
                    local.stock.set(STOCK);
                }
                local.stock.set(local.stock.get() - 1);
            }
        }
    }

    /// Gives back the reference of a task, on whichever thread.
    #[inline]
    pub(super) fn drop_ref_of_task(shared: NonNull<Self>) {
        // SAFETY: the task had a reference, which is the caller's now.
        match unsafe { shared.as_ref() }.local() {
            None => Self::drop_refs(shared, 1),
            Some(local) => {
                local.stock.set(local.stock.get() + 1);
                if local.stock.get() > 2 * STOCK {
                    local.stock.set(local.stock.get() - STOCK);
                    Self::drop_refs(shared, STOCK);
                }
            }
        }
    }

    pub(super) fn drop_refs(shared: NonNull<Self>, count: usize) {
        // SAFETY: the caller has so many references.
        if unsafe { shared.as_ref() }.refs.fetch_sub(count, Ordering::Release) == count {
            fence(Ordering::Acquire);
            // SAFETY: made by `new`, and the last reference is gone.
            drop(unsafe { Box::from_raw(shared.as_ptr()) });
        }
    }

    // ---- Queues ----

    /// Queues a task. False if the pool is gone, and the task is still the caller's.
    #[inline]
    pub(super) fn push(&self, task: Task) -> bool {
        match self.local() {
            // Who closes the pool looks into this queue when this thread has ended, or is this thread.
            Some(_) if self.is_closed() => return false,
            Some(local) => self.workers[local.index].queue.push(task),
            None => {
                if !self.inbox.push_unless(task, || self.is_closed()) {
                    return false;
                }
            }
        }
        self.notify();
        true
    }

    /// The next task for a worker.
    #[inline]
    pub(super) fn pop(&self, local: &Local, tick: usize) -> Option<Task> {
        let own = &self.workers[local.index].queue;
        let batch = |left: usize| (left / self.workers.len()).min(BATCH);
        let moved = || self.notify();
        // Neither queue keeps the other waiting.
        if tick.is_multiple_of(61)
            && let Some(task) = self.inbox.pop_some(own, batch, moved)
        {
            return Some(task);
        }
        own.pop().or_else(|| self.inbox.pop_some(own, batch, moved)).or_else(|| {
            let others = (1..self.workers.len()).map(|step| (local.index + step) % self.workers.len());
            others.into_iter().find_map(|other| self.workers[other].queue.pop_some(own, |left| left / 2, moved))
        })
    }

    /// A task for a thread that is no worker.
    pub(super) fn pop_any(&self) -> Option<Task> {
        self.queues().find_map(Queue::pop)
    }

    fn queues(&self) -> impl Iterator<Item = &Queue<Task>> {
        std::iter::once(&self.inbox).chain(self.workers.iter().map(|worker| &worker.queue))
    }

    /// Whether there is anything in a queue; looks under the locks.
    fn has_work(&self) -> bool {
        self.queues().any(Queue::has_any)
    }

    // ---- Who sleeps ----

    /// There is something in a queue.
    #[inline]
    fn notify(&self) {
        self.idle.notify(&self.clock.sleeper);
    }

    /// A worker goes to work, from its rest or its search. `searching` if it is counted as such, and then it is no more.
    pub(super) fn resume(&self, searching: bool) {
        if searching {
            self.idle.found(&self.clock.sleeper, || self.has_work());
        }
        self.idle.hand_over(&self.clock.sleeper);
    }

    /// As [`Idle::rest`].
    pub(super) fn rest(&self, local: &Local, searching: bool) -> bool {
        self.idle.rest(local.index, searching, || self.has_work() || self.is_closed(), || self.clock.wait())
    }

    // ---- Waiting for an end ----

    /// Waits until nothing is runnable, and nothing being polled; if `ended`, until no task is left either.
    pub(super) fn wait(&self, ended: bool) {
        self.idle.wait(|| lock(&self.helpers).is_empty() && !self.has_work() && !(ended && self.has_tasks()));
    }

    fn has_tasks(&self) -> bool {
        let tallies = || self.workers.iter().map(|worker| &worker.tally).chain([&self.tally]);
        let ended: usize = tallies().map(|tally| tally.ended.load(Ordering::SeqCst)).sum();
        let spawned: usize = tallies().map(|tally| tally.spawned.load(Ordering::SeqCst)).sum();
        spawned != ended
    }

    /// A thread that is no worker runs a task.
    pub(super) fn help(&self, act: impl FnOnce()) {
        let this = thread::current().id();
        lock(&self.helpers).push(this);
        act();
        lock(&self.helpers).retain(|&helper| helper != this);
        self.idle.may_be_settled();
    }

    /// Whether this thread runs a task of the pool, be it further down its stack.
    pub(super) fn is_running_here(&self) -> bool {
        self.local().is_some() || lock(&self.helpers).contains(&thread::current().id())
    }

    #[inline]
    pub(super) fn count_spawn(&self) {
        match self.local() {
            Some(local) => add_own(&self.workers[local.index].tally.spawned),
            None => {
                self.tally.spawned.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    #[inline]
    pub(super) fn count_end(&self) {
        match self.local() {
            // It goes to rest before anything is settled.
            Some(local) => add_own(&self.workers[local.index].tally.ended),
            None => {
                self.tally.ended.fetch_add(1, Ordering::SeqCst);
                self.idle.may_be_settled();
            }
        }
    }

    // ---- The list of what is pending ----

    /// `None` if the pool is gone. Else the list has a reference of the caller's.
    pub(super) fn list(&self, task: Task) -> Option<Listed> {
        let worker = self.local().map_or(0, |local| local.index);
        let mut pending = lock(&self.workers[worker].pending);
        if pending.closed {
            return None;
        }
        let slot = pending.free.pop().unwrap_or(pending.slots.len());
        if slot == pending.slots.len() {
            pending.slots.push(None);
        }
        pending.slots[slot] = Some(task);
        Some(Listed { worker, slot })
    }

    /// False if the pool has taken the task from the list, and the reference with it.
    pub(super) fn unlist(&self, task: Task, listed: Listed) -> bool {
        let mut pending = lock(&self.workers[listed.worker].pending);
        let Pending { slots, free, closed } = &mut *pending;
        if *closed {
            return slots.get_mut(listed.slot).and_then(|slot| slot.take_if(|other| *other == task)).is_some();
        }
        slots[listed.slot] = None;
        free.push(listed.slot);
        true
    }

    // ---- The end ----

    /// Has the workers end.
    pub(super) fn close(&self) {
        self.inbox.locked(|_| self.closed.store(true, Ordering::Relaxed));
        self.idle.rouse_all(&self.clock.sleeper);
    }

    /// Drops everything that is pending, when the workers have ended. The first panic of a destructor goes on then.
    pub(super) fn end_all(&self) {
        let mut panic = FirstPanic::default();
        let mut end = |task: Task| panic.guard(|| task.end(0));
        for queue in self.queues() {
            queue.locked(mem::take).into_iter().for_each(&mut end);
        }
        for worker in &self.workers {
            let mut next = 0;
            loop {
                // Not taken as a whole: the drop of one may end others.
                let mut pending = lock(&worker.pending);
                pending.closed = true;
                let Some(slot) = pending.slots.get_mut(next) else { break };
                let task = slot.take();
                drop(pending);
                task.into_iter().for_each(&mut end);
                next += 1;
            }
        }
        panic.go_on();
    }
}

/// Adds one to a number that only this thread writes.
#[inline]
fn add_own(number: &AtomicUsize) {
    number.store(number.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

impl Local {
    /// Makes this thread a worker for as long as `body` runs. The worker's reference to `shared` is given back after it.
    pub(super) fn enter(shared: NonNull<Shared>, index: usize, body: impl FnOnce(&Local)) {
        /// Takes the address back, whatever comes.
        struct Left(Local);

        impl Drop for Left {
            fn drop(&mut self) {
                LOCAL.set(ptr::null());
                Shared::drop_refs(self.0.shared, 1 + self.0.stock.get());
            }
        }

        let left = Left(Local { shared, index, stock: Cell::new(0) });
        LOCAL.set(&raw const left.0);
        body(&left.0);
    }
}
