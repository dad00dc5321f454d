//! A channel that holds one value, between tasks of one thread.
//!
//! ```
//! let pool = desugar::LocalPool::new();
//! let (sender, mut receiver) = desugar::slot::channel();
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
//! Each end keeps its waker for the next time, so that waiting again costs nothing.

use std::{
    cell::{Cell, RefCell},
    error::Error,
    fmt,
    future::poll_fn,
    rc::Rc,
    task::{Context, Poll, Waker},
};

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
    waker: RefCell<Option<Waker>>,
}

impl End {
    #[inline]
    fn wait(&self, cx: &mut Context<'_>) {
        self.waits.set(true);
        let mut waker = self.waker.borrow_mut();
        if waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
            let before = waker.replace(cx.waker().clone());
            drop((waker, before));
        }
    }

    #[inline]
    fn wake(&self) {
        if self.waits.replace(false) {
            // The waker may do anything to this channel, but wait.
            let waker = self.waker.borrow();
            waker.as_ref().expect("what waits has a waker").wake_by_ref();
        }
    }

    fn leave(&self, other: &End) {
        self.gone.set(true);
        self.waits.set(false);
        drop(self.waker.take());
        other.wake();
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
    /// # Errors
    /// If the receiver is gone, or goes before there is room.
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        let mut value = Some(value);
        poll_fn(|cx| {
            let Shared { value: slot, sender, receiver } = &*self.shared;
            let mine = value.take().expect("not polled again after it was ready");
            if receiver.gone.get() {
                return Poll::Ready(Err(SendError(mine)));
            }
            if let Some(other) = slot.take() {
                slot.set(Some(other));
                value = Some(mine);
                sender.wait(cx);
                return Poll::Pending;
            }
            slot.set(Some(mine));
            receiver.wake();
            Poll::Ready(Ok(()))
        })
        .await
    }
}

impl<T> Receiver<T> {
    /// Waits for a value. `None` if the sender is gone, and nothing is left.
    pub async fn receive(&mut self) -> Option<T> {
        poll_fn(|cx| {
            let Shared { value, sender, receiver } = &*self.shared;
            if let Some(value) = value.take() {
                sender.wake();
                return Poll::Ready(Some(value));
            }
            if sender.gone.get() {
                return Poll::Ready(None);
            }
            receiver.wait(cx);
            Poll::Pending
        })
        .await
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
