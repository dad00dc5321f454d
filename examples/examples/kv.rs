//! Runs the key-value server of `src/kv` under 10,000 requests, first native and then desugared.
//!
//! `cargo run --release --example kv`

use std::future::Future;
use std::io;
use std::time::Instant;

use desugar_examples::kv::tasks::{Limits, Outcome, desugared, native};
use desugar_examples::kv::workload::Workload;
use tokio::runtime::Runtime;

const CLIENTS: usize = 8;
const REQUESTS: usize = 10_000;

/// Runs the workload, prints a line about it, and returns what came out.
fn run(runtime: &Runtime, name: &str, exercise: impl Future<Output = io::Result<Outcome>>) -> io::Result<Outcome> {
    let size = size_of_val(&exercise);
    let started = Instant::now();
    let outcome = runtime.block_on(exercise)?;
    let milliseconds = started.elapsed().as_millis();
    let lines = outcome.served.lines;
    println!(
        "{name}: {lines} requests answered as expected in {milliseconds} ms; the outermost future is {size} bytes"
    );
    Ok(outcome)
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let workload = Workload::generate(1, CLIENTS, REQUESTS);
    let limits = Limits::default();
    let native = run(&runtime, "native   ", native::exercise(workload.scripts.clone(), limits))?;
    let desugared = run(&runtime, "desugared", desugared::exercise(workload.scripts.clone(), limits))?;
    assert_eq!(native, desugared);
    assert_eq!(desugared.map, workload.map);
    println!("the same answers over {CLIENTS} connections, and the same {} keys in the end", workload.map.len());
    Ok(())
}
