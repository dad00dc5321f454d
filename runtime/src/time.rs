//! Sleeping, by the clock of the pool that polls.
//!
//! A [`LocalPool`](crate::LocalPool), a [`ThreadPool`](crate::ThreadPool) and a [`Sim`](crate::sim::Sim) each have a
//! clock, which begins with them; that of a `Sim` is simulated. Which clock is meant is decided by who polls. Outside of
//! the tasks of a pool, and inside of a [`block_on`](crate::block_on), there is none: these functions panic there, as
//! nobody would ever wake the sleeper. A sleep that has begun in one pool and is polled in another goes on by the clock of
//! that one, for as long as was left.
//!
//! ```
//! use std::time::Duration;
//! use desugar::time::{now, sleep, timeout};
//!
//! let pool = desugar::LocalPool::new();
//! pool.run_until(async {
//!     let before = now();
//!     sleep(Duration::from_millis(5)).await;
//!     assert!(now() - before >= Duration::from_millis(5));
//!
//!     let forever = std::future::pending::<()>();
//!     assert!(timeout(Duration::from_millis(5), forever).await.is_err());
//! });
//! ```

use std::{
    error::Error,
    fmt,
    future::Future,
    ops::{Add, Sub},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use crate::{
    clock::{Clock, Timer},
    current,
};

/// A moment by a pool's clock: so many nanoseconds since the clock began. In another pool it is another moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    nanos: u64,
}

impl Instant {
    /// When the clock began.
    pub const START: Instant = Instant { nanos: 0 };
    /// 584 years after the clock began, and what is later: a sleep until then never ends.
    pub const NEVER: Instant = Instant { nanos: u64::MAX };

    pub(crate) fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// How long after the clock began.
    #[must_use]
    pub fn since_start(self) -> Duration {
        Duration::from_nanos(self.nanos)
    }
}

/// [`Instant::NEVER`] if the sum is that late.
impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self { nanos: self.nanos.saturating_add(nanos) }
    }
}

/// Zero if the other moment is later.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.nanos.saturating_sub(earlier.nanos))
    }
}

/// The clock of the pool that polls.
fn with_clock<R>(what: &str, body: impl FnOnce(&Arc<Clock>) -> R) -> R {
    current::with_clock(|clock| match clock {
        Some(clock) => body(clock),
        None => no_clock(what),
    })
}

#[cold]
fn no_clock(what: &str) -> ! {
    panic!(
        "{what} needs the clock of a pool, and nothing that has one polls here; await it in a task, \
         or in `run_until`, of a `LocalPool`, `ThreadPool` or `Sim` (`block_on` and other executors have no such clock)"
    )
}

/// What time it is.
///
/// # Panics
/// Outside of the tasks of a pool.
#[must_use]
pub fn now() -> Instant {
    with_clock("`now`", |clock| Instant::from_nanos(clock.now()))
}

/// Waits for so long, from its first poll on.
///
/// Dropped before, it leaves nothing behind.
///
/// # Panics
/// When polled outside of the tasks of a pool.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep { state: State::For(duration) }
}

/// Waits until then; not at all if that is past.
///
/// # Panics
/// When polled outside of the tasks of a pool.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { state: State::Until(deadline) }
}

/// What [`sleep`] and [`sleep_until`] return.
#[must_use = "a future does nothing until it is awaited"]
pub struct Sleep {
    state: State,
}

enum State {
    For(Duration),
    Until(Instant),
    Registered(Timer),
    /// `Instant::NEVER`.
    Forever,
    Over,
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let fired = match &mut self.state {
            State::Registered(timer) => match timer.left_elsewhere() {
                None => timer.has_fired(cx.waker()),
                // Nobody may ever look at its clock again.
                Some(left) => {
                    self.state = State::For(left);
                    return self.register(cx);
                }
            },
            State::Forever => false,
            State::Over => true,
            State::For(_) | State::Until(_) => return self.register(cx),
        };
        if !fired {
            return Poll::Pending;
        }
        self.state = State::Over;
        Poll::Ready(())
    }
}

impl Sleep {
    fn register(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let state = with_clock("`sleep`", |clock| {
            let now = Instant::from_nanos(clock.now());
            let deadline = match self.state {
                State::For(duration) => now + duration,
                State::Until(deadline) => deadline,
                State::Registered(_) | State::Forever | State::Over => unreachable!("the states before the first poll"),
            };
            if deadline == Instant::NEVER {
                return State::Forever;
            }
            if deadline <= now {
                return State::Over;
            }
            Timer::register(clock, deadline.nanos, cx.waker()).map_or(State::Over, State::Registered)
        });
        self.state = state;
        if matches!(self.state, State::Over) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep")
    }
}

/// Awaits a future, for so long at most. A future that is ready at once is, whatever the duration.
///
/// # Errors
/// If the time is over first. The future is dropped with what this returns, as usual.
///
/// # Panics
/// When polled outside of the tasks of a pool, and the future is not ready at once. When polled after it was ready.
pub async fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Result<F::Output, TimedOut> {
    match crate::select(future.into_future(), sleep(duration)).await {
        crate::Either::Left(output) => Ok(output),
        crate::Either::Right(()) => Err(TimedOut),
    }
}

/// The time was over before the future was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was over before the future was ready")
    }
}

impl Error for TimedOut {}

/// Ticks once per period, for the first time one period after the first call of [`tick`](Interval::tick).
///
/// What comes late does not shift what comes after: ticks that were missed are made up for, one each time that the others have
/// had their turn.
///
/// An interval belongs to the clock by which it has ticked first: elsewhere it takes the times of that clock for its own.
///
/// # Panics
/// If the period is zero.
#[must_use]
pub fn interval(period: Duration) -> Interval {
    assert!(!period.is_zero(), "an interval needs a period longer than zero; `yield_now` lets others run in between");
    Interval { period, last: None }
}

/// What [`interval`] returns.
#[derive(Debug)]
pub struct Interval {
    period: Duration,
    /// When it ticked last, or was first asked to.
    last: Option<Instant>,
}

impl Interval {
    /// Waits for the next tick, and says for when that was due. Dropped before, that tick is still to come.
    ///
    /// # Panics
    /// When polled outside of the tasks of a pool, or after it was ready.
    pub async fn tick(&mut self) -> Instant {
        let due = *self.last.get_or_insert_with(now) + self.period;
        if due <= now() {
            crate::yield_now().await;
        }
        sleep_until(due).await;
        self.last = Some(due);
        due
    }
}
