//! Programs that nobody wrote by hand: a fixed set of those that `desugar_programs` makes. As many more as you like are
//! run by `cargo run --release -p desugar-tests --example programs -- --count 3000`.

#![allow(warnings, clippy::all, reason = "the programs are written by a machine")]

use desugar_tests::vocabulary::*;
use desugar_tests::*;

include!(concat!(env!("OUT_DIR"), "/programs.rs"));
