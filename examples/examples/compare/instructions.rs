//! Instructions per operation, counted by callgrind: the same in every run, whatever else the machine does.
//!
//! Each version runs for N rounds and for 2N; the difference is what N rounds cost, without start-up and exit.

use desugar_examples::callgrind;

use super::Compared;

/// A multiple of every period in the arguments: `retry` repeats after 4 calls, `branch` after 3.
const ROUNDS: u64 = 24_000;

/// What is counted: a copy loop, sequences, loops that branch, a chain of `?`, wrappers, and two tasks that take turns.
const COUNTED: [&str; 9] = ["copy", "chain", "nested", "retry", "branch", "three", "question", "wrappers", "ping_pong"];

/// Prints a Markdown table, one line for each function; a line that says so where there is no valgrind.
pub(crate) fn print_table(functions: &[Compared]) {
    if !callgrind::is_there() {
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
    let count = |rounds: u64| callgrind::count(&["one", name, version, &rounds.to_string()]);
    (count(2 * ROUNDS) - count(ROUNDS)) as f64 / ROUNDS as f64
}
