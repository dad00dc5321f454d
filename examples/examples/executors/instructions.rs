//! Instructions per operation, counted by callgrind: nearly the same in every run, whatever else the machine does.
//!
//! Each contender carries out N operations and then 3N; half of the difference is what N cost, without start-up and exit.

use desugar_examples::callgrind;

use super::Row;

/// Prints a Markdown table; a line that says so where there is no valgrind.
pub(crate) fn print_table(rows: &[Row]) {
    if !callgrind::is_there() {
        return;
    }
    println!("| row | executor | instructions/op | ours, where this is 1 |");
    println!("|---|---|---:|---:|");
    for row in rows {
        let mut ours = None;
        for contender in row.contenders {
            // A fraction of what is timed: callgrind is some fifty times slower.
            let operations = row.operations / 10;
            let count = |operations: u64| callgrind::count(&["one", row.name, contender.name, &operations.to_string()]);
            let cost = (count(3 * operations) - count(operations)) as f64 / (2 * operations) as f64;
            let ours = *ours.get_or_insert(cost);
            println!("| {} | {} | {cost:.1} | {:.2} |", row.name, contender.name, ours / cost);
        }
    }
}
