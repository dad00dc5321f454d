//! A key-value server for a protocol of lines, and clients that check its answers.
//!
//! | request | answer |
//! |---|---|
//! | `GET key` | `VALUE value`, or `MISSING` |
//! | `SET key value` | `STORED`, or `REPLACED old value` |
//! | `DEL key` | `DELETED value`, or `MISSING` |
//! | anything else | `ERROR not a request` |
//!
//! [`protocol`] says what a line means, [`tasks`] holds every async function (compiled twice, natively and
//! desugared), and [`workload`] draws requests together with the answers that a plain map gives to them.

pub mod protocol;
pub mod tasks;
pub mod workload;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What the server remembers.
pub type Map = HashMap<String, String>;

/// The map as all connections of one server share it.
pub type Store = Arc<Mutex<Map>>;
