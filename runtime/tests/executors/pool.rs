//! `ThreadPool`. The numbers are those of the invariants, as elsewhere.

mod dropping;
mod stress;
mod tasks;
mod waiting;
