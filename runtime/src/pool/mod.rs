//! A pool of tasks on several threads.
//!
//! `shared` is what a pool, its workers and its tasks share · `queue` is one queue of tasks · `idle` is who sleeps, and who
//! is roused · `task` is one task, and what can happen to it · `handle` is what `spawn` returns.

mod handle;
mod idle;
mod queue;
mod shared;
mod task;

use std::{
    fmt, iter, mem,
    panic::resume_unwind,
    ptr::NonNull,
    sync::Mutex,
    thread::{self, JoinHandle},
};

pub use handle::ThreadHandle;

use self::{
    shared::{Local, Shared},
    task::Task,
};
use crate::{block_on, current::Entered, stage, sync::lock};

/// Runs any number of futures on several threads of its own.
///
/// As a [`LocalPool`](crate::LocalPool), for futures that are `Send` and borrow nothing; the threads poll tasks as long as
/// the pool is there, without being asked to. What differs:
///
/// - Tasks are polled in the order in which they became runnable as far as one thread sees it; and a thread that has
///   nothing to do takes over tasks of another.
/// - A task that is cancelled while it is polled, on another thread, is dropped when that poll returns.
/// - [`run`](ThreadPool::run) and its like wait for what the threads do; they may be called by several threads at a time.
///
/// Dropping the pool waits for the polls that are going on, and then drops every task that has not ended. (In a task of
/// this very pool, that task is dropped when its poll returns.)
///
/// # Examples
/// ```
/// let pool = desugar::ThreadPool::new(2);
/// let tasks: Vec<_> = (0..4).map(|n| pool.spawn(async move { n * n })).collect();
/// let sum = pool.run_until(async {
///     let mut sum = 0;
///     for task in tasks {
///         sum += task.await.unwrap();
///     }
///     sum
/// });
/// assert_eq!(sum, 14);
/// ```
pub struct ThreadPool {
    spawner: ThreadSpawner,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Spawns tasks on a [`ThreadPool`], from anywhere, its tasks included.
///
/// When the pool is gone a future that is spawned is dropped at once, and its handle says that the task was dropped.
/// Should the drop of such a future spawn another, and so on, the sixteenth is leaked, to come to an end.
pub struct ThreadSpawner {
    shared: NonNull<Shared>,
}

// SAFETY: `Shared` is for all threads (see below), and its references are counted by atomics.
unsafe impl Send for ThreadSpawner {}
// SAFETY: as above.
unsafe impl Sync for ThreadSpawner {}

/// What the two above rely on, checked by the compiler.
const _: () = {
    const fn shared_by_threads<T: Send + Sync>() {}
    shared_by_threads::<Shared>()
};

impl ThreadPool {
    /// A pool of so many threads.
    ///
    /// # Panics
    /// If the number is zero, or the system does not give so many threads.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        assert!(
            threads > 0,
            "a pool without threads would never poll anything; \
             say one or more, or have a `LocalPool` poll on the thread that calls it"
        );
        let shared = Shared::new(threads);
        let pool = Self { spawner: ThreadSpawner { shared }, threads: Mutex::default() };
        for index in 0..threads {
            let worker = Worker { spawner: ThreadSpawner { shared }, index };
            let builder = thread::Builder::new().name(format!("desugar-{index}"));
            let thread = builder.spawn(move || worker.work()).unwrap_or_else(|error| {
                // This one's reference has been given back with the closure; the others' are never taken.
                Shared::drop_refs(shared, threads - index - 1);
                panic!("cannot start thread {index} of {threads} of a pool: {error}")
            });
            lock(&pool.threads).push(thread);
        }
        pool
    }

    fn shared(&self) -> &Shared {
        self.spawner.shared()
    }

    /// Makes a future a task, which is polled as soon as a thread has time. To drop the handle is to cancel the task.
    pub fn spawn<F>(&self, future: F) -> ThreadHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.spawner.spawn(future)
    }

    /// What spawns tasks on this pool without borrowing it.
    #[must_use]
    pub fn spawner(&self) -> ThreadSpawner {
        self.spawner.clone()
    }

    /// Waits until no task is left.
    ///
    /// # Panics
    /// If a task of this pool calls it, as it would wait for itself, also through another executor. (Not if the task has
    /// another thread call it, and waits for that thread: then it does wait for itself.)
    pub fn run(&self) {
        self.check_outside();
        self.shared().wait(true);
    }

    /// Polls a future on this thread until it is ready, by the clock of the pool, whose threads poll the tasks meanwhile.
    /// The future need be neither `Send` nor `'static`, and is dropped before this returns.
    ///
    /// # Panics
    /// If a task of this pool calls it, which would keep one of the threads from its work. A panic of the future goes on to
    /// the caller; one of a task does not.
    pub fn run_until<F: IntoFuture>(&self, future: F) -> F::Output {
        self.check_outside();
        block_on::with_clock(future, Some(&self.shared().clock))
    }

    /// Polls one task on this thread. False if none is waiting for a thread.
    ///
    /// # Panics
    /// If a task of this pool calls it.
    pub fn try_tick(&self) -> bool {
        self.check_outside();
        let shared = self.shared();
        let mut any = false;
        shared.help(|| {
            let _entered = Entered::new(shared, Some(&shared.clock));
            any = iter::from_fn(|| shared.pop_any()).any(|task| task.run(again));
        });
        any
    }

    /// Waits until nothing is runnable, and nothing being polled, what is spawned or woken meanwhile included.
    ///
    /// # Panics
    /// If a task of this pool calls it, as it would wait for itself.
    pub fn run_until_stalled(&self) {
        self.check_outside();
        self.shared().wait(false);
    }

    fn check_outside(&self) {
        assert!(
            !self.shared().is_running_here(),
            "this pool is running already, and a task cannot run the pool that polls it; \
             spawn the other future, and await its handle"
        );
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        let shared = self.shared();
        shared.close();
        for thread in mem::take(&mut *lock(&self.threads)) {
            // In a task of this pool, its own thread ends when the task's poll has returned.
            if thread.thread().id() != thread::current().id() {
                // A worker does not panic: all code of users is called with a `catch_unwind` around it.
                thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
        }
        shared.end_all();
    }
}

impl ThreadSpawner {
    fn shared(&self) -> &Shared {
        // SAFETY: a spawner has a reference.
        unsafe { self.shared.as_ref() }
    }

    /// Whether the pool is gone, so that what is spawned is dropped.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared().is_closed()
    }

    /// As [`ThreadPool::spawn`].
    pub fn spawn<F>(&self, future: F) -> ThreadHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let shared = self.shared();
        if shared.is_closed() {
            stage::refuse(future);
            // SAFETY: there is no task.
            return unsafe { ThreadHandle::new(None) };
        }
        shared.add_ref_for_task();
        shared.count_spawn();
        let task = Task::new(future, self.shared);
        if !shared.push(task) {
            // Closed since.
            end(task);
        }
        // SAFETY: the task's only handle.
        unsafe { ThreadHandle::new(Some(task)) }
    }
}

impl Clone for ThreadSpawner {
    fn clone(&self) -> Self {
        self.shared().add_ref();
        Self { shared: self.shared }
    }
}

impl Drop for ThreadSpawner {
    fn drop(&mut self) {
        Shared::drop_refs(self.shared, 1);
    }
}

/// Back to a queue, woken while it was polled.
fn again(task: Task) {
    if !task.shared().push(task) {
        end(task);
    }
}

/// Ends a task of a pool that is gone.
fn end(task: Task) {
    stage::shielded(|| task.end(0));
}

/// What a worker's thread begins with.
struct Worker {
    spawner: ThreadSpawner,
    index: usize,
}

impl Worker {
    fn work(self) {
        // The reference is given back by `Local::enter`.
        let spawner = mem::ManuallyDrop::new(self.spawner);
        Local::enter(spawner.shared, self.index, |local| {
            let shared = spawner.shared();
            let _entered = Entered::new(local, Some(&shared.clock));
            work(shared, local);
        });
    }
}

/// What a worker does until the pool is closed.
fn work(shared: &Shared, local: &Local) {
    /// So often a worker looks again, and lets others go first, before it sleeps.
    const LOOKS: usize = 4;

    let (mut due, mut tick, mut looks) = (Vec::new(), 0_usize, 0);
    let (mut rested, mut searching) = (false, false);
    while !shared.is_closed() {
        tick = tick.wrapping_add(1);
        if looks > 0 || tick.is_multiple_of(61) {
            shared.clock.fire(&mut due);
        }
        match shared.pop(local, tick) {
            Some(task) => {
                if mem::take(&mut rested) {
                    shared.resume(mem::take(&mut searching));
                }
                looks = 0;
                task.run(again);
            }
            None if looks < LOOKS => {
                looks += 1;
                thread::yield_now();
            }
            None => {
                searching = shared.rest(local, searching);
                rested = true;
                looks = 1;
            }
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool").field("threads", &self.shared().workers.len()).finish()
    }
}

impl fmt::Debug for ThreadSpawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadSpawner")
    }
}
