//! The fourth way: [`Waker::noop`](core::task::Waker::noop), whose wakes do nothing.
//!
//! It is the table of [the first way](super::by_hand) with nothing in the four functions, and no pointer. It is in `core`,
//! and is what a `Context` needs if somebody polls again in any case: a loop that polls without a pause, a test that looks
//! at each poll, a game that polls once per frame.
//!
//! ```
//! use std::{pin::pin, task::{Context, Poll, Waker}};
//!
//! let mut future = pin!(async {
//!     desugar::yield_now().await;
//!     "ready"
//! });
//! let mut cx = Context::from_waker(Waker::noop());
//! assert_eq!(future.as_mut().poll(&mut cx), Poll::Pending);
//! assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready("ready"));
//! ```
//!
//! The future must not rely on being woken *by itself*: with this waker its wakes are lost, and who sleeps until there is
//! one sleeps forever.
