//! What is refused, and how errors read.
//!
//! - `refused/`: one program per refusal of `macro/src/refusal.rs`, named after it.
//! - `mistakes/`: what people get wrong in any async function. Beside each stands what the compiler says when the
//!   attribute is taken off (`.native.txt`), and in its first line whether the two say the same.
//! - `budget/`: futures that are larger than their `max_size`, which only building a program tells.
//! - `accepted/`: programs that compile without a warning, natively and desugared.
//! - `wrongly_refused/`: programs that compile natively and should desugared: what is known to be missing. One that
//!   begins to compile fails its test, and moves to `accepted/`.
//!
//! Errors quote the compiler, so all this belongs to one version of it. `TRYBUILD=overwrite` blesses.

#[path = "ui/natively.rs"]
mod natively;
#[path = "ui/table.rs"]
mod table;

#[rustversion::all(since(1.95), before(1.96))]
#[test]
fn errors_read_as_written_down() {
    let t = trybuild::TestCases::new();
    t.compile_fail("tests/refused/*.rs");
    t.compile_fail("tests/mistakes/*.rs");
    t.compile_fail("tests/wrongly_refused/*.rs");
    t.compile_fail("tests/budget/*.rs");
    t.pass("tests/accepted/*.rs");
}

#[rustversion::not(all(since(1.95), before(1.96)))]
#[test]
fn errors_read_as_written_down() {
    use std::io::Write;

    // Not `println`, which the test harness keeps to itself.
    writeln!(std::io::stderr(), "skipped: the texts of ui-tests are those of Rust 1.95").unwrap();
}
