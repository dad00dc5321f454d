//! A clock that moves only when somebody waits for it.
//!
//! It goes on from run to run, so bodies look at differences only.

use desugar_tests::{pause, trace};
use std::{
    cell::Cell,
    ops::{Add, Sub},
    pin::Pin,
    task::{Context, Poll},
};

pub use std::time::Duration;

thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

impl Instant {
    pub fn now() -> Self {
        Instant(NOW.get())
    }

    pub fn elapsed(self) -> Duration {
        NOW.get() - self.0
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, by: Duration) -> Instant {
        Instant(self.0 + by)
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, other: Instant) -> Duration {
        self.0.saturating_sub(other.0)
    }
}

/// Time that passes.
pub fn advance(by: Duration) {
    NOW.set(NOW.get() + by);
}

/// Pending once; then so much time has passed.
pub async fn sleep(duration: Duration) {
    pause(&format!("sleep {duration:?}")).await;
    advance(duration);
}

/// Pending once, if it is not that late already.
pub async fn sleep_until(deadline: Instant) {
    let left = deadline - Instant::now();
    if !left.is_zero() {
        sleep(left).await;
    }
}

/// Too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}

/// What `timeout` returns: each poll that leaves the future pending takes ten milliseconds.
pub struct Timeout<F> {
    future: Pin<Box<F>>,
    deadline: Instant,
}

pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: Box::pin(future.into_future()), deadline: Instant::now() + duration }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        advance(Duration::from_millis(10));
        if Instant::now() >= self.deadline {
            trace::log("elapsed");
            return Poll::Ready(Err(Elapsed));
        }
        Poll::Pending
    }
}

/// Ticks at a regular rate, the first time at once.
pub struct Interval {
    next: Instant,
    period: Duration,
}

pub fn interval(period: Duration) -> Interval {
    Interval { next: Instant::now(), period }
}

impl Interval {
    pub async fn tick(&mut self) -> Instant {
        let due = self.next;
        sleep_until(due).await;
        self.next = due + self.period;
        due
    }
}
