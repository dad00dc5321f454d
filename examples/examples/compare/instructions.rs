//! Instructions per operation, counted by callgrind: the same in every run, whatever else the machine does.
//!
//! Each version runs for N rounds and for 2N; the difference is what N rounds cost, without start-up and exit.

use std::process::Command;

use super::Compared;

/// A multiple of every period in the arguments: `retry` repeats after 4 calls, `branch` after 3.
const ROUNDS: u64 = 24_000;

/// What is counted: a copy loop, sequences, loops that branch, a chain of `?`, wrappers, and two tasks that take turns.
const COUNTED: [&str; 9] = ["copy", "chain", "nested", "retry", "branch", "three", "question", "wrappers", "ping_pong"];

/// Prints a Markdown table, one line for each function; a line that says so where there is no valgrind.
pub(crate) fn print_table(functions: &[Compared]) {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return;
    }
    println!("| function | instructions/op native | desugared | hand | / native |");
    println!("|---|---:|---:|---:|---:|");
    for Compared { name, hand, .. } in functions.iter().filter(|compared| COUNTED.contains(&compared.name)) {
        let (native, desugared) = (per_operation(name, "native"), per_operation(name, "desugared"));
        let hand = hand.as_ref().map_or("–".to_owned(), |_| format!("{:.1}", per_operation(name, "hand")));
        println!("| {name} | {native:.1} | {desugared:.1} | {hand} | {:.2} |", desugared / native);
    }
}

fn per_operation(name: &str, version: &str) -> f64 {
    let twice = count(name, version, 2 * ROUNDS);
    (twice - count(name, version, ROUNDS)) as f64 / ROUNDS as f64
}

/// All instructions of a run of this very program that carries out so many rounds of one version.
fn count(name: &str, version: &str, rounds: u64) -> u64 {
    let program = std::env::current_exe().expect("a running program knows where it is");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["one", name, version, &rounds.to_string()])
        .output()
        .expect("valgrind has been seen to run");
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    match collected.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if output.status.success() => count,
        _ => panic!("callgrind counted nothing:\n{report}"),
    }
}
