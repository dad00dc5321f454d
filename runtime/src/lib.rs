//! An `async fn` as the state machine an expert would write by hand, and a small runtime that polls it.
//!
//! - [`desugar`](macro@desugar) and [`block!`] make futures.
//! - [`block_on`] polls one on this thread, a [`LocalPool`] any number of them, a [`ThreadPool`] on several threads;
//!   [`sim`] in simulated time. [`time`] has what sleeps.
//! - [`join`], [`select`], [`yield_now`] and [`slot`] are what small programs need to put together.
//! - [`waker`] tells what wakers are, and has five ways to make one.
//!
//! # Features
//! - `std`, on by default. Without it there are the macros and what they need, [`join()`], [`select()`], [`yield_now`] and
//!   [`waker::WakeFlag`], whose `block_on` waits as you tell it. That works without an operating system or an allocator.
//! - `futures`: the pools implement `Spawn` and `LocalSpawn` of the crate `futures`.

#![cfg_attr(not(feature = "std"), no_std)]

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
#[cfg(feature = "std")]
mod block_on;
mod both;
#[cfg(feature = "std")]
mod clock;
#[cfg(feature = "std")]
mod current;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "futures")]
mod futures;
#[cfg(feature = "std")]
mod handle;
mod inspect;
#[cfg(feature = "std")]
mod local;
#[cfg(feature = "std")]
mod pool;
#[cfg(feature = "std")]
mod raw;
#[cfg(feature = "std")]
mod refs;
#[cfg(feature = "std")]
mod remote;
#[cfg(feature = "std")]
pub mod sim;
#[cfg(feature = "std")]
mod sleeper;
#[cfg(feature = "std")]
pub mod slot;
#[cfg(feature = "std")]
mod stage;
#[cfg(feature = "std")]
mod sync;
#[cfg(feature = "std")]
pub mod time;
pub mod waker;
mod yield_now;

#[cfg(feature = "std")]
pub use block_on::block_on;
pub use both::{Either, join, select};
pub use desugar_macro::{block, desugar};
#[cfg(feature = "std")]
pub use error::TaskError;
pub use inspect::{Inspect, Report, State};
#[cfg(feature = "std")]
pub use local::{Handle, LocalPool, Spawner};
#[cfg(feature = "std")]
pub use pool::{ThreadHandle, ThreadPool, ThreadSpawner};
pub use yield_now::{YieldNow, yield_now};
