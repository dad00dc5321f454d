//! A channel that holds one value, between tasks of one thread.
//!
//! ```
//! let pool = desugar::LocalPool::new();
//! let (mut sender, mut receiver) = desugar::slot::channel();
//! pool.spawn(async move {
//!     for number in 1..=3 {
//!         sender.send(number).await.unwrap();
//!     }
//! }).detach();
//! let sum = pool.run_until(async move {
//!     let mut sum = 0;
//!     while let Some(number) = receiver.receive().await {
//!         sum += number;
//!     }
//!     sum
//! });
//! assert_eq!(sum, 6);
//! ```
//!
//! Each end keeps its waker for the next time, so that waiting again costs nothing. If the waker of the other end panics when
//! it is called, that goes on to who sends or receives, and the value is in the channel.

use std::{
    cell::Cell,
    error::Error,
    fmt,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use crate::stage::shielded;

struct Shared<T> {
    value: Cell<Option<T>>,
    sender: End,
    receiver: End,
}

/// What is known of one end.
#[derive(Default)]
struct End {
    gone: Cell<bool>,
    /// The end waits for the other one.
    waits: Cell<bool>,
    /// The last waker it waited with.
    waker: Cell<Option<Waker>>,
}

impl End {
    /// Looks whether it can go on, and waits for the other end if it cannot.
    #[inline(always)]
    fn poll<T>(&self, cx: &mut Context<'_>, mut look: impl FnMut() -> Poll<T>) -> Poll<T> {
        let seen = look();
        if seen.is_ready() {
            return seen;
        }
        let before = self.waker.take();
        if before.as_ref().is_some_and(|before| before.will_wake(cx.waker())) {
            self.waker.set(before);
            self.waits.set(true);
            return seen;
        }
        self.waker.set(Some(cx.waker().clone()));
        self.waits.set(true);
        // Only now: a waker's `clone` and `drop` may do anything, and use the other end. So look again, too.
        shielded(|| drop(before));
        look()
    }

    #[inline]
    fn wake(&self) {
        if self.waits.get() {
            self.wake_waiting();
        }
    }

    #[inline]
    fn wake_waiting(&self) {
        self.waits.set(false);
        // While it is called, which may do anything to this channel, the waker is not there; so it is put back only if
        // there is no other, and this end is still there. To drop it may do anything, too.
        if let Some(waker) = self.waker.take() {
            waker.wake_by_ref();
            match self.waker.take() {
                None if !self.gone.get() => self.waker.set(Some(waker)),
                other => {
                    self.waker.set(other);
                    drop(waker);
                }
            }
        }
    }

    fn leave(&self, other: &End) {
        self.gone.set(true);
        self.waits.set(false);
        let waker = self.waker.take();
        shielded(|| other.wake());
        shielded(|| drop(waker));
    }
}

/// A channel with room for one value.
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Rc::new(Shared { value: Cell::new(None), sender: End::default(), receiver: End::default() });
    (Sender { shared: Rc::clone(&shared) }, Receiver { shared })
}

/// The end that values go in.
pub struct Sender<T> {
    shared: Rc<Shared<T>>,
}

/// The end that values come out of.
pub struct Receiver<T> {
    shared: Rc<Shared<T>>,
}

/// The receiver is gone; here is the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

impl<T> Sender<T> {
    /// Waits until there is room, and puts the value in. Dropped before, the value is dropped.
    ///
    /// Ready with an error if the receiver is gone, or goes before there is room.
    ///
    /// # Panics
    /// When polled after it was ready.
    pub fn send(&mut self, value: T) -> Sending<'_, T> {
        Sending { shared: &self.shared, value: Some(value) }
    }
}

impl<T> Receiver<T> {
    /// Waits for a value. `None` if the sender is gone, and nothing is left. Polled after it was ready, it waits for the next.
    pub fn receive(&mut self) -> Receiving<'_, T> {
        Receiving { shared: &self.shared }
    }
}

/// What [`Sender::send`] returns.
#[must_use = "a future does nothing until it is awaited"]
pub struct Sending<'a, T> {
    shared: &'a Shared<T>,
    value: Option<T>,
}

/// What [`Receiver::receive`] returns.
#[must_use = "a future does nothing until it is awaited"]
pub struct Receiving<'a, T> {
    shared: &'a Shared<T>,
}

/// The value is not pinned.
impl<T> Unpin for Sending<'_, T> {}

impl<T> Future for Sending<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Shared { value, sender, receiver } = self.shared;
        sender.poll(cx, || {
            let mine = self.value.take().expect("`send` was polled after it was ready");
            if receiver.gone.get() {
                return Poll::Ready(Err(SendError(mine)));
            }
            if let Some(before) = value.take() {
                value.set(Some(before));
                self.value = Some(mine);
                return Poll::Pending;
            }
            value.set(Some(mine));
            receiver.wake();
            Poll::Ready(Ok(()))
        })
    }
}

impl<T> Future for Receiving<'_, T> {
    type Output = Option<T>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Shared { value, sender, receiver } = self.shared;
        receiver.poll(cx, || match value.take() {
            Some(taken) => {
                // Not `shielded`, which takes a sixth of the time that sending and receiving do.
                let mut kept = Kept { value: Some(taken), channel: value };
                sender.wake();
                Poll::Ready(kept.value.take())
            }
            None if sender.gone.get() => Poll::Ready(None),
            None => Poll::Pending,
        })
    }
}

/// A value on its way out. Should a waker panic meanwhile, it goes back, if there is room: a waker that has sent another, and
/// then panics, replaces it.
struct Kept<'a, T> {
    value: Option<T>,
    channel: &'a Cell<Option<T>>,
}

impl<T> Drop for Kept<'_, T> {
    fn drop(&mut self) {
        if self.value.is_some() {
            let newer = self.channel.take();
            self.channel.set(newer.or(self.value.take()));
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.sender.leave(&self.shared.receiver);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let value = self.shared.value.take();
        self.shared.receiver.leave(&self.shared.sender);
        drop(value);
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receiver is gone")
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> Error for SendError<T> {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver")
    }
}
