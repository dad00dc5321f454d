//! Models of what threads share, run by loom in every order that the memory model allows (within a bound).
//!
//! The files under test are compiled into this one, with loom's atomics where they say `crate::sync`. Nothing of this is
//! there without `--cfg loom`:
//!
//! ```sh
//! RUSTFLAGS='--cfg loom' cargo test --release -p desugar --test loom
//! ```
//!
//! A remark `Fails with ..` means that the file under test was changed like that once, and the model seen to fail.
#![cfg(loom)]

mod tasks;

#[allow(dead_code, unreachable_pub, reason = "not all of each file has a model, and nothing is public here")]
#[path = "../../src/error.rs"]
mod error;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/handle.rs"]
mod handle;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/pool/idle.rs"]
mod idle;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/pool/queue.rs"]
mod queue;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/raw.rs"]
mod raw;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/refs.rs"]
mod refs;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/remote.rs"]
mod remote;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/sleeper.rs"]
mod sleeper;
#[allow(dead_code, reason = "not all of each file has a model")]
#[path = "../../src/stage.rs"]
mod stage;

mod sync {
    //! What `src/sync.rs` has from std.
    pub(crate) use loom::sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence},
    };
    pub(crate) use std::sync::PoisonError;

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

use std::ptr::NonNull;

use loom::{
    cell::UnsafeCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use idle::Idle;
use queue::Queue;
use refs::Refs;
use remote::{Link, Mark, Node, Pushed, Stack};
use sleeper::Sleeper;

/// Lets so many threads be interrupted where they need not be: few enough for the models to end soon.
fn model(switches: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(switches);
    builder.check(body);
}

// Fails with a store for the swap in `wait` (what was written is not seen), and without the lock in `rouse` (a deadlock).
#[test]
fn a_rouse_is_not_lost_and_publishes_what_was_written() {
    model(3, || {
        let shared = Arc::new((Sleeper::new(), [AtomicBool::new(false), AtomicBool::new(false)]));
        let threads: Vec<_> = (0..2)
            .map(|index| {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.1[index].store(true, Ordering::Relaxed);
                    shared.0.rouse();
                })
            })
            .collect();
        // Ends only if each of the two is seen after some wait.
        while !shared.1.iter().all(|written| written.load(Ordering::Relaxed)) {
            shared.0.wait(None);
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// A node that counts what reaches it.
struct Item {
    mark: Mark,
    link: Link<Item>,
    /// Written before each push, each by its own thread.
    written: [AtomicBool; 2],
}

// SAFETY: each item has this link and no other.
unsafe impl Node for Item {
    unsafe fn link<'n>(this: NonNull<Self>) -> &'n Link<Self> {
        // SAFETY: alive, as the caller promises.
        unsafe { &(*this.as_ptr()).link }
    }
}

impl Item {
    fn new() -> Self {
        Self { mark: Mark::new(), link: Link::new(), written: [AtomicBool::new(false), AtomicBool::new(false)] }
    }
}

/// The way in from other threads, as a pool has it.
struct Pool {
    stack: Stack<Item>,
    sleeper: Sleeper,
    items: [Item; 2],
}

// SAFETY: what is pushed are the items, which are in it, and everything in them is atomic.
unsafe impl Send for Pool {}
// SAFETY: as above.
unsafe impl Sync for Pool {}

impl Pool {
    fn new() -> Arc<Self> {
        Arc::new(Self { stack: Stack::new(), sleeper: Sleeper::new(), items: [Item::new(), Item::new()] })
    }

    fn wake(&self, item: usize) {
        if self.items[item].mark.set() {
            // SAFETY: marked by us; the items live as long as the pool, which everybody has a reference to.
            if unsafe { self.stack.push(NonNull::from(&self.items[item])) } == Pushed::First {
                self.sleeper.rouse();
            }
        }
    }
}

// Fails with a relaxed swap in `set`, with a store for the swap in `unset`, and if only every second push rouses.
#[test]
fn two_threads_wake_one_task() {
    model(3, || {
        let pool = Pool::new();
        let threads: Vec<_> = (0..2)
            .map(|index| {
                let pool = pool.clone();
                thread::spawn(move || {
                    pool.items[0].written[index].store(true, Ordering::Relaxed);
                    pool.wake(0);
                })
            })
            .collect();
        let mut polls = 0;
        while !pool.items[0].written.iter().all(|written| written.load(Ordering::Relaxed)) {
            let mut taken = pool.stack.take();
            match taken.next() {
                Some(_) => {
                    pool.items[0].mark.unset();
                    polls += 1;
                }
                None => pool.sleeper.wait(None),
            }
            assert!(taken.next().is_none());
        }
        assert!(polls <= 2);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

// Fails with a relaxed exchange in `push`.
#[test]
fn two_threads_wake_two_tasks() {
    model(3, || {
        let pool = Pool::new();
        let threads: Vec<_> = (0..2)
            .map(|item| {
                let pool = pool.clone();
                thread::spawn(move || {
                    pool.items[item].written[0].store(true, Ordering::Relaxed);
                    pool.wake(item);
                })
            })
            .collect();
        let mut polled = [0; 2];
        while polled != [1, 1] {
            let mut any = false;
            for taken in pool.stack.take() {
                let item = pool.items.iter().position(|item| std::ptr::eq(item, taken.as_ptr())).unwrap();
                pool.items[item].mark.unset();
                assert!(pool.items[item].written[0].load(Ordering::Relaxed));
                polled[item] += 1;
                any = true;
            }
            if !any {
                pool.sleeper.wait(None);
            }
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_wake_while_the_pool_closes_is_taken_or_turned_away() {
    model(3, || {
        let pool = Pool::new();
        let waking = thread::spawn({
            let pool = pool.clone();
            move || {
                assert!(pool.items[0].mark.set());
                // SAFETY: marked by us; the items live as long as the pool.
                unsafe { pool.stack.push(NonNull::from(&pool.items[0])) }
            }
        });
        let taken = pool.stack.close().count();
        let pushed = waking.join().unwrap();
        assert_eq!(taken == 0, pushed == Pushed::Closed);
    });
}

/// Workers with one queue, and who queues.
struct Workers {
    idle: Idle,
    clock: Sleeper,
    queue: loom::sync::Mutex<u32>,
    done: AtomicUsize,
    sleepers_by_the_clock: AtomicUsize,
}

impl Workers {
    fn new(count: usize) -> Arc<Self> {
        Arc::new(Self {
            idle: Idle::new(count),
            clock: Sleeper::new(),
            queue: loom::sync::Mutex::new(0),
            done: AtomicUsize::new(0),
            sleepers_by_the_clock: AtomicUsize::new(0),
        })
    }

    fn push(&self) {
        *self.queue.lock().unwrap() += 1;
        self.idle.notify(&self.clock);
    }

    fn pop(&self) -> bool {
        let mut queue = self.queue.lock().unwrap();
        let any = *queue > 0;
        *queue -= u32::from(any);
        any
    }

    /// As a worker of a pool does it, until so many tasks are done.
    fn work(&self, index: usize, tasks: usize) {
        let (mut rested, mut searching) = (false, false);
        while self.done.load(Ordering::Relaxed) < tasks {
            if self.pop() {
                if std::mem::take(&mut rested) {
                    if std::mem::take(&mut searching) {
                        self.idle.found(&self.clock, || *self.queue.lock().unwrap() > 0);
                    }
                    self.idle.hand_over(&self.clock);
                }
                if self.done.fetch_add(1, Ordering::AcqRel) + 1 == tasks {
                    self.idle.rouse_all(&self.clock);
                }
                continue;
            }
            searching = self.idle.rest(
                index,
                searching,
                || *self.queue.lock().unwrap() > 0 || self.done.load(Ordering::Acquire) == tasks,
                || {
                    assert_eq!(self.sleepers_by_the_clock.fetch_add(1, Ordering::Relaxed), 0);
                    self.clock.wait(None);
                    self.sleepers_by_the_clock.fetch_sub(1, Ordering::Relaxed);
                },
            );
            rested = true;
        }
    }
}

// Fails if a worker looks into the queue before it says that it is idle, or that it searches no more; if the keeper gives its place
// away before it is awake, as two sleep by the clock.
#[test]
fn workers_that_go_to_sleep_while_tasks_come() {
    model(3, || {
        const TASKS: usize = 2;
        let workers = Workers::new(2);
        let threads = [0, 1].map(|index| {
            let workers = workers.clone();
            thread::spawn(move || workers.work(index, TASKS))
        });
        (0..TASKS).for_each(|_| workers.push());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

// Fails if who finds nobody to rouse gives the list back before it is no more counted as searching.
#[test]
fn one_worker_and_tasks_from_several_threads() {
    model(3, || {
        const TASKS: usize = 3;
        let workers = Workers::new(1);
        let worker = {
            let workers = workers.clone();
            thread::spawn(move || workers.work(0, TASKS))
        };
        let pushers = [0, 1].map(|_| {
            let workers = workers.clone();
            thread::spawn(move || workers.push())
        });
        workers.push();
        pushers.into_iter().for_each(|pusher| pusher.join().unwrap());
        worker.join().unwrap();
    });
}

// Fails without `moved`, as a deadlock: the second worker looks while the task is in neither queue, and sleeps.
#[test]
fn a_task_that_a_worker_takes_with_another_is_not_kept_from_the_others() {
    model(3, || {
        struct Both {
            idle: Idle,
            clock: Sleeper,
            inbox: Queue<u32>,
            own: Queue<u32>,
        }

        let (inbox, own) = (Queue::new(), Queue::new());
        let both = Arc::new(Both { idle: Idle::new(2), clock: Sleeper::new(), inbox, own });
        (1..=2).for_each(|task| both.inbox.push(task));
        let other = thread::spawn({
            let both = both.clone();
            move || {
                // Only what the first worker has put there: the first task is its own.
                while both.own.pop().is_none() {
                    both.idle.rest(1, false, || both.own.has_any(), || both.clock.wait(None));
                }
            }
        });
        assert_eq!(both.inbox.pop_some(&both.own, |left| left, || both.idle.notify(&both.clock)), Some(1));
        // The first task does not end before the second.
        other.join().unwrap();
    });
}

/// Memory with a count, as a task has it: who is told that he was the last writes to what all others have read.
struct Memory {
    refs: Refs,
    content: UnsafeCell<u32>,
    freed: AtomicUsize,
}

// SAFETY: the plain part of `refs` is for the owner's thread only; the content is written by the last one.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    fn read(&self) {
        // SAFETY: whoever has a reference may read; loom checks it.
        self.content.with(|content| assert_eq!(unsafe { *content }, 1));
    }

    fn free_if(&self, last: bool) {
        if last {
            // SAFETY: nobody else has a reference; loom checks it.
            self.content.with_mut(|content| unsafe { *content = 0 });
            self.freed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

// Fails with a relaxed `sub`, without the fence, and with a relaxed load in `leave`.
#[test]
fn wakers_that_are_dropped_while_the_owner_goes() {
    model(3, || {
        let memory = Arc::new(Memory { refs: Refs::new(0), content: UnsafeCell::new(1), freed: AtomicUsize::new(0) });
        // Two wakers made here, one of which is cloned and dropped elsewhere, and one made and dropped here.
        memory.refs.add_here();
        memory.refs.add_here();
        memory.refs.add_here();
        memory.refs.sub_here();
        let threads: Vec<_> = (0..2)
            .map(|index| {
                let memory = memory.clone();
                thread::spawn(move || {
                    if index == 0 {
                        memory.refs.add();
                        memory.read();
                        memory.free_if(memory.refs.sub());
                    }
                    memory.read();
                    memory.free_if(memory.refs.sub());
                })
            })
            .collect();
        memory.read();
        memory.free_if(memory.refs.leave());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(memory.freed.load(Ordering::Relaxed), 1);
    });
}
