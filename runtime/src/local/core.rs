//! What a [`LocalPool`](super::LocalPool), its spawners, its tasks and their wakers share.
//!
//! Two fields are for everybody: the stack of tasks woken from elsewhere, and the clock, with the sleeper in it. The
//! others are only for the owner, the thread of the pool. No cell is borrowed while user code runs: a task is taken out
//! of the queue before it is polled, a list is unlinked before what it held is dropped.

use std::{
    cell::Cell,
    panic::Location,
    ptr::NonNull,
    sync::Arc,
    task::{Context, Waker},
};

use super::task::{About, Head, LISTED, LIVE, Task};
use crate::{
    clock::Clock,
    current::{self, Entered},
    refs::Refs,
    remote::{Pushed, Stack},
    stage::{self, FirstPanic},
};

/// So many polls at most until timers and other threads are looked after.
const ROUND: usize = 64;
/// One of so many is the next to be polled, where that is drawn by lot.
const DRAWN: usize = 32;

pub(crate) struct Core {
    /// The pool, its spawners and its tasks.
    refs: Refs,
    remote: Stack<Head>,
    pub(crate) clock: Arc<Clock>,
    /// The ends of the queue of all that is runnable, the longest waiting in front. Those in it have the flag `QUEUED`.
    front: Cell<Option<Task>>,
    back: Cell<Option<Task>>,
    /// The ends of the list of all live tasks that have been polled, the oldest first.
    first: Cell<Option<Task>>,
    last: Cell<Option<Task>>,
    phase: Cell<Phase>,
    /// Whether the next task is drawn by lot, from the first few, instead of being the first.
    pub(crate) shuffled: Cell<bool>,
    /// Memory for the wakers of timers that are due.
    due: Cell<Vec<Waker>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Running,
    Closed,
}

/// What takes the place of a task in the queue for the future of `run_until`, and how to poll that.
pub(crate) type Main<'m> = (Task, &'m mut dyn FnMut(&mut Context<'_>) -> bool);

impl Core {
    /// The reference that comes with it is the owner's, for [`Core::close`].
    pub(crate) fn new(clock: Arc<Clock>) -> NonNull<Self> {
        NonNull::from(Box::leak(Box::new(Self {
            refs: Refs::new(0),
            remote: Stack::new(),
            clock,
            front: Cell::new(None),
            back: Cell::new(None),
            first: Cell::new(None),
            last: Cell::new(None),
            phase: Cell::new(Phase::Open),
            shuffled: Cell::new(false),
            due: Cell::default(),
        })))
    }

    // ---- For everybody ----

    /// Whether this is the owner's thread, for sure: the pool is running on it, and nothing inside of it.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        current::is_polling(self)
    }

    /// A task was woken from elsewhere. False if the pool is gone.
    ///
    /// # Safety
    /// As for [`Stack::push`]; and something keeps this core meanwhile that does not go with the task.
    pub(crate) unsafe fn push(&self, task: NonNull<Head>) -> bool {
        // SAFETY: passed on.
        let pushed = unsafe { self.remote.push(task) };
        if pushed == Pushed::First {
            self.clock.sleeper.rouse();
        }
        pushed != Pushed::Closed
    }

    /// Gives back a reference, on whichever thread.
    pub(crate) fn drop_ref(core: NonNull<Self>) {
        // SAFETY: the caller has a reference.
        let this = unsafe { core.as_ref() };
        if this.is_here() {
            this.refs.sub_here();
        } else if this.refs.sub() {
            // SAFETY: made by `new`, and the last reference is gone.
            drop(unsafe { Box::from_raw(core.as_ptr()) });
        }
    }

    // ---- For the owner ----

    #[inline]
    pub(crate) fn add_ref(&self) {
        if self.is_closed() { self.refs.add() } else { self.refs.add_here() }
    }

    /// A new task, at the end of the queue. `None` if the pool is gone: then the future is dropped.
    ///
    /// # Safety
    /// The caller has a reference to the core, and is on the pool's thread. The future is dropped by this pool or by the
    /// handle; so neither may be used where the future's lifetime has ended, and both stay on this thread.
    #[inline]
    pub(crate) unsafe fn spawn<F: Future>(
        core: NonNull<Self>,
        future: F,
        name: Option<String>,
        origin: &'static Location<'static>,
    ) -> Option<Task> {
        // SAFETY: the caller has a reference.
        let this = unsafe { core.as_ref() };
        if this.is_closed() {
            stage::refuse(future);
            return None;
        }
        this.add_ref();
        let about = this.clock.is_simulated().then(|| Box::new(About { name, origin }));
        let task = Task::new(future, core, about);
        this.enqueue(task);
        Some(task)
    }

    #[inline]
    pub(crate) fn enqueue(&self, task: Task) {
        match self.back.replace(Some(task)) {
            Some(back) => back.head().next.set(Some(task)),
            None => self.front.set(Some(task)),
        }
    }

    /// To the end of the list.
    pub(crate) fn list(&self, task: Task) {
        task.head().before.set(self.last.get());
        match self.last.replace(Some(task)) {
            Some(last) => last.head().after.set(Some(task)),
            None => self.first.set(Some(task)),
        }
    }

    /// Out of the list.
    pub(crate) fn unlist(&self, task: Task) {
        let (before, after) = (task.head().before.take(), task.head().after.take());
        match before {
            Some(before) => before.head().after.set(after),
            None => self.first.set(after),
        }
        match after {
            Some(after) => after.head().before.set(before),
            None => self.last.set(before),
        }
    }

    /// All live tasks: those that have been polled, the oldest first, and those that have not. But for
    /// one that is being polled for the first time.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = Task> {
        let listed = std::iter::successors(self.first.get(), |task| task.head().after.get());
        listed.chain(self.queued().filter(|task| task.has(LIVE) && !task.has(LISTED)))
    }

    fn queued(&self) -> impl Iterator<Item = Task> {
        std::iter::successors(self.front.get(), |task| task.head().next.get())
    }

    #[inline]
    fn pop(&self) -> Option<Task> {
        if self.shuffled.get() {
            self.draw();
        }
        let front = self.front.get()?;
        let next = front.head().next.take();
        self.front.set(next);
        if next.is_none() {
            self.back.set(None);
        }
        Some(front)
    }

    /// Moves one of the first in the queue to the front, each as likely as any other.
    fn draw(&self) {
        let queued = || self.queued().take(DRAWN);
        let random = self.clock.random().expect("only a simulated clock shuffles");
        let Some(index) = random.checked_rem(queued().count() as u64).filter(|&index| index > 0) else { return };
        let before = queued().nth(index as usize - 1).expect("less than their count");
        let drawn = before.head().next.get().expect("less than their count");
        before.head().next.set(drawn.head().next.replace(self.front.get()));
        if before.head().next.get().is_none() {
            self.back.set(Some(before));
        }
        self.front.set(Some(drawn));
    }

    /// Queues what was woken from elsewhere.
    pub(crate) fn collect(&self) {
        for head in self.remote.take() {
            // SAFETY: a node of the stack is a task, and the stack had a reference, which `taken` gives back.
            unsafe { Task::from_head(head) }.taken();
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.phase.get() == Phase::Closed
    }

    /// Looks after other threads and timers.
    #[inline]
    fn look_around(&self) {
        if !self.remote.looks_empty() {
            self.collect();
        }
        if self.clock.may_fire() {
            self.with_due(|due| self.clock.fire(due));
        }
    }

    #[inline]
    fn with_due<R>(&self, fire: impl FnOnce(&mut Vec<Waker>) -> R) -> R {
        let mut due = self.due.take();
        let fired = fire(&mut due);
        self.due.set(due);
        fired
    }

    /// Makes the pool the one that runs on this thread, until the guard is dropped.
    pub(crate) fn enter(&self) -> Running<'_> {
        assert!(
            self.phase.get() == Phase::Open,
            "this pool is running already, and a task cannot run the pool that polls it; \
             spawn the other future, and await its handle"
        );
        self.phase.set(Phase::Running);
        Running { core: self, _entered: Entered::new(self, Some(&self.clock)) }
    }

    /// Drops everything that is pending, and will take nothing more. The first panic of a destructor goes on when all
    /// are dropped. Gives back the owner's reference.
    pub(crate) fn close(core: NonNull<Self>) {
        // SAFETY: the caller has the owner's reference.
        let this = unsafe { core.as_ref() };
        this.phase.set(Phase::Closed);
        // From here on nothing is queued: wakes are turned away by the stack, spawns by the phase.
        for head in this.remote.close() {
            // SAFETY: as in `collect`.
            unsafe { Task::from_head(head) }.drop_ref();
        }
        let mut panic = FirstPanic::default();
        while let Some(task) = this.first.get() {
            // It leaves the list before anything of it is dropped.
            panic.guard(|| task.end());
        }
        while let Some(task) = this.pop() {
            if task.has(LIVE) {
                panic.guard(|| task.end());
            }
            task.dequeue();
        }
        drop(this.due.take());
        if this.refs.leave() {
            // SAFETY: made by `new`, and the last reference is gone.
            drop(unsafe { Box::from_raw(core.as_ptr()) });
        }
        panic.go_on();
    }
}

/// The pool runs on this thread, and polls.
pub(crate) struct Running<'c> {
    core: &'c Core,
    _entered: Entered<'c>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.core.phase.set(Phase::Open);
    }
}

impl Running<'_> {
    /// Polls one task. False if none is runnable.
    #[inline]
    pub(crate) fn tick(&self) -> bool {
        self.core.look_around();
        std::iter::from_fn(|| self.core.pop()).any(Task::run)
    }

    /// Polls tasks, and waits where none is runnable, until `main` is ready, or without it until no task is left. False
    /// if a simulation comes to a point where nothing can happen any more.
    pub(crate) fn run(&self, mut main: Option<Main<'_>>) -> bool {
        let core = self.core;
        loop {
            core.look_around();
            for _ in 0..ROUND {
                let Some(task) = core.pop() else { break };
                match &mut main {
                    Some((stand_in, poll)) if task == *stand_in => {
                        if task.poll_by(poll) {
                            return true;
                        }
                        task.list();
                    }
                    _ => {
                        task.run();
                    }
                }
            }
            if core.front.get().is_some() {
                continue;
            }
            if main.is_none() && core.first.get().is_none() {
                return true;
            }
            if !core.clock.is_simulated() {
                core.clock.wait();
            } else if core.remote.looks_empty() && !core.with_due(|due| core.clock.advance(due)) {
                return false;
            }
        }
    }
}
