//! The corpus: what users of tokio, hyper, axum, sqlx, tower, embassy and the like write, native and desugared.
//!
//! One module per domain. Its functions are written as applications write them, on the in-memory stand-ins of `support`.

#![allow(
    unused,
    unreachable_pub,
    clippy::all,
    reason = "applications write `pub`; bodies show behaviour, in both copies"
)]

#[macro_use]
mod support;

mod actor;
mod auth;
mod billing;
mod blocks;
mod cache;
mod client;
mod codec;
mod database;
mod embedded;
mod files;
mod game;
mod iot;
mod jobs;
mod joins;
mod locks;
mod ops;
mod parsers;
mod pool;
mod protocols;
mod proxy;
mod pubsub;
mod redis;
mod resilience;
mod saga;
mod select;
mod server;
mod services;
mod streams;
mod tracing;
mod traits;
