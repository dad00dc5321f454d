//! Five functions, native against desugared, from one source each: how large their futures are, how long they take.
//!
//! - `cargo run --release --example compare`: sizes and times of all, both versions in one run
//! - `cargo run --release --example compare -- instructions`: instructions per operation, counted by callgrind
//! - `compare one <function> <native|desugared> <rounds>`: runs one version, for callgrind or perf to look at
//!
//! An operation is one turn of the loop for `copy`, and one call for the others.

mod functions;
mod instructions;
mod leaves;
mod time;

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use leaves::{Command, Request, Sink, Source};

/// One function in its two versions.
struct Compared {
    name: &'static str,
    native: Version,
    desugared: Version,
}

/// One version of a function.
struct Version {
    /// The size of its future, in bytes.
    size: usize,
    /// Carries out so many operations; the result says what came out, and is the same for both versions.
    run: fn(u64) -> u64,
}

/// Polls a future until it is ready, and does nothing in between.
#[inline(never)]
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Calls a function once per round, with the number of the round.
fn each<F: Future>(rounds: u64, function: impl Fn(u64) -> F, digest: impl Fn(F::Output) -> u64) -> u64 {
    (0..rounds).fold(0, |sum, round| sum.wrapping_add(digest(drive(function(black_box(round))))))
}

/// The same two expressions for both versions: a future to measure, and how to carry out a number of operations.
macro_rules! compared {
    ($function:ident, $future:expr, $run:expr) => {
        Compared {
            name: stringify!($function),
            native: {
                use functions::native::$function;
                Version { size: size_of_val(&$future), run: $run }
            },
            desugared: {
                use functions::desugared::$function;
                Version { size: size_of_val(&$future), run: $run }
            },
        }
    };
}

fn all() -> [Compared; 5] {
    [
        compared!(copy, copy(Source(0), Sink(0)), |rounds| drive(copy(Source(rounds), Sink(0))).unwrap_or(0)),
        compared!(chain, chain(0), |rounds| each(rounds, chain, |sum| sum)),
        compared!(nested, nested(Request::new(0)), |rounds| each(rounds, |n| nested(Request::new(n)), |sum| sum)),
        compared!(retry, retry(Request::new(0)), |rounds| each(
            rounds,
            |n| retry(Request::new(n)),
            |result| result.unwrap_or(0)
        )),
        compared!(branch, branch(Command::new(0)), |rounds| each(rounds, |n| branch(Command::new(n)), |sum| sum)),
    ]
}

/// What desugared costs where native costs 1.
fn ratio(native: f64, desugared: f64) -> String {
    format!("{:.2}", desugared / native)
}

/// Finds one version of one function.
fn find(function: &str, version: &str) -> Option<Version> {
    let Compared { native, desugared, .. } = all().into_iter().find(|compared| compared.name == function)?;
    match version {
        "native" => Some(native),
        "desugared" => Some(desugared),
        _ => None,
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => time::print_table(&all()),
        ["instructions"] => instructions::print_table(&all()),
        ["one", function, version, rounds] => match (find(function, version), rounds.parse()) {
            (Some(version), Ok(rounds)) => println!("{}", (version.run)(rounds)),
            _ => return usage(),
        },
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: compare [instructions | one <function> <native|desugared> <rounds>]");
    ExitCode::FAILURE
}
