//! The rows: each contender does the same with its own means.

mod block_on;
mod ping_pong;
mod spawn;
mod threads;
mod virtual_time;
mod yields;

use std::{cell::RefCell, collections::VecDeque, future::Future};

use async_task::{Runnable, Task};

use super::Row;

pub(crate) static ALL: [Row; 7] =
    [block_on::ROW, spawn::ROW, yields::ROW, ping_pong::ROW, threads::OUTSIDE, threads::INSIDE, virtual_time::ROW];

/// The executor that one writes with the crate `async-task`, in its quickest form: a queue that is not locked.
#[derive(Default)]
struct Queue(RefCell<VecDeque<Runnable>>);

impl Queue {
    fn spawn<F: Future<Output = ()>>(&self, future: F) -> Task<()> {
        let schedule = |runnable| self.0.borrow_mut().push_back(runnable);
        // SAFETY: future and queue outlive the tasks, which each row runs to their end before it returns; and nothing
        // leaves the thread.
        let (runnable, task) = unsafe { async_task::spawn_unchecked(future, schedule) };
        runnable.schedule();
        task
    }

    fn run(&self) {
        loop {
            let Some(runnable) = self.0.borrow_mut().pop_front() else { break };
            runnable.run();
        }
    }
}

/// A tokio runtime on this thread, and a set of tasks that need not be `Send`.
fn local_set(body: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    tokio::task::LocalSet::new().block_on(&runtime, body());
}
