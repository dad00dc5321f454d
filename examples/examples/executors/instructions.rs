//! Instructions per operation, counted by callgrind: nearly the same in every run, whatever else the machine does.
//!
//! Each contender carries out N operations and then 3N; half of the difference is what N cost, without start-up and exit.

use std::process::Command;

use super::Row;

/// Prints a Markdown table; a line that says so where there is no valgrind.
pub(crate) fn print_table(rows: &[Row]) {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return;
    }
    println!("| row | executor | instructions/op | ours, where this is 1 |");
    println!("|---|---|---:|---:|");
    for row in rows {
        let mut ours = None;
        for contender in row.contenders {
            // A fraction of what is timed: callgrind is some fifty times slower.
            let operations = row.operations / 10;
            let more = count(row.name, contender.name, 3 * operations);
            let cost = (more - count(row.name, contender.name, operations)) as f64 / (2 * operations) as f64;
            let ours = *ours.get_or_insert(cost);
            println!("| {} | {} | {cost:.1} | {:.2} |", row.name, contender.name, ours / cost);
        }
    }
}

/// All instructions of a run of this very program that carries out so many operations.
fn count(row: &str, contender: &str, operations: u64) -> u64 {
    let program = std::env::current_exe().expect("a running program knows where it is");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["one", row, contender, &operations.to_string()])
        .output()
        .expect("valgrind has been seen to run");
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    match collected.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if output.status.success() => count,
        _ => panic!("callgrind counted nothing:\n{report}"),
    }
}
