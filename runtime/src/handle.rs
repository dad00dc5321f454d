//! A task's other end, as both pools have it: awaited for what comes of the task, dropped to cancel it, or detached.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::{error::TaskError, stage::Payload};

/// What a pool does to a task for the sake of its handle.
///
/// All but `is_pending` need that the handle has not been given up; `cancel` and `detach` give it up.
pub(crate) trait Joined: Copy {
    /// Whether awaiting it would wait.
    fn is_pending(self) -> bool;

    /// What came of it: `None` if that is still open, `Some(None)` if there will never be anything.
    ///
    /// # Safety
    /// `T` is the output of the task's future.
    unsafe fn poll_output<T>(self, waker: &Waker) -> Option<Option<Result<T, Payload>>>;

    /// The handle is gone, and with it the task. A panic of a destructor goes on to the caller.
    fn cancel(self);

    /// The handle is gone, and the task goes on. What comes of it is dropped, and if that panics, the panic ends there.
    fn detach(self);
}

pub(crate) struct Join<K: Joined, T> {
    /// `None` once the output was taken; and if the pool never took the future.
    task: Option<K>,
    taken: bool,
    _output: PhantomData<T>,
}

impl<K: Joined, T> Join<K, T> {
    /// # Safety
    /// `T` is the output of the task's future, and this is the task's only handle.
    pub(crate) unsafe fn new(task: Option<K>) -> Self {
        Self { task, taken: false, _output: PhantomData }
    }

    pub(crate) fn detach(mut self) {
        if let Some(task) = self.task.take() {
            task.detach();
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.task.is_none_or(|task| !task.is_pending())
    }

    pub(crate) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name).field("finished", &self.is_finished()).finish()
    }
}

impl<K: Joined, T> Unpin for Join<K, T> {}

impl<K: Joined, T> Future for Join<K, T> {
    type Output = Result<T, TaskError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.taken, "a handle was polled after it was ready");
        let mut output = None;
        if let Some(task) = self.task {
            // SAFETY: as `new` was told.
            match unsafe { task.poll_output(cx.waker()) } {
                None => return Poll::Pending,
                Some(taken) => output = taken,
            }
            self.task = None;
            task.detach();
        }
        self.taken = true;
        Poll::Ready(match output {
            Some(result) => result.map_err(TaskError::panicked),
            None => Err(TaskError::dropped()),
        })
    }
}

impl<K: Joined, T> Drop for Join<K, T> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.cancel();
        }
    }
}
