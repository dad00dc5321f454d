//! Counts instructions: nearly the same in every run, whatever else the machine does. Needs valgrind.

use std::process::Command;

/// Whether valgrind is installed. If it is not, prints a line that says so.
pub fn is_there() -> bool {
    let found = Command::new("valgrind").arg("--version").output().is_ok();
    if !found {
        println!("skipped: valgrind is not installed");
    }
    found
}

/// All instructions of a run of this very program with these arguments.
pub fn count(arguments: &[&str]) -> u64 {
    let program = std::env::current_exe().expect("a running program knows where it is");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .expect("valgrind has been seen to run");
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    match collected.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) if output.status.success() => count,
        _ => panic!("callgrind counted nothing:\n{report}"),
    }
}
