//! What `ThreadPool::spawn` returns: the task's other end.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use super::task::Task;
use crate::{error::TaskError, handle::Join};

/// A task of a [`ThreadPool`](crate::ThreadPool): awaited for what comes of it, dropped to cancel it, or detached.
///
/// - Awaiting gives the output, or says that the task [panicked](TaskError::is_panic) or was dropped with its pool.
/// - Dropping cancels: the future is dropped there and then; or, if it is being polled, when that poll returns. If the task
///   has ended, what came of it is dropped. A panic of what is dropped there and then goes on to whoever drops the handle.
/// - [`detach`](ThreadHandle::detach) lets the task go on without a handle.
///
/// Where a task owns the handle of another, and that of a third, dropping the first drops them all, one inside of the other, as
/// with boxes in boxes: some ten thousand may be too many for the stack.
///
/// # Panics
/// When polled after it was ready.
#[must_use = "to drop a handle is to cancel its task; call `detach` to let it go on"]
pub struct ThreadHandle<T> {
    join: Join<Task, T>,
}

// SAFETY: a shared handle gives nobody the output, so `T` need not be `Sync`.
unsafe impl<T: Send> Sync for ThreadHandle<T> {}

impl<T> ThreadHandle<T> {
    /// # Safety
    /// As [`Join::new`].
    pub(super) unsafe fn new(task: Option<Task>) -> Self {
        // SAFETY: passed on.
        Self { join: unsafe { Join::new(task) } }
    }

    /// Lets the task go on without a handle. What comes of it is dropped; should that panic, the panic is reported, and ends
    /// there.
    pub fn detach(self) {
        self.join.detach();
    }

    /// Whether the task has ended, so that awaiting it would not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.join.is_finished()
    }
}

impl<T> Future for ThreadHandle<T> {
    type Output = Result<T, TaskError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.join).poll(cx)
    }
}

impl<T> fmt::Debug for ThreadHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.join.debug("ThreadHandle", f)
    }
}
