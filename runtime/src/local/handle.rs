//! What `LocalPool::spawn` returns: the task's other end.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use super::task::Task;
use crate::{error::TaskError, handle::Join};

/// A task of a [`LocalPool`](crate::LocalPool): awaited for what comes of it, dropped to cancel it, or detached.
///
/// - Awaiting gives the output, or says that the task [panicked](TaskError::is_panic) or was dropped with its pool.
/// - Dropping cancels: the future is dropped there and then; or, if it is the one that is being polled, when that poll
///   returns. If the task has ended, what came of it is dropped. A panic of what is dropped there and then goes on to whoever
///   drops the handle.
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
///
/// Where a task owns the handle of another, and that of a third, dropping the first drops them all, one inside of the other, as
/// with boxes in boxes: some ten thousand may be too many for the stack.
///
/// # Panics
/// To await it where nobody can run the pool: in a [`block_on`](crate::block_on), which has the thread to itself, and in
/// [`ThreadPool::run_until`](crate::ThreadPool::run_until). Not if the task has ended. Other executors that block the thread
/// are not known here, and wait forever. And when polled after it was ready.
#[must_use = "to drop a handle is to cancel its task; call `detach` to let it go on"]
pub struct Handle<'a, T> {
    join: Join<Task, T>,
    /// The future may borrow for `'a`, and is dropped with this; neither may go to another thread.
    _future: PhantomData<(Borrows<'a>, *mut ())>,
}

/// Something with a destructor that borrows for `'a`: so the drop check asks that what is borrowed outlives a handle, whose own
/// destructor, that of `Join`, knows nothing of it.
///
/// ```compile_fail,E0597
/// struct Noisy<'a>(&'a String);
///
/// impl Drop for Noisy<'_> {
///     fn drop(&mut self) {
///         println!("{}", self.0);
///     }
/// }
///
/// let _task: desugar::Handle<'_, ()>;
/// let text = String::from("dropped before the handle");
/// let pool = desugar::LocalPool::new();
/// let noisy = Noisy(&text);
/// _task = pool.spawn(async move { drop(noisy) });
/// std::mem::forget(pool);
/// ```
struct Borrows<'a>(PhantomData<&'a ()>);

impl Drop for Borrows<'_> {
    fn drop(&mut self) {}
}

impl<T> Handle<'_, T> {
    /// # Safety
    /// As [`Join::new`].
    pub(super) unsafe fn new(task: Option<Task>) -> Self {
        // SAFETY: passed on.
        Self { join: unsafe { Join::new(task) }, _future: PhantomData }
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

impl<T> Future for Handle<'_, T> {
    type Output = Result<T, TaskError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.join).poll(cx)
    }
}

impl<T> fmt::Debug for Handle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.join.debug("Handle", f)
    }
}
