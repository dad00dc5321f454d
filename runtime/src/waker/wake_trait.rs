//! The second way: [`Wake`](std::task::Wake) for what is in an `Arc`.
//!
//! std has written the table of [the first way](super::by_hand) for every `Arc<W>` with `W: Wake + Send + Sync + 'static`:
//! `clone` and `drop` count as `Arc` does, `wake` calls [`Wake::wake`](std::task::Wake::wake). No `unsafe`, and nothing to get
//! wrong; what it costs is that there must be an `Arc`, and that its count is always atomic.
//!
//! `wake_by_ref` clones the `Arc` and calls `wake`, unless you write it: do so if waking needs no reference of its own.
//!
//! ```
//! use std::{
//!     pin::pin,
//!     sync::Arc,
//!     task::{Context, Poll, Wake, Waker},
//!     thread::{self, Thread},
//! };
//!
//! /// Unparks the thread that polls. All that an executor for one future needs.
//! struct Unpark(Thread);
//!
//! impl Wake for Unpark {
//!     fn wake(self: Arc<Self>) {
//!         self.wake_by_ref();
//!     }
//!
//!     fn wake_by_ref(self: &Arc<Self>) {
//!         self.0.unpark();
//!     }
//! }
//!
//! fn run<F: Future>(future: F) -> F::Output {
//!     let waker = Waker::from(Arc::new(Unpark(thread::current())));
//!     let mut future = pin!(future);
//!     loop {
//!         match future.as_mut().poll(&mut Context::from_waker(&waker)) {
//!             Poll::Ready(output) => return output,
//!             // The token of `park` is kept if `unpark` comes first. But it is the thread's, not ours: the future may take
//!             // it, and then this sleeps forever. `block_on` has a flag of its own instead.
//!             Poll::Pending => thread::park(),
//!         }
//!     }
//! }
//!
//! let mut rounds = 3;
//! let polled = run(std::future::poll_fn(|cx| {
//!     rounds -= 1;
//!     if rounds == 0 {
//!         return Poll::Ready("ready");
//!     }
//!     let waker = cx.waker().clone();
//!     thread::spawn(move || waker.wake());
//!     Poll::Pending
//! }));
//! assert_eq!(polled, "ready");
//! ```
