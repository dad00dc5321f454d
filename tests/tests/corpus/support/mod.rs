//! Small in-memory stand-ins for what applications talk to, shared by both versions of a body.
//!
//! What they do leaves remarks in the trace; most of them are pending once before they answer; what is dropped visibly
//! holds a `D`. All of them may be sent to another thread, except the peripherals in `hal`.

#[macro_use]
pub mod log;
pub mod db;
pub mod disk;
pub mod hal;
pub mod http;
pub mod net;
pub mod report;
pub mod streams;
pub mod sync;
pub mod time;

pub use desugar_tests::*;

/// The future, if it could be spawned: `Send`, and borrowing nothing.
pub fn spawned<F: Future<Output: Send> + Send + 'static>(future: F) -> F {
    future
}

/// The future, if what awaits it could be spawned: `Send`.
pub fn sendable<F: Future<Output: Send> + Send>(future: F) -> F {
    future
}
