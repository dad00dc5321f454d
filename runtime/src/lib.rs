//! An `async fn` as the state machine an expert would write by hand, and a small runtime that polls it.

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
mod block_on;
mod inspect;

pub use block_on::block_on;
pub use desugar_macro::{block, desugar};
pub use inspect::{Inspect, State};
