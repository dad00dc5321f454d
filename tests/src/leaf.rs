//! The leaf futures: pending some number of times, waking each time, then ready with a value.

use crate::{inject, trace, tracked::D};
use std::{
    cell::{Cell, RefCell},
    future::Future,
    marker::PhantomPinned,
    pin::Pin,
    task::{Context, Poll},
};

thread_local! {
    static FROZEN: Cell<bool> = const { Cell::new(false) };
}

/// A future that logs each poll and its drop, and that notices when it is moved between polls.
/// `H` is what it holds meanwhile: an argument it owns, or a borrow.
pub struct Leaf<T, H = ()> {
    left: Cell<usize>,
    address: Cell<usize>,
    value: RefCell<Option<T>>,
    _held: H,
    tracked: D,
    _pinned: PhantomPinned,
}

impl<T, H> Leaf<T, H> {
    /// A leaf that is pending so many times, and holds something until it is dropped.
    pub(crate) fn holding(name: impl Into<String>, pending: usize, value: T, held: H) -> Self {
        Leaf {
            left: Cell::new(pending),
            address: Cell::new(0),
            value: RefCell::new(Some(value)),
            _held: held,
            tracked: D::silent(format!("leaf {}", name.into())),
            _pinned: PhantomPinned,
        }
    }
}

impl<T, H> Future for Leaf<T, H> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let name = self.tracked.name();
        let address = &raw const *self as usize;
        let first = self.address.replace(address);
        let moved = if first != 0 && first != address { " MOVED" } else { "" };
        trace::log(format!("poll {name}{moved}"));
        inject::on_tick();
        if FROZEN.get() {
            return Poll::Pending;
        }
        match self.left.get() {
            0 => Poll::Ready(self.value.take().expect("a leaf is not polled after completion")),
            left => {
                self.left.set(left - 1);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// While frozen, every poll of a leaf is spurious: it stays pending and wakes nobody.
pub(crate) fn freeze(frozen: bool) {
    FROZEN.set(frozen);
}

/// Pending once.
pub fn pause(name: &str) -> Leaf<()> {
    pauses(name, 1)
}

/// Pending so many times.
pub fn pauses(name: &str, pending: usize) -> Leaf<()> {
    Leaf::holding(name, pending, (), ())
}

/// Pending once, then ready with the value.
pub fn value<T>(name: &str, value: T) -> Leaf<T> {
    Leaf::holding(name, 1, value, ())
}

/// Ready at its first poll.
pub fn ready<T>(name: &str, value: T) -> Leaf<T> {
    Leaf::holding(name, 0, value, ())
}

/// Pending once, then `Ok`.
pub fn success<T>(name: &str, value: T) -> Leaf<Result<T, String>> {
    Leaf::holding(name, 1, Ok(value), ())
}

/// Pending once, then `Err`.
pub fn failing<T>(name: &str) -> Leaf<Result<T, String>> {
    Leaf::holding(name, 1, Err(format!("{name} failed")), ())
}

/// Pending once, then `Some`.
pub fn some<T>(name: &str, value: T) -> Leaf<Option<T>> {
    Leaf::holding(name, 1, Some(value), ())
}

/// Pending once, then `None`.
pub fn missing<T>(name: &str) -> Leaf<Option<T>> {
    Leaf::holding(name, 1, None, ())
}
