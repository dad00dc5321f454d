//! A pool of tasks on one thread.
//!
//! `core` is what a pool and its tasks share · `task` is one task, and what can happen to it · `handle` is what `spawn`
//! returns.

pub(crate) mod core;
mod handle;
pub(crate) mod task;

use std::{
    fmt,
    future::{Pending, pending},
    marker::PhantomData,
    panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind},
    pin::pin,
    ptr::NonNull,
    task::Poll,
};

pub use handle::Handle;

use self::{core::Core, task::Task};
use crate::{clock::Clock, handle::Joined};

/// Makes a type invariant in a lifetime, and neither `Send` nor `Sync`.
type Invariant<'a> = PhantomData<(fn(&'a ()) -> &'a (), *mut ())>;

/// Runs any number of futures on one thread: the one that made it.
///
/// The futures need not be `Send`, and may borrow what lives longer than the pool. [`spawn`](LocalPool::spawn) makes a
/// future a task, and returns a [`Handle`] by which the task is awaited, cancelled or let go. Tasks are polled when one of
/// the methods that run them is called: [`run`](LocalPool::run), [`run_until`](LocalPool::run_until),
/// [`run_until_stalled`](LocalPool::run_until_stalled), [`try_tick`](LocalPool::try_tick).
///
/// # What is guaranteed
/// - Runnable tasks are polled in the order in which they became runnable. A task that wakes itself again and again
///   keeps neither the others nor the timers from running.
/// - A task is polled once after it was spawned, then once for all the wakes since its last poll began, and never after
///   it was ready. Wakers may be used from any thread, at any time, also when the pool is gone.
/// - Its future is dropped on the pool's thread: when it is ready, cancelled, or the pool is dropped.
/// - A task that panics is dropped; its handle has the panic, and the pool goes on.
///
/// The functions in [`time`](crate::time) work in its tasks, by a clock that begins with the pool.
///
/// Neither the pool nor its handles and spawners can be sent to another thread:
///
/// ```compile_fail,E0277
/// let pool = desugar::LocalPool::new();
/// let task = pool.spawn(async {});
/// std::thread::spawn(move || drop(task));
/// ```
///
/// # Examples
/// ```
/// use std::cell::RefCell;
///
/// let lines = RefCell::new(Vec::new());
/// let pool = desugar::LocalPool::new();
/// for name in ["a", "b"] {
///     let lines = &lines;
///     pool.spawn(async move {
///         for round in 1..=2 {
///             lines.borrow_mut().push(format!("{name}{round}"));
///             desugar::yield_now().await;
///         }
///     }).detach();
/// }
/// pool.run();
/// assert_eq!(*lines.borrow(), ["a1", "b1", "a2", "b2"]);
/// ```
pub struct LocalPool<'a> {
    core: NonNull<Core>,
    _invariant: Invariant<'a>,
}

/// Spawns tasks on a [`LocalPool`], from anywhere on its thread, its tasks included.
///
/// When the pool is gone a future that is spawned is dropped at once, and its handle says that the task was dropped.
/// Should the drop of such a future spawn another, and so on, the sixteenth is leaked, to come to an end.
pub struct Spawner<'a> {
    core: NonNull<Core>,
    _invariant: Invariant<'a>,
}

impl<'a> LocalPool<'a> {
    /// A pool without tasks.
    #[must_use]
    pub fn new() -> Self {
        Self { core: Core::new(Clock::real(false)), _invariant: PhantomData }
    }

    /// A pool whose time is simulated.
    pub(crate) fn simulated(seed: u64) -> Self {
        Self { core: Core::new(Clock::simulated(seed)), _invariant: PhantomData }
    }

    pub(crate) fn core(&self) -> &Core {
        // SAFETY: the pool has the owner's reference until it is dropped.
        unsafe { self.core.as_ref() }
    }

    /// Makes a future a task, which is polled when the pool runs. To drop the handle is to cancel the task.
    #[track_caller]
    pub fn spawn<F: Future + 'a>(&self, future: F) -> Handle<'a, F::Output> {
        self.spawn_as(None, future, Location::caller())
    }

    /// As [`spawn`](LocalPool::spawn), with a name for the task, or none, and where it comes from.
    pub(crate) fn spawn_as<F: Future + 'a>(
        &self,
        name: Option<String>,
        future: F,
        origin: &'static Location<'static>,
    ) -> Handle<'a, F::Output> {
        // SAFETY: the pool has a reference. It and the handle have the lifetime, run a destructor, and are not `Send`. The
        // task's only handle is this.
        unsafe { Handle::new(Core::spawn(self.core, future, name, origin)) }
    }

    /// What spawns tasks on this pool without borrowing it.
    #[must_use]
    pub fn spawner(&self) -> Spawner<'a> {
        self.core().add_ref();
        Spawner { core: self.core, _invariant: PhantomData }
    }

    /// Polls tasks until none is left. In between, the thread sleeps.
    ///
    /// # Panics
    /// If a task of this pool calls it, as all that runs tasks.
    pub fn run(&self) {
        self.core().enter().run(None);
    }

    /// Polls a future, and tasks meanwhile, until the future is ready. Tasks that are not are left for the next time.
    ///
    /// The future is dropped before this returns. It need not live as long as what is spawned.
    ///
    /// # Panics
    /// If a task of this pool calls it. A panic of the future goes on to the caller; one of a task does not.
    #[track_caller]
    pub fn run_until<F: IntoFuture>(&self, future: F) -> F::Output {
        let output = self.drive(future, Location::caller(), || {});
        output.unwrap_or_else(|| unreachable!("a real clock waits for whatever comes"))
    }

    /// As [`run_until`](LocalPool::run_until); `None` if nothing can happen any more in simulated time, in which case
    /// `stuck` has been called, before the future is dropped.
    pub(crate) fn drive<F: IntoFuture>(
        &self,
        future: F,
        origin: &'static Location<'static>,
        stuck: impl FnOnce(),
    ) -> Option<F::Output> {
        /// Takes the stand-in away, after the future is dropped.
        struct StandIn(Task);

        impl Drop for StandIn {
            fn drop(&mut self) {
                self.0.cancel();
            }
        }

        let running = self.core().enter();
        // A task that is never polled, and whose wakes have the future polled when it is its turn.
        let name = self.core().clock.is_simulated().then(|| "the future of `run_until`".to_owned());
        // SAFETY: the pool has a reference; nothing is borrowed.
        let stand_in = unsafe { Core::spawn::<Pending<()>>(self.core, pending(), name, origin) };
        let stand_in = StandIn(stand_in.expect("a pool that has been entered is open"));
        let mut future = pin!(future.into_future());
        let mut result = None;
        let ready = running.run(Some((stand_in.0, &mut |cx| {
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
                Ok(Poll::Pending) => return false,
                Ok(Poll::Ready(output)) => result = Some(Ok(output)),
                Err(panic) => result = Some(Err(panic)),
            }
            true
        })));
        if !ready {
            stuck();
        }
        result.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    /// Polls one task, the one that has been runnable for longest. False if none is.
    ///
    /// # Panics
    /// If a task of this pool calls it.
    pub fn try_tick(&self) -> bool {
        self.core().enter().tick()
    }

    /// Polls tasks until none is runnable, those included that are spawned or woken meanwhile. Does not sleep.
    ///
    /// # Panics
    /// If a task of this pool calls it.
    pub fn run_until_stalled(&self) {
        let running = self.core().enter();
        while running.tick() {}
    }
}

impl Default for LocalPool<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalPool<'_> {
    /// Drops every task that has not ended.
    fn drop(&mut self) {
        Core::close(self.core);
    }
}

impl<'a> Spawner<'a> {
    /// As [`LocalPool::spawn`].
    #[track_caller]
    pub fn spawn<F: Future + 'a>(&self, future: F) -> Handle<'a, F::Output> {
        self.spawn_as(None, future, Location::caller())
    }

    pub(crate) fn spawn_as<F: Future + 'a>(
        &self,
        name: Option<String>,
        future: F,
        origin: &'static Location<'static>,
    ) -> Handle<'a, F::Output> {
        // SAFETY: a spawner has a reference. The pool and the handle have the lifetime, run a destructor, and are not
        // `Send`. The task's only handle is this.
        unsafe { Handle::new(Core::spawn(self.core, future, name, origin)) }
    }
}

impl Spawner<'_> {
    /// Whether the pool is gone, so that what is spawned is dropped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        // SAFETY: a spawner has a reference to the core.
        unsafe { self.core.as_ref() }.is_closed()
    }
}

impl Clone for Spawner<'_> {
    fn clone(&self) -> Self {
        // SAFETY: a spawner has a reference to the core.
        unsafe { self.core.as_ref() }.add_ref();
        Self { core: self.core, _invariant: PhantomData }
    }
}

impl Drop for Spawner<'_> {
    fn drop(&mut self) {
        Core::drop_ref(self.core);
    }
}

impl fmt::Debug for LocalPool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPool").field("tasks", &self.core().tasks().count()).finish()
    }
}

impl fmt::Debug for Spawner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spawner")
    }
}
