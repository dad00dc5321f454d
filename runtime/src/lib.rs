//! An `async fn` as the state machine an expert would write by hand, and a small runtime that polls it.

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
mod block_on;
mod both;
mod clock;
mod current;
mod error;
mod inspect;
mod local;
mod refs;
mod remote;
pub mod sim;
mod sleeper;
pub mod slot;
mod stage;
mod sync;
pub mod time;
mod yield_now;

pub use block_on::block_on;
pub use both::{Either, join, select};
pub use desugar_macro::{block, desugar};
pub use error::TaskError;
pub use inspect::{Inspect, State};
pub use local::{Handle, LocalPool, Spawner};
pub use yield_now::{YieldNow, yield_now};
