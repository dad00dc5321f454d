//! Runs programs that nobody wrote by hand, each natively and desugared, and says which differ.
//!
//! `cargo run --release -p desugar-tests --example programs -- [--count 300] [--first 0] [--numbers 7,9]`
//!     `[--per-crate 300] [--shrink] [--print] [--known] [--edition 2021] [--folder target/programs]`
//!
//! The programs are numbered: the same number is the same program. They are written into a crate, as many as
//! `--per-crate` says, which is built and run; what differs, and what does not compile, is left in the folder `found`,
//! each with its program. `--shrink` looks for a smaller program that differs, or does not compile, in the same way.
//! `--known` puts in what the README says to differ. `--print` shows the programs, and runs none.

mod arguments;
mod batch;
mod build;
mod report;
mod shrink;

use std::io;
use std::process::ExitCode;

use arguments::Arguments;
use batch::{Batch, Case};
use report::Report;

fn main() -> ExitCode {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else {
        eprintln!("{}", arguments::USAGE);
        return ExitCode::FAILURE;
    };
    match run(&arguments) {
        Ok(report) if report.is_clean() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<Report> {
    let mut report = Report::default();
    if arguments.print {
        for number in arguments.programs() {
            println!("// {number}\n{}", desugar_programs::program(number, &arguments.options()).text);
        }
        return Ok(report);
    }
    let mut done = 0;
    for numbers in arguments.programs().chunks(arguments.per_crate) {
        done += numbers.len();
        let cases = numbers.iter().map(|&number| Case::numbered(number, &arguments.options())).collect();
        let outcomes = Batch::new(&arguments.folder, "all", &arguments.edition)?.run(cases)?;
        for (case, outcome) in outcomes {
            report.add(&arguments.folder, &case, &outcome)?;
            if arguments.shrink && report.is_first_of_its_kind(&outcome) {
                let (small, outcome) = shrink::shrink(arguments, case, outcome)?;
                report.add_small(&arguments.folder, &small, &outcome)?;
            }
        }
        report.print_line(done);
    }
    report.print();
    Ok(report)
}
