//! An `async fn` as the state machine an expert would write by hand, and a small runtime that polls it.

pub use desugar_macro::desugar;
