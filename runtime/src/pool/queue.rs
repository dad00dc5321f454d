//! A queue of tasks that are runnable, first in, first out. Its lock is held for a few instructions.

use std::collections::VecDeque;

use crate::sync::{AtomicUsize, Mutex, Ordering, lock};

pub(super) struct Queue<T> {
    tasks: Mutex<VecDeque<T>>,
    /// How many there are, as far as can be seen without the lock.
    len: AtomicUsize,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { tasks: Mutex::new(VecDeque::new()), len: AtomicUsize::new(0) }
    }

    fn looks_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    /// Does something under the lock.
    #[inline]
    pub(super) fn locked<R>(&self, act: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
        let mut tasks = lock(&self.tasks);
        let done = act(&mut tasks);
        self.len.store(tasks.len(), Ordering::Relaxed);
        done
    }

    /// Looks under the lock.
    pub(super) fn has_any(&self) -> bool {
        !lock(&self.tasks).is_empty()
    }

    #[inline]
    pub(super) fn push(&self, task: T) {
        self.locked(|tasks| tasks.push_back(task));
    }

    /// False if `closed` says, under the lock, that nothing is taken any more; the task is still the caller's.
    pub(super) fn push_unless(&self, task: T, closed: impl FnOnce() -> bool) -> bool {
        self.locked(|tasks| {
            let open = !closed();
            if open {
                tasks.push_back(task);
            }
            open
        })
    }

    #[inline]
    pub(super) fn pop(&self) -> Option<T> {
        if self.looks_empty() { None } else { self.locked(VecDeque::pop_front) }
    }

    /// The first task, and as many after it as `share` says of how many there are; these go to another queue, and `moved`
    /// is called when they are there: meanwhile they were in neither, so somebody may have looked and gone to sleep.
    pub(super) fn pop_some(&self, to: &Self, share: impl FnOnce(usize) -> usize, moved: impl FnOnce()) -> Option<T> {
        if self.looks_empty() {
            return None;
        }
        // Never two locks of this kind at a time.
        let (first, more) = self.locked(|tasks| {
            let first = tasks.pop_front()?;
            let count = share(tasks.len());
            Some((first, tasks.drain(..count).collect::<VecDeque<_>>()))
        })?;
        if !more.is_empty() {
            to.locked(|tasks| tasks.extend(more));
            moved();
        }
        Some(first)
    }
}
