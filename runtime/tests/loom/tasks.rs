//! Models of a task of a `ThreadPool`: `src/pool/task.rs` and `src/stage.rs`, in a pool that is only a queue and a list.
//!
//! Loom sees the state and the counts of references; and in the future, and in what a task gives, a cell that it checks
//! for data races.

#[allow(dead_code, reason = "not all of it has a model")]
#[path = "../../src/pool/task.rs"]
mod task;

mod shared {
    //! What a task needs of `src/pool/shared.rs`.

    use std::{collections::VecDeque, ptr::NonNull};

    use loom::cell::UnsafeCell;

    use super::task::Task;
    use crate::sync::{AtomicUsize, Mutex, Ordering, lock};

    pub(super) struct Shared {
        queue: Mutex<Option<VecDeque<Task>>>,
        list: Mutex<Option<Option<Task>>>,
        pub(super) freed: AtomicUsize,
        /// Read by whoever has a task, written by who frees it.
        memory: UnsafeCell<()>,
    }

    // SAFETY: loom checks who uses the memory when.
    unsafe impl Sync for Shared {}

    #[derive(Clone, Copy)]
    pub(super) struct Listed;

    impl Shared {
        pub(super) fn new() -> Self {
            let (queue, list) = (Mutex::new(Some(VecDeque::new())), Mutex::new(Some(None)));
            Self { queue, list, freed: AtomicUsize::new(0), memory: UnsafeCell::new(()) }
        }

        pub(super) fn push(&self, task: Task) -> bool {
            self.memory.with(|_| ());
            lock(&self.queue).as_mut().map(|queue| queue.push_back(task)).is_some()
        }

        pub(super) fn pop(&self) -> Option<Task> {
            lock(&self.queue).as_mut()?.pop_front()
        }

        pub(super) fn list(&self, task: Task) -> Option<Listed> {
            let mut list = lock(&self.list);
            *list.as_mut()? = Some(task);
            Some(Listed)
        }

        pub(super) fn unlist(&self, _: Task, _: Listed) -> bool {
            lock(&self.list).as_mut().is_some_and(|task| task.take().is_some())
        }

        pub(super) fn count_end(&self) {
            self.memory.with(|_| ());
        }

        pub(super) fn drop_ref_of_task(shared: NonNull<Self>) {
            // SAFETY: the models keep it until the end.
            let shared = unsafe { shared.as_ref() };
            shared.memory.with_mut(|_| ());
            shared.freed.fetch_add(1, Ordering::Relaxed);
        }

        /// As `end_all`.
        pub(super) fn close(&self) {
            let queue = lock(&self.queue).take();
            queue.into_iter().flatten().for_each(|task| task.end(0));
            let listed = lock(&self.list).take();
            listed.flatten().into_iter().for_each(|task| task.end(0));
        }
    }
}

use std::{
    future::poll_fn,
    pin::Pin,
    ptr::NonNull,
    task::{Context, Poll, Wake, Waker},
};

use loom::{
    cell::UnsafeCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use self::{shared::Shared, task::Task};
use crate::{handle::Join, model, sync::Mutex};

/// Memory that only one thread at a time may use, by what the state says.
struct Alone(Arc<UnsafeCell<u32>>, Arc<AtomicUsize>);

// SAFETY: loom checks that this is so.
unsafe impl Send for Alone {}

impl Alone {
    fn touch(&self) {
        // SAFETY: as above.
        self.0.with_mut(|content| unsafe { *content += 1 });
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.touch();
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// A pool, with one task in it that has been polled once, is pending, and has given its waker away.
struct Pool {
    shared: Arc<Shared>,
    /// Of the future, then of what comes of it.
    dropped: Arc<AtomicUsize>,
    /// Makes the task ready, once it is woken.
    ready: Arc<AtomicBool>,
}

// SAFETY: of what is in it only `Task` is not `Sync`, and that is behind a lock.
unsafe impl Send for Pool {}

impl Clone for Pool {
    fn clone(&self) -> Self {
        let Self { shared, dropped, ready } = self;
        Self { shared: shared.clone(), dropped: dropped.clone(), ready: ready.clone() }
    }
}

impl Pool {
    fn new() -> (Self, Join<Task, Alone>, Waker) {
        let (dropped, ready) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let this = Self { shared: Arc::new(Shared::new()), dropped, ready };
        let waker = Arc::new(Mutex::new(None::<Waker>));
        let (alone, output) = (this.alone(), this.alone());
        let (ready, given, mut output) = (this.ready.clone(), waker.clone(), Some(output));
        let future = poll_fn(move |cx| {
            alone.touch();
            *given.lock().unwrap() = Some(cx.waker().clone());
            if !ready.load(Ordering::Relaxed) {
                return Poll::Pending;
            }
            given.lock().unwrap().take();
            let output = output.take().unwrap();
            output.touch();
            Poll::Ready(output)
        });
        let task = Task::new(future, NonNull::from(&*this.shared));
        assert!(this.shared.push(task));
        // SAFETY: the task's output is that of the future, and this its only handle.
        let handle = unsafe { Join::new(Some(task)) };
        this.run();
        let waker = waker.lock().unwrap().take().unwrap();
        (this, handle, waker)
    }

    fn alone(&self) -> Alone {
        Alone(Arc::new(UnsafeCell::new(0)), self.dropped.clone())
    }

    /// As a worker does it, until nothing is queued.
    fn run(&self) {
        while let Some(task) = self.shared.pop() {
            task.run(|task| {
                if !self.shared.push(task) {
                    task.end(0);
                }
            });
        }
    }

    /// A thread that wakes the task, and does what there is to do.
    fn work(&self, waker: Waker) -> JoinHandle<()> {
        let pool = self.clone();
        thread::spawn(move || {
            waker.wake();
            pool.run();
        })
    }

    /// When all threads have ended, and all wakers are gone.
    fn check(self) {
        self.run();
        assert_eq!(self.dropped.load(Ordering::Relaxed), 2);
        assert_eq!(self.shared.freed.load(Ordering::Relaxed), 1);
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

// Fails if `complete` looks for `AWAITED` before it sets `DONE`, if the waker is put there after the flag, and if who
// completes the task drops the output that is the handle's.
#[test]
fn an_output_while_it_is_asked_for() {
    model(3, || {
        let (pool, mut handle, waker) = Pool::new();
        pool.ready.store(true, Ordering::Relaxed);
        let worker = pool.work(waker);
        let woken = std::sync::Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(woken.clone());
        let mut cx = Context::from_waker(&waker);
        let polled = Pin::new(&mut handle).poll(&mut cx);
        worker.join().unwrap();
        let output = match polled {
            Poll::Ready(output) => output,
            Poll::Pending => {
                assert!(woken.0.load(Ordering::Relaxed));
                let Poll::Ready(output) = Pin::new(&mut handle).poll(&mut cx) else { panic!("it has ended") };
                output
            }
        };
        output.unwrap_or_else(|_| panic!("it gave an output")).touch();
        drop(handle);
        pool.check();
    });
}

// Fails if `pause` does not look for `SCHEDULED` when it has unset `RUNNING`, if a wake during a poll does not set it, and
// with a relaxed `fetch_or` in `schedule`.
#[test]
fn a_wake_while_the_task_is_polled() {
    model(3, || {
        let (pool, handle, waker) = Pool::new();
        // Woken for another reason.
        let worker = pool.work(waker.clone());
        pool.ready.store(true, Ordering::Relaxed);
        waker.wake();
        pool.run();
        worker.join().unwrap();
        pool.run();
        assert!(handle.is_finished());
        drop(handle);
        pool.check();
    });
}

// Fails if `end` does not set `CANCELLED`, if it takes the stage though another has it, and with a relaxed `update`.
#[test]
fn a_handle_that_is_dropped_while_the_task_is_polled() {
    for ready in [false, true] {
        model(3, move || {
            let (pool, handle, waker) = Pool::new();
            pool.ready.store(ready, Ordering::Relaxed);
            let worker = pool.work(waker);
            drop(handle);
            worker.join().unwrap();
            pool.check();
        });
    }
}

// Fails if `unlist` does not say whether the pool has taken the reference; and in `drop_refs` with a relaxed load, with a
// relaxed `fetch_sub`, and without the fence.
#[test]
fn a_pool_that_goes_while_a_handle_is_dropped_and_a_waker_woken() {
    model(3, || {
        let (pool, handle, waker) = Pool::new();
        let waking = thread::spawn(move || {
            waker.wake_by_ref();
            drop(waker);
        });
        let cancelling = thread::spawn(move || drop(handle));
        pool.shared.close();
        waking.join().unwrap();
        cancelling.join().unwrap();
        pool.check();
    });
}

// Fails with a relaxed `fetch_xor` in `complete`, and with a relaxed `fetch_and` in `detach`.
#[test]
fn a_handle_that_is_detached_while_the_task_completes() {
    model(3, || {
        let (pool, handle, waker) = Pool::new();
        pool.ready.store(true, Ordering::Relaxed);
        let worker = pool.work(waker);
        handle.detach();
        worker.join().unwrap();
        pool.check();
    });
}
