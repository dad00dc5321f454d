//! Puts `#[desugar]` on every `async fn` of a crate, in a copy, and says which compile and why the others do not.
//!
//! `cargo run --release --example survey -- <folder> [--keep <folder>] [--json <file>] [arguments of cargo check..]`
//!
//! The folder is a package or a workspace; as unpacked by cargo from a registry is fine. `--keep` says where to make
//! the copy, and leaves it there with the attribute on all functions that compile, for `cargo test` or `cargo expand`.

mod check;
mod functions;
mod reason;
mod report;
mod survey;
mod tree;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use check::Cargo;
use report::Report;
use survey::{Outcome, Survey};
use tree::{Mark, Tree};

struct Arguments {
    from: PathBuf,
    keep: Option<PathBuf>,
    json: Option<PathBuf>,
    cargo: Vec<OsString>,
}

fn parse_arguments(mut arguments: impl Iterator<Item = OsString>) -> Option<Arguments> {
    let from = arguments.next().filter(|from| !from.to_string_lossy().starts_with('-'))?;
    let mut parsed = Arguments { from: from.into(), keep: None, json: None, cargo: Vec::new() };
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--keep") => parsed.keep = Some(arguments.next()?.into()),
            Some("--json") => parsed.json = Some(arguments.next()?.into()),
            _ => parsed.cargo.push(argument),
        }
    }
    Some(parsed)
}

fn main() -> ExitCode {
    let Some(arguments) = parse_arguments(std::env::args_os().skip(1)) else {
        eprintln!("usage: survey <folder> [--keep <folder>] [--json <file>] [arguments of cargo check..]");
        return ExitCode::FAILURE;
    };
    run(arguments).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn run(arguments: Arguments) -> io::Result<ExitCode> {
    let temporary = tempfile::tempdir()?;
    let root = arguments.keep.as_deref().unwrap_or(temporary.path());
    if root.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(io::Error::other(format!("{} is not empty", root.display())));
    }
    let desugar = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("runtime");
    let mut tree = Tree::copy(&arguments.from, root, &desugar)?;
    let cargo = Cargo { root: tree.root.clone(), arguments: arguments.cargo };
    let count = tree.functions.len();
    let mut survey = Survey {
        tree: &mut tree,
        cargo: &cargo,
        marks: vec![Mark::Blank; count],
        outcomes: vec![Outcome::NotBuilt; count],
        last_culprit: 0,
    };
    for package in 0..survey.tree.packages.len() {
        if let Some(error) = survey.baseline(package)?.first() {
            println!("{} does not compile as it is:\n{}", survey.tree.packages[package].name, error.rendered);
            return Ok(ExitCode::FAILURE);
        }
        survey.package(package)?;
    }
    let outcomes = survey.outcomes;
    let report = Report { tree: &tree, outcomes: &outcomes };
    if let Some(file) = arguments.json {
        std::fs::write(file, format!("{:#}\n", report.json()))?;
    }
    print!("{report}");
    Ok(ExitCode::SUCCESS)
}
