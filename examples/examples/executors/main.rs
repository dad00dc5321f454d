//! Our executors beside those that people use, doing the same: one row for each thing that executors do.
//!
//! - `cargo run --release --example executors`: times of all, side by side
//! - `cargo run --release --example executors -- instructions`: instructions per operation, counted by callgrind
//! - `executors one <row> <executor> <operations>`: carries out one, for callgrind or perf to look at
//!
//! What is polled is the same code for all: the futures here, and the slot channel, work with any executor.

mod instructions;
mod rows;
mod time;

use std::process::ExitCode;

/// One thing that executors do.
pub(crate) struct Row {
    name: &'static str,
    /// So many operations are measured at once.
    operations: u64,
    /// Several threads do it.
    threads: bool,
    /// Our executor is the first.
    contenders: &'static [Contender],
}

/// One executor that does it.
pub(crate) struct Contender {
    name: &'static str,
    /// Carries out so many operations, at least.
    run: fn(u64),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => time::print_table(&rows::ALL, None),
        ["only", row] => time::print_table(&rows::ALL, Some(row)),
        ["instructions"] => instructions::print_table(&rows::ALL),
        ["one", row, contender, operations] => {
            let row = rows::ALL.iter().find(|other| other.name == row);
            let contender = row.and_then(|row| row.contenders.iter().find(|other| other.name == contender));
            match (contender, operations.parse()) {
                (Some(contender), Ok(operations)) => (contender.run)(operations),
                _ => return usage(),
            }
        }
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: executors [only <row> | instructions | one <row> <executor> <operations>]");
    for row in &rows::ALL {
        let names: Vec<_> = row.contenders.iter().map(|contender| contender.name).collect();
        eprintln!("  {}: {}", row.name, names.join(", "));
    }
    ExitCode::FAILURE
}
