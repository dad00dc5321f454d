//! What a [`ThreadPool`](crate::ThreadPool), its workers and its tasks share: queues, who sleeps, and what is pending.
//!
//! # Queues
//! Each worker has one, and what comes from outside goes to one for all, the *inbox*. All are first in, first out. A worker
//! takes from its own, then a batch from the inbox, then half of what another worker has; and now and then from the inbox
//! first. Each is behind a lock of its own, held for a few instructions.
//!
//! # Who is woken
//! What costs is to rouse a sleeping thread, so whoever queues a task does so only if no worker is *searching*, and then
//! for one. A worker that has found something, and was the last to search, rouses the next if there is more.
//! Nothing is overlooked: a worker says that it is idle, or that it searches no more, *before* it looks into each queue,
//! under its lock, for the last time; whoever queues looks for both *after* it held that lock. Whichever of them had the
//! lock later sees what the other did.
//!
//! # Time
//! The idle worker that is the *keeper* sleeps where the clock rouses it. One at a time: it is the keeper until it is awake,
//! whoever roused it. It is the last to be roused for a task; and when it goes to work, it sees to it that one of those who
//! sleep, if any do, keeps the clock.
//!
//! # References
//! Counted: one each for the pool, its spawners, its workers and its tasks. The workers keep some in stock for new
//! tasks, and put those of ended ones there, so that they need not change the one count all the time.

use std::{
    cell::Cell,
    collections::VecDeque,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::{self, NonNull},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering, fence},
    },
};

use super::task::Task;
use crate::{clock::Clock, sleeper::Sleeper, stage::Payload};

/// So many references a worker gets, or gives back, at a time.
const STOCK: usize = 64;
/// At most so many tasks are taken from the inbox at a time.
const BATCH: usize = 64;

pub(super) struct Shared {
    refs: AtomicUsize,
    pub(super) clock: Arc<Clock>,
    closed: AtomicBool,
    inbox: Queue,
    pub(super) workers: Box<[Worker]>,
    /// How many of the workers search, or have been roused to.
    searching: AtomicUsize,
    /// As many as there are in `idle`, and changed under its lock.
    idle_count: AtomicUsize,
    idle: Mutex<Idle>,
    /// Threads that are no workers, and run a task.
    helpers: AtomicUsize,
    /// Threads that wait for `settled`.
    waiting: AtomicUsize,
    /// Notified when there may be nothing to do any more.
    settled: Condvar,
    /// Of threads that are no workers.
    tally: Tally,
}

/// What is shared of one worker. In a cache line of its own, as mostly the worker uses it.
#[repr(align(128))]
pub(super) struct Worker {
    queue: Queue,
    sleeper: Sleeper,
    pending: Mutex<Pending>,
    tally: Tally,
}

#[derive(Default)]
struct Queue {
    tasks: Mutex<VecDeque<Task>>,
    /// How many there are, as far as can be seen without the lock.
    len: AtomicUsize,
}

#[derive(Default)]
struct Idle {
    asleep: Vec<usize>,
    /// The one of them that sleeps by the clock.
    keeper: Option<usize>,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Queue {
    fn looks_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    #[inline]
    fn push(&self, task: Task) {
        let mut tasks = lock(&self.tasks);
        tasks.push_back(task);
        self.len.store(tasks.len(), Ordering::Relaxed);
    }

    #[inline]
    fn pop(&self) -> Option<Task> {
        if self.looks_empty() {
            return None;
        }
        let mut tasks = lock(&self.tasks);
        let task = tasks.pop_front();
        self.len.store(tasks.len(), Ordering::Relaxed);
        task
    }

    /// The first task, and as many after it as `share` says of how many there are; these go to another queue.
    fn pop_some(&self, to: &Queue, share: impl FnOnce(usize) -> usize) -> Option<Task> {
        if self.looks_empty() {
            return None;
        }
        let mut tasks = lock(&self.tasks);
        let first = tasks.pop_front()?;
        let count = share(tasks.len());
        let more: VecDeque<Task> = tasks.drain(..count).collect();
        self.len.store(tasks.len(), Ordering::Relaxed);
        // Never two locks of this kind at a time.
        drop(tasks);
        if !more.is_empty() {
            let mut tasks = lock(&to.tasks);
            tasks.extend(more);
            to.len.store(tasks.len(), Ordering::Relaxed);
        }
        Some(first)
    }
}

impl Shared {
    /// One reference comes with it, and one for each worker.
    pub(super) fn new(workers: usize) -> NonNull<Self> {
        let worker = |_| Worker {
            queue: Queue::default(),
            sleeper: Sleeper::new(),
            pending: Mutex::default(),
            tally: Tally::default(),
        };
        NonNull::from(Box::leak(Box::new(Self {
            refs: AtomicUsize::new(1 + workers),
            clock: Clock::real(true),
            closed: AtomicBool::new(false),
            inbox: Queue::default(),
            workers: (0..workers).map(worker).collect(),
            searching: AtomicUsize::new(0),
            idle_count: AtomicUsize::new(0),
            idle: Mutex::default(),
            helpers: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            settled: Condvar::new(),
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
        self.refs.fetch_add(1, Ordering::Relaxed);
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
                let mut tasks = lock(&self.inbox.tasks);
                if self.is_closed() {
                    return false;
                }
                tasks.push_back(task);
                self.inbox.len.store(tasks.len(), Ordering::Relaxed);
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
        // Neither queue keeps the other waiting.
        if tick.is_multiple_of(61)
            && let Some(task) = self.inbox.pop_some(own, batch)
        {
            return Some(task);
        }
        own.pop().or_else(|| self.inbox.pop_some(own, batch)).or_else(|| {
            let others = (1..self.workers.len()).map(|step| (local.index + step) % self.workers.len());
            others.into_iter().find_map(|other| self.workers[other].queue.pop_some(own, |left| left / 2))
        })
    }

    /// A task for a thread that is no worker.
    pub(super) fn pop_any(&self) -> Option<Task> {
        self.queues().find_map(Queue::pop)
    }

    fn queues(&self) -> impl Iterator<Item = &Queue> {
        std::iter::once(&self.inbox).chain(self.workers.iter().map(|worker| &worker.queue))
    }

    /// Whether there is anything in a queue; looks under the locks.
    fn has_work(&self) -> bool {
        self.queues().any(|queue| !lock(&queue.tasks).is_empty())
    }

    // ---- Who sleeps ----

    /// There is something in a queue: rouses a worker, if one is idle and none searches.
    #[inline]
    pub(super) fn notify(&self) {
        if self.idle_count.load(Ordering::Relaxed) > 0 && self.searching.load(Ordering::Relaxed) == 0 {
            self.rouse_one();
        }
    }

    #[cold]
    fn rouse_one(&self) {
        if self.searching.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok() && !self.rouse_idle() {
            self.searching.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Rouses an idle worker, for which it has been counted as searching.
    fn rouse_idle(&self) -> bool {
        let mut idle = lock(&self.idle);
        // The keeper last.
        let chosen =
            idle.asleep.iter().rposition(|&index| idle.keeper != Some(index)).or(idle.asleep.len().checked_sub(1));
        let Some(chosen) = chosen else { return false };
        let index = idle.asleep.swap_remove(chosen);
        self.idle_count.store(idle.asleep.len(), Ordering::Relaxed);
        // It keeps the clock until it is awake: two may not sleep there, of whom the wrong one might be roused.
        let keeps = idle.keeper == Some(index);
        drop(idle);
        if keeps {
            self.clock.sleeper.rouse()
        } else {
            self.workers[index].sleeper.rouse()
        }
        true
    }

    /// A worker that searched has found something.
    #[inline]
    pub(super) fn found(&self) {
        if self.searching.fetch_sub(1, Ordering::Relaxed) == 1 && self.has_work() {
            self.notify();
        }
    }

    /// A worker that has rested goes to work. If it was the keeper, others may have gone to sleep since without the clock:
    /// rouses one of them, which finds nothing to do and keeps it.
    pub(super) fn hand_over(&self) {
        let idle = lock(&self.idle);
        if idle.keeper.is_none() && !idle.asleep.is_empty() {
            drop(idle);
            self.searching.fetch_add(1, Ordering::Relaxed);
            if !self.rouse_idle() {
                self.searching.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// A worker sleeps until there may be something to do. `searching` if it is counted as such, and then it is no more;
    /// true if it is again.
    pub(super) fn rest(&self, local: &Local, searching: bool) -> bool {
        let mut idle = lock(&self.idle);
        idle.asleep.push(local.index);
        let keeps = idle.keeper.is_none();
        if keeps {
            idle.keeper = Some(local.index);
        }
        self.idle_count.store(idle.asleep.len(), Ordering::Relaxed);
        drop(idle);
        if searching {
            self.searching.fetch_sub(1, Ordering::Relaxed);
        }
        if !self.has_work() && !self.is_closed() {
            self.may_be_settled();
            if keeps { self.clock.wait() } else { self.workers[local.index].sleeper.wait(None) }
        }
        let mut idle = lock(&self.idle);
        let place = idle.asleep.iter().position(|&index| index == local.index);
        if keeps {
            idle.keeper = None;
        }
        if let Some(place) = place {
            idle.asleep.swap_remove(place);
            self.idle_count.store(idle.asleep.len(), Ordering::Relaxed);
        }
        // Whoever rouses it takes it from the list, and counts it as searching.
        place.is_none()
    }

    // ---- Waiting for an end ----

    /// Something that may have been the last is over.
    fn may_be_settled(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // Who waits has looked before we have the lock, and waits; or will look after it.
            drop(lock(&self.idle));
            self.settled.notify_all();
        }
    }

    /// Waits until nothing is runnable, and nothing being polled; if `ended`, until no task is left either.
    pub(super) fn wait(&self, ended: bool) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut idle = lock(&self.idle);
        while idle.asleep.len() < self.workers.len()
            || self.helpers.load(Ordering::SeqCst) > 0
            || self.has_work()
            || (ended && self.has_tasks())
        {
            idle = self.settled.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
        drop(idle);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    fn has_tasks(&self) -> bool {
        let tallies = || self.workers.iter().map(|worker| &worker.tally).chain([&self.tally]);
        let ended: usize = tallies().map(|tally| tally.ended.load(Ordering::SeqCst)).sum();
        let spawned: usize = tallies().map(|tally| tally.spawned.load(Ordering::SeqCst)).sum();
        spawned != ended
    }

    /// A thread that is no worker runs a task.
    pub(super) fn help(&self, act: impl FnOnce()) {
        self.helpers.fetch_add(1, Ordering::SeqCst);
        act();
        self.helpers.fetch_sub(1, Ordering::SeqCst);
        self.may_be_settled();
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
                self.may_be_settled();
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
        let tasks = lock(&self.inbox.tasks);
        self.closed.store(true, Ordering::Relaxed);
        drop(tasks);
        self.clock.sleeper.rouse();
        self.workers.iter().for_each(|worker| worker.sleeper.rouse());
    }

    /// Drops everything that is pending, when the workers have ended. The first panic of a destructor.
    pub(super) fn end_all(&self) -> Option<Payload> {
        let mut panic = None;
        let mut end = |task: Task| {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task.end(0))) {
                panic.get_or_insert(payload);
            }
        };
        for queue in self.queues() {
            let tasks = mem::take(&mut *lock(&queue.tasks));
            tasks.into_iter().for_each(&mut end);
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
        panic
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
