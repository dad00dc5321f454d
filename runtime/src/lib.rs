//! An `async fn` as the state machine an expert would write by hand, and a small runtime that polls it.

mod block_on;

pub use block_on::block_on;
pub use desugar_macro::desugar;
