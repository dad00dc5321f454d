//! `LocalPool`.

mod bad_use;
mod dropping;
mod handles;
mod order;
mod panics;
mod threads;
mod wakes;
