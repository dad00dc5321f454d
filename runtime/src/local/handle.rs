//! What `spawn` returns: the task's other end.

use std::{
    fmt,
    marker::PhantomData,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use super::task::Task;
use crate::error::TaskError;

/// A task of a [`LocalPool`](crate::LocalPool): awaited for what comes of it, dropped to cancel it, or detached.
///
/// - Awaiting gives the output, or says that the task [panicked](TaskError::is_panic) or was dropped with its pool.
/// - Dropping cancels: the future is dropped there and then; or, if it is the one that is being polled, when that poll
///   returns.
/// - [`detach`](Handle::detach) lets the task go on without a handle.
///
/// ```
/// let pool = desugar::LocalPool::new();
/// let sum = pool.spawn(async { 1 + 1 });
/// let wrong = pool.spawn(async { panic!("no idea") });
/// pool.run_until(async {
///     assert_eq!(sum.await.unwrap(), 2);
///     let error: desugar::TaskError = wrong.await.map(|()| ()).unwrap_err();
///     assert_eq!(error.to_string(), "the task panicked: no idea");
/// });
/// ```
#[must_use = "to drop a handle is to cancel its task; call `detach` to let it go on"]
pub struct Handle<'a, T> {
    /// `None` once the output was taken; and if the pool never took the future.
    task: Option<Task>,
    taken: bool,
    /// The future may borrow for `'a`, and is dropped with this; neither may go to another thread.
    _future: PhantomData<(&'a (), T, *mut ())>,
}

impl<T> Handle<'_, T> {
    /// `T` is the output of the task's future.
    pub(crate) fn new(task: Option<Task>) -> Self {
        Self { task, taken: false, _future: PhantomData }
    }

    /// Lets the task go on without a handle. What comes of it is dropped.
    pub fn detach(mut self) {
        if let Some(task) = mem::take(&mut self.task) {
            task.detach();
        }
    }

    /// Whether the task has ended, so that awaiting it would not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.is_none_or(|task| !task.is_pending())
    }
}

impl<T> Unpin for Handle<'_, T> {}

impl<T> Future for Handle<'_, T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.taken, "a handle was polled after it was ready");
        let output = match self.task {
            None => None,
            Some(task) => match task.poll_output(cx.waker()) {
                None => return Poll::Pending,
                Some(output) => {
                    self.task = None;
                    task.detach();
                    output
                }
            },
        };
        self.taken = true;
        Poll::Ready(match output {
            Some(result) => result.map_err(TaskError::panicked),
            None => Err(TaskError::dropped()),
        })
    }
}

impl<T> Drop for Handle<'_, T> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.cancel();
        }
    }
}

impl<T> fmt::Debug for Handle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("finished", &self.is_finished()).finish()
    }
}
