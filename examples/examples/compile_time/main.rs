//! How long a crate of 200 async functions takes to compile, native and desugared: `check`, debug and release.
//!
//! `cargo run --release --example compile_time`
//!
//! The crate is made in a temporary directory, once with the attribute on its functions and once without. What it depends
//! on is compiled before; then both versions are compiled in turn, some times each, and medians are taken.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

mod source;

const TURNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let functions = std::env::args().nth(1).map_or(Ok(200), |count| count.parse())?;
    let directory = tempfile::tempdir()?;
    let versions = [("native", ""), ("desugared", "#[desugar::desugar]")];
    for (name, attribute) in versions {
        package(&directory.path().join(name), attribute, functions)?;
    }
    println!("| {functions} functions | native, ms | desugared, ms | ratio |");
    println!("|---|---:|---:|---:|");
    for (what, arguments) in [("check", &["check"][..]), ("debug", &["build"]), ("release", &["build", "--release"])] {
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..=TURNS {
            for (index, (name, _)) in versions.iter().enumerate() {
                let time = compile(&directory.path().join(name), arguments)?;
                // The first compiles what the crate depends on.
                if turn > 0 {
                    times[index].push(time);
                }
            }
        }
        let [native, desugared] = times.map(median);
        println!("| {what} | {native:.0} | {desugared:.0} | {:.2} |", desugared / native);
    }
    Ok(())
}

/// A library with the functions.
fn package(directory: &Path, attribute: &str, functions: usize) -> Result<(), Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the workspace is around this package")?;
    fs::create_dir_all(directory.join("src"))?;
    fs::write(
        directory.join("Cargo.toml"),
        format!(
            "[package]\nname = \"compiled\"\nedition = \"2024\"\n\n[dependencies]\ndesugar = {{ path = {:?} }}\n\n[workspace]\n",
            workspace.join("runtime")
        ),
    )?;
    fs::copy(workspace.join("Cargo.lock"), directory.join("Cargo.lock"))?;
    fs::write(directory.join("src/lib.rs"), source::library(attribute, functions))?;
    Ok(())
}

/// Milliseconds.
fn compile(directory: &Path, arguments: &[&str]) -> Result<f64, Box<dyn Error>> {
    let source = directory.join("src/lib.rs");
    fs::write(&source, fs::read_to_string(&source)?)?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).arg("--offline").current_dir(directory).env_remove("CARGO_TARGET_DIR");
    let started = Instant::now();
    let output = cargo.env("CARGO_INCREMENTAL", "0").stdout(Stdio::null()).output()?;
    let time = started.elapsed();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(time.as_secs_f64() * 1e3)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
