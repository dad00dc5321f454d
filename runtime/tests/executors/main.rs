//! The pools, the clocks, and what they poll: one test for each thing that can happen, and for each of the fifteen
//! invariants, of which the remarks give the numbers (ARCHITECTURE.md has the list).
//!
//! `local` is `LocalPool` · `pool` is `ThreadPool` · `time` and `sim` are clocks · `parts` is what is awaited in examples.
//! Where something broken would hang, the test runs under [`or_hang`]. No outcome depends on how long anything takes.
//! A remark `Fails without ..` means that this was taken out once, and the test seen to fail.

mod chaos;
mod local;
mod odd_wakers;
mod parts;
mod pool;
mod sim;
mod support;
mod time;
mod wakers;
