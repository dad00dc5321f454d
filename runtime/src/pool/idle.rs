//! Which workers of a pool sleep, and who is roused when there is something to do.
//!
//! What costs is to rouse a sleeping thread, so whoever queues a task does so only if no worker is *searching*, and then
//! for one. A worker that has found something, and was the last to search, rouses the next if there is more.
//! Nothing is overlooked: a worker says that it is idle, or that it searches no more, *before* it looks into each queue,
//! under its lock, for the last time; whoever queues looks for both *after* it held that lock. Whichever of them had the
//! lock later sees what the other did.
//!
//! The idle worker that is the *keeper* sleeps where the clock rouses it. One at a time: it is the keeper until it is awake,
//! whoever roused it. It is the last to be roused for a task; and when it goes to work, it sees to it that one of those who
//! sleep, if any do, keeps the clock.

use crate::{
    sleeper::Sleeper,
    sync::{AtomicUsize, Condvar, Mutex, Ordering, PoisonError, lock},
};

pub(super) struct Idle {
    /// Where each worker sleeps that is not the keeper.
    sleepers: Box<[Sleeper]>,
    /// How many of the workers search, or have been roused to.
    searching: AtomicUsize,
    /// As many as there are in `list.asleep`, and changed under that lock.
    count: AtomicUsize,
    list: Mutex<List>,
    /// Threads that wait for all to be idle.
    waiting: AtomicUsize,
    /// Notified when there may be nothing to do any more.
    settled: Condvar,
}

struct List {
    asleep: Vec<usize>,
    keeper: Option<usize>,
}

impl Idle {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            sleepers: (0..workers).map(|_| Sleeper::new()).collect(),
            searching: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            list: Mutex::new(List { asleep: Vec::with_capacity(workers), keeper: None }),
            waiting: AtomicUsize::new(0),
            settled: Condvar::new(),
        }
    }

    /// There is something in a queue: rouses a worker, if one is idle and none searches. `clock` is where the keeper sleeps.
    #[inline]
    pub(super) fn notify(&self, clock: &Sleeper) {
        if self.count.load(Ordering::Relaxed) > 0 && self.searching.load(Ordering::Relaxed) == 0 {
            self.rouse_first(clock);
        }
    }

    #[cold]
    fn rouse_first(&self, clock: &Sleeper) {
        if self.searching.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.rouse(clock);
        }
    }

    /// Rouses an idle worker, for which it has been counted as searching.
    fn rouse(&self, clock: &Sleeper) {
        let mut list = lock(&self.list);
        let List { asleep, keeper } = &mut *list;
        // The keeper last.
        let chosen = asleep.iter().rposition(|&index| *keeper != Some(index)).or(asleep.len().checked_sub(1));
        let Some(chosen) = chosen else {
            // Under the lock: who goes to sleep after it finds no more searcher that is none, nor does who queues a task then.
            self.searching.fetch_sub(1, Ordering::Relaxed);
            return;
        };
        let index = asleep.swap_remove(chosen);
        self.count.store(asleep.len(), Ordering::Relaxed);
        // It keeps the clock until it is awake: two may not sleep there, of whom the wrong one might be roused.
        let keeps = *keeper == Some(index);
        drop(list);
        if keeps { clock.rouse() } else { self.sleepers[index].rouse() }
    }

    /// A worker that searched has found something.
    #[inline]
    pub(super) fn found(&self, clock: &Sleeper, has_work: impl FnOnce() -> bool) {
        if self.searching.fetch_sub(1, Ordering::Relaxed) == 1 && has_work() {
            self.notify(clock);
        }
    }

    /// A worker that has rested goes to work. If it was the keeper, others may have gone to sleep since without the clock:
    /// rouses one of them, which finds nothing to do and keeps it.
    pub(super) fn hand_over(&self, clock: &Sleeper) {
        let list = lock(&self.list);
        if list.keeper.is_none() && !list.asleep.is_empty() {
            drop(list);
            self.searching.fetch_add(1, Ordering::Relaxed);
            self.rouse(clock);
        }
    }

    /// A worker sleeps, unless there is something to do. `searching` if it is counted as such, and then it is no more; true
    /// if it is again. `has_work` looks under the locks; `wait` waits by the clock.
    pub(super) fn rest(
        &self,
        index: usize,
        searching: bool,
        has_work: impl FnOnce() -> bool,
        wait: impl FnOnce(),
    ) -> bool {
        let mut list = lock(&self.list);
        list.asleep.push(index);
        let keeps = list.keeper.is_none();
        if keeps {
            list.keeper = Some(index);
        }
        self.count.store(list.asleep.len(), Ordering::Relaxed);
        drop(list);
        if searching {
            self.searching.fetch_sub(1, Ordering::Relaxed);
        }
        if !has_work() {
            self.may_be_settled();
            if keeps { wait() } else { self.sleepers[index].wait(None) }
        }
        let mut list = lock(&self.list);
        if keeps {
            list.keeper = None;
        }
        let place = list.asleep.iter().position(|&other| other == index);
        if let Some(place) = place {
            list.asleep.swap_remove(place);
            self.count.store(list.asleep.len(), Ordering::Relaxed);
        }
        // Whoever rouses it takes it from the list, and counts it as searching.
        place.is_none()
    }

    /// Rouses all, to see that the pool is closed.
    pub(super) fn rouse_all(&self, clock: &Sleeper) {
        clock.rouse();
        self.sleepers.iter().for_each(Sleeper::rouse);
    }

    /// Something that may have been the last is over.
    pub(super) fn may_be_settled(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // Who waits has looked before we have the lock, and waits; or will look after it.
            drop(self.list.lock());
            self.settled.notify_all();
        }
    }

    /// Waits until all are asleep, and what else there is to look at is over.
    pub(super) fn wait(&self, over: impl Fn() -> bool) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut list = lock(&self.list);
        while list.asleep.len() < self.sleepers.len() || !over() {
            list = self.settled.wait(list).unwrap_or_else(PoisonError::into_inner);
        }
        drop(list);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}
