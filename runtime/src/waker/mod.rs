//! Wakers, five ways: what a [`Waker`] is, why it is as it is, and the five ways to come by one.
//!
//! # The story
//! A future that is polled and has nothing to give returns `Pending`, and has to see to it that it is polled again, later,
//! when there is something. What it can do for that is in the `Context`: a [`Waker`]. It keeps a clone wherever the event
//! will come from (a socket's table, a timer's heap, another thread), and returns. Whoever sees the event calls
//! [`wake`](core::task::Waker::wake). What that does is up to the executor that made the waker: put a task in a queue, unpark a thread,
//! set a flag.
//!
//! So a waker is a function that can be cloned, sent anywhere, called from anywhere. Why then is it not an
//! `Arc<dyn Fn() + Send + Sync>`?
//!
//! - An `Arc` is memory from an allocator. On a microcontroller there may be none, and a flag in a `static` is enough.
//! - An executor has an allocation already, that of the task. The waker can be a reference to it, counted there; another
//!   one around it would be a second allocation for each task, and a second count.
//! - The pointer to a `dyn Fn()` takes two words: the object, and a table of the functions made for its type. A waker takes
//!   two as well, and says what is in them: [`RawWaker`](std::task::RawWaker) is any pointer, and a table of four
//!   functions written by whoever makes it. It is a trait object by hand, so that the pointer may be anything: counted,
//!   static, an index, nothing.
//! - `wake` by value, which uses the waker up, can hand its reference over to the queue. An `Fn()` only lends.
//!
//! The price is `unsafe`, once, where the table is written. Whoever has an `Arc` at hand need not pay it: std has written
//! the table for [`Arc<impl Wake>`](std::task::Wake).
//!
//! # The five ways
//! | | allocates | `unsafe` | for |
//! |---|---|---|---|
//! | [`by_hand`]: the table of four functions | as you like | yes | executors that count references in their tasks |
//! | [`wake_trait`]: `Wake` for what is in an `Arc` | the `Arc` | no | executors that have an `Arc` for each task |
//! | [`closure`]: [`waker_fn`] | twice | no | tests, and glue between an executor and other events |
//! | [`noop`]: `Waker::noop` | no | no | polling by hand, where somebody polls again anyway |
//! | [`flag`]: a [`WakeFlag`] in a `static` | no | no | one future on a microcontroller |
//!
//! They are the same thing, five times: `noop` is a table of four functions that do nothing; a `WakeFlag` one in which
//! only `wake` does anything; `Wake` one in which `clone` and `drop` count as `Arc` does; `waker_fn` that, with a closure in
//! the `Arc`; and by hand you write what the others have written.
//!
//! # What all of them must do
//! - Work from any thread, at any time: before the poll has returned, after the future is ready, after the executor is
//!   gone. A waker is `Send` and `Sync`, and nobody has to drop it in time.
//! - Lead to a poll that *begins* after the wake, however many wakes there are; and let that poll see what was written
//!   before the wake.
//! - Not poll from within `wake`: whoever wakes may hold a lock that the future wants.
//!
//! [`Waker`]: core::task::Waker

pub mod by_hand;
#[cfg(feature = "std")]
pub mod closure;
pub mod flag;
pub mod noop;
#[cfg(feature = "std")]
pub mod wake_trait;

#[cfg(feature = "std")]
pub use closure::waker_fn;
pub use flag::WakeFlag;
