//! Tasks, wakers and outputs of a `LocalPool` that do anything at any time, drawn by lot: in a poll, in a drop, in a waker's
//! `clone`, `wake` and `drop`. They spawn, cancel, detach, wake, ask handles, run the pool, and panic.
//!
//! Whatever they do, each future is dropped once, none is polled after it was ready, no wake is lost, and Miri finds no fault.
//! Panics that nobody expects end the test; those that are drawn are caught where the pool lets them out.
//! Seen to fail without the second look in `poll_output`, the look at `LIVE` in `run`, that at `CANCELLED`, that at `BUSY`, and
//! without `shielded` around a wake.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    thread,
};

use desugar::{Handle, LocalPool, Spawner};

use crate::odd_wakers::Odd;

/// A panic that was drawn.
struct Drawn;

/// What is known of one task.
#[derive(Default)]
struct Life {
    /// It has been woken, and not been polled since.
    due: Cell<bool>,
    cancelled: Cell<bool>,
    over: Cell<bool>,
}

struct Held {
    handle: Handle<'static, Output>,
    life: Rc<Life>,
    /// The waker by which it was asked last.
    asked: Option<Rc<Odd>>,
}

#[derive(Default)]
struct World {
    random: Cell<u64>,
    /// So many things are still done.
    budget: Cell<u32>,
    /// So many of them are inside of others.
    depth: Cell<u32>,
    futures: Cell<i32>,
    pool: RefCell<Option<Rc<LocalPool<'static>>>>,
    spawner: RefCell<Option<Spawner<'static>>>,
    handles: RefCell<Vec<Held>>,
    wakers: RefCell<Vec<(Waker, Rc<Life>)>>,
    lives: RefCell<Vec<Rc<Life>>>,
}

thread_local! {
    static WORLD: World = World::default();
}

impl World {
    fn below(&self, limit: u64) -> u64 {
        let mut bits = self.random.get();
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        self.random.set(bits);
        bits % limit
    }

    fn any<T>(&self, all: &RefCell<Vec<T>>) -> Option<T> {
        let count = all.borrow().len() as u64;
        (count > 0).then(|| self.below(count)).map(|index| all.borrow_mut().swap_remove(index as usize))
    }

    fn spawn(&self) {
        let life = Rc::<Life>::default();
        life.due.set(true);
        self.lives.borrow_mut().push(life.clone());
        self.futures.set(self.futures.get() + 1);
        let future = Chaos { polls: self.below(4), life: life.clone() };
        let spawner = self.spawner.borrow().clone();
        let Some(spawner) = spawner else { return };
        let handle = spawner.spawn(future);
        self.handles.borrow_mut().push(Held { handle, life, asked: None });
    }

    /// Asks a handle, by a waker that does something, too.
    fn ask(&self, mut held: Held) {
        let odd = Odd::always(|| act(1));
        let polled = Pin::new(&mut held.handle).poll(&mut Context::from_waker(&odd.waker()));
        if polled.is_pending() {
            held.asked = Some(odd);
            self.handles.borrow_mut().push(held);
        }
    }

    fn do_something(&self) {
        match self.below(14) {
            0..=2 => self.spawn(),
            3 => {
                if let Some(held) = self.any(&self.handles) {
                    held.life.cancelled.set(true);
                    drop(held.handle);
                }
            }
            4 => self.any(&self.handles).into_iter().for_each(|held| held.handle.detach()),
            5 | 6 => self.any(&self.handles).into_iter().for_each(|held| self.ask(held)),
            7 | 8 => {
                if let Some((waker, life)) = self.any(&self.wakers) {
                    life.due.set(true);
                    waker.wake_by_ref();
                    self.wakers.borrow_mut().push((waker, life));
                }
            }
            9 => {
                if let Some((waker, life)) = self.any(&self.wakers) {
                    life.due.set(true);
                    thread::spawn(move || waker.wake()).join().unwrap();
                }
            }
            10 => drop(self.any(&self.wakers)),
            11 | 12 => {
                // Refused if it is running.
                let pool = self.pool.borrow().clone();
                pool.into_iter().for_each(|pool| caught(|| while pool.try_tick() {}));
            }
            _ if thread::panicking() => {}
            _ => resume_unwind(Box::new(Drawn)),
        }
    }
}

/// Lets through only the panics that nobody expects.
fn caught(act: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(act)) {
        let refused = panic.downcast_ref::<&str>().is_some_and(|text| text.starts_with("this pool is running already"));
        if !refused && !panic.is::<Drawn>() {
            resume_unwind(panic);
        }
    }
}

/// Does so many things at most.
fn act(most: u64) {
    WORLD.with(|world| {
        for _ in 0..world.below(most + 1) {
            if world.budget.get() == 0 || world.depth.get() == 6 {
                return;
            }
            world.budget.set(world.budget.get() - 1);
            world.depth.set(world.depth.get() + 1);
            let done = catch_unwind(AssertUnwindSafe(|| world.do_something()));
            world.depth.set(world.depth.get() - 1);
            match done {
                Err(panic) if !thread::panicking() => resume_unwind(panic),
                _ => {}
            }
        }
    });
}

struct Chaos {
    /// Until it is ready.
    polls: u64,
    life: Rc<Life>,
}

impl Future for Chaos {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        assert!(!self.life.over.get());
        self.life.due.set(false);
        act(3);
        WORLD.with(|world| world.wakers.borrow_mut().push((cx.waker().clone(), self.life.clone())));
        if self.polls == 0 {
            return Poll::Ready(Output);
        }
        self.polls -= 1;
        Poll::Pending
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        assert!(!self.life.over.replace(true));
        let _ = WORLD.try_with(|world| world.futures.set(world.futures.get() - 1));
        act(2);
    }
}

struct Output;

impl Drop for Output {
    fn drop(&mut self) {
        act(1);
    }
}

fn live(world: &World, seed: u64) {
    world.random.set(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    world.budget.set(150);
    let pool = Rc::new(LocalPool::new());
    world.spawner.replace(Some(pool.spawner()));
    world.pool.replace(Some(pool.clone()));
    for _ in 0..20 {
        caught(|| act(4));
        caught(|| pool.run_until_stalled());
        for life in world.lives.borrow().iter().filter(|life| !life.over.get()) {
            assert!(!life.due.get(), "a wake is lost");
            assert!(!life.cancelled.get(), "a task that is cancelled is still there");
        }
        for Held { handle, asked, .. } in world.handles.borrow().iter() {
            let lost = asked.as_ref().is_some_and(|odd| odd.woken.get() == 0);
            assert!(!handle.is_finished() || !lost, "a wake of who awaits is lost");
        }
    }
    drop(pool);
    let pool = world.pool.take();
    caught(|| drop(pool));
    world.spawner.take();
    // What is done now may put more there.
    while let Some(held) = world.any(&world.handles) {
        caught(|| drop(held));
    }
    while let Some(waker) = world.any(&world.wakers) {
        caught(|| drop(waker));
    }
    world.lives.take();
    assert_eq!(world.futures.get(), 0);
}

#[test]
fn whatever_is_done_by_whatever_is_run() {
    thread::spawn(|| {
        for seed in 1..if cfg!(miri) { 6 } else { 1_000 } {
            WORLD.with(|world| live(world, seed));
        }
    })
    .join()
    .unwrap();
}
