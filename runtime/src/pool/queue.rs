//! A queue of tasks that are runnable, first in, first out. Its lock is held for a few instructions.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{lock, task::Task};

#[derive(Default)]
pub(super) struct Queue {
    tasks: Mutex<VecDeque<Task>>,
    /// How many there are, as far as can be seen without the lock.
    len: AtomicUsize,
}

impl Queue {
    fn looks_empty(&self) -> bool {
        self.len.load(Ordering::Relaxed) == 0
    }

    /// Does something under the lock.
    #[inline]
    pub(super) fn locked<R>(&self, act: impl FnOnce(&mut VecDeque<Task>) -> R) -> R {
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
    pub(super) fn push(&self, task: Task) {
        self.locked(|tasks| tasks.push_back(task));
    }

    /// False if `closed` says, under the lock, that nothing is taken any more; the task is still the caller's.
    pub(super) fn push_unless(&self, task: Task, closed: impl FnOnce() -> bool) -> bool {
        self.locked(|tasks| {
            let open = !closed();
            if open {
                tasks.push_back(task);
            }
            open
        })
    }

    #[inline]
    pub(super) fn pop(&self) -> Option<Task> {
        if self.looks_empty() { None } else { self.locked(VecDeque::pop_front) }
    }

    /// The first task, and as many after it as `share` says of how many there are; these go to another queue.
    pub(super) fn pop_some(&self, to: &Queue, share: impl FnOnce(usize) -> usize) -> Option<Task> {
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
        }
        Some(first)
    }
}
