//! A pool's clock: what time it is, who is to be woken when, and where a thread waits for either.
//!
//! A time is a number of nanoseconds since the clock began. A real clock follows the machine's; a simulated one stands
//! still until [`Clock::advance`] puts it forward to the next timer.
//!
//! Two numbers spare the lock: all timers up to `fired_until` have fired and are gone from the heap, so a timer need not
//! ask whether it has; and nothing has to be fired before `next`. Both are written under the lock.
//! No waker is called, and none dropped, under the lock.

mod timers;

use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    task::Waker,
    time::{Duration, Instant},
};

use timers::{Slot, Timers};

use crate::{current, sleeper::Sleeper, stage::shielded, sync::lock};

pub(crate) struct Clock {
    kind: Kind,
    /// Where the thread that keeps this clock waits, for work and for timers.
    pub(crate) sleeper: Sleeper,
    fired_until: AtomicU64,
    /// No later than the earliest timer; earlier, if that was cancelled.
    next: AtomicU64,
    timers: Mutex<Timers>,
}

enum Kind {
    /// Since when. `shared`: any of several threads may be the one that waits for the next timer.
    Real { began: Instant, shared: bool },
    /// It is `fired_until`. The state of the generator of random numbers.
    Simulated { random: AtomicU64 },
}

/// A timer that has been registered and, as far as its owner knows, has not fired.
pub(crate) struct Timer {
    pub(crate) clock: Arc<Clock>,
    at: u64,
    slot: Slot,
}

impl Clock {
    /// A clock that shows how long it is there. `shared` if several threads take turns in keeping it.
    pub(crate) fn real(shared: bool) -> Arc<Self> {
        Self::new(Kind::Real { began: Instant::now(), shared })
    }

    pub(crate) fn simulated(seed: u64) -> Arc<Self> {
        Self::new(Kind::Simulated { random: AtomicU64::new(seed) })
    }

    fn new(kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            sleeper: Sleeper::new(),
            fired_until: AtomicU64::new(0),
            next: AtomicU64::new(u64::MAX),
            timers: Mutex::new(Timers::new()),
        })
    }

    pub(crate) fn is_simulated(&self) -> bool {
        matches!(self.kind, Kind::Simulated { .. })
    }

    pub(crate) fn now(&self) -> u64 {
        match &self.kind {
            // In 584 years the clock stops.
            Kind::Real { began, .. } => u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX),
            Kind::Simulated { .. } => self.fired_until.load(Ordering::Relaxed),
        }
    }

    /// The next random number of a simulated clock: splitmix64.
    pub(crate) fn random(&self) -> Option<u64> {
        let Kind::Simulated { random } = &self.kind else { return None };
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = random.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(bits ^ (bits >> 31))
    }

    /// Whether timers are to be looked at: there are some, and time goes by itself.
    #[inline]
    pub(crate) fn may_fire(&self) -> bool {
        self.next.load(Ordering::Relaxed) != u64::MAX && !self.is_simulated()
    }

    /// Fires all timers whose time has come. True if there were any.
    pub(crate) fn fire(&self, due: &mut Vec<Waker>) -> bool {
        if !self.may_fire() {
            return false;
        }
        let now = self.now();
        if now < self.next.load(Ordering::Relaxed) {
            return false;
        }
        let mut timers = self.lock();
        while timers.pop(now, due).is_some() {}
        // Another thread may have read the clock later and been here earlier.
        if now > self.fired_until.load(Ordering::Relaxed) {
            // Release: who reads this and goes on has been woken for it, in effect.
            self.fired_until.store(now, Ordering::Release);
        }
        self.unlock(timers);
        wake_all(due)
    }

    /// Puts a simulated clock forward to the next timer, and fires all timers of that time. False if there is none.
    pub(crate) fn advance(&self, due: &mut Vec<Waker>) -> bool {
        let mut timers = self.lock();
        // `u64::MAX` is never.
        if let Some(now) = timers.pop(u64::MAX - 1, due) {
            self.fired_until.store(now, Ordering::Release);
        }
        self.unlock(timers);
        wake_all(due)
    }

    /// Waits until the sleeper is roused or the next timer is due. For a real clock.
    pub(crate) fn wait(&self) {
        let deadline = match (self.next.load(Ordering::Relaxed), &self.kind) {
            (u64::MAX, _) | (_, Kind::Simulated { .. }) => None,
            (next, Kind::Real { began, .. }) => began.checked_add(Duration::from_nanos(next)),
        };
        self.sleeper.wait(deadline);
    }

    fn lock(&self) -> MutexGuard<'_, Timers> {
        lock(&self.timers)
    }

    /// Gives the lock back, after timers were taken out.
    fn unlock(&self, timers: MutexGuard<'_, Timers>) {
        self.next.store(timers.earliest(), Ordering::Relaxed);
    }

    /// Whether whoever waits for the next timer must be told that there is an earlier one. Not if it is this thread.
    fn is_kept_elsewhere(&self) -> bool {
        matches!(self.kind, Kind::Real { shared: true, .. }) || !self.is_here()
    }

    /// Whether the executor that polls goes by this clock.
    fn is_here(&self) -> bool {
        current::with_clock(|clock| clock.is_some_and(|clock| std::ptr::eq(Arc::as_ptr(clock), self)))
    }
}

fn wake_all(due: &mut Vec<Waker>) -> bool {
    let any = !due.is_empty();
    due.drain(..).for_each(|waker| shielded(|| waker.wake()));
    any
}

impl Timer {
    /// Has the waker woken at that time. `None` if it is past.
    #[inline]
    pub(crate) fn register(clock: &Arc<Clock>, at: u64, waker: &Waker) -> Option<Self> {
        let waker = waker.clone();
        let mut timers = clock.lock();
        if at <= clock.fired_until.load(Ordering::Relaxed) {
            drop(timers);
            return None;
        }
        let slot = timers.register(at, waker);
        let earliest = at < clock.next.load(Ordering::Relaxed);
        if earliest {
            clock.next.store(at, Ordering::Relaxed);
        }
        drop(timers);
        if earliest && clock.is_kept_elsewhere() {
            clock.sleeper.rouse();
        }
        Some(Self { clock: Arc::clone(clock), at, slot })
    }

    /// Whether it has fired; if it has not, this waker is the one to be woken.
    #[inline]
    pub(crate) fn has_fired(&mut self, waker: &Waker) -> bool {
        if self.is_gone() {
            return true;
        }
        let mut timers = self.clock.lock();
        if self.is_gone() {
            return true;
        }
        let kept = timers.waker(self.slot);
        if kept.will_wake(waker) {
            return false;
        }
        // A waker's `clone` and `drop` are not for under the lock.
        drop(timers);
        let mut other = waker.clone();
        let mut timers = self.clock.lock();
        if self.is_gone() {
            return true;
        }
        std::mem::swap(timers.waker(self.slot), &mut other);
        drop(timers);
        false
    }

    /// If it has not fired, and is polled where another clock or none is gone by: how long it has still to wait.
    #[inline]
    pub(crate) fn left_elsewhere(&self) -> Option<Duration> {
        let here = self.is_gone() || self.clock.is_here();
        (!here).then(|| Duration::from_nanos(self.at.saturating_sub(self.clock.now())))
    }

    /// Whether it has fired, and its slot is not its own any more.
    #[inline]
    fn is_gone(&self) -> bool {
        self.clock.fired_until.load(Ordering::Acquire) >= self.at
    }
}

impl Drop for Timer {
    #[inline]
    fn drop(&mut self) {
        if self.is_gone() {
            return;
        }
        let mut timers = self.clock.lock();
        // Fired meanwhile, the slot may be another's.
        let waker = if self.is_gone() { None } else { timers.cancel(self.slot) };
        drop(timers);
        drop(waker);
    }
}
