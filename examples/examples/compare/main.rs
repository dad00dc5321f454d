//! Functions native, desugared and written by hand: how large their futures are, how long they take.
//!
//! - `cargo run --release --example compare`: sizes and times of all, every version in one run, and the ratios
//! - `cargo run --release --example compare -- sizes`: sizes alone
//! - `cargo run --release --example compare -- instructions`: instructions per operation, counted by callgrind
//! - `compare one <function> <native|desugared|hand> <rounds>`: runs one version, for callgrind or perf to look at
//!
//! An operation is one turn of the loop for `copy` and `ping_pong`, and one call for the others.

mod cases;
mod functions;
mod instructions;
mod leaves;
mod table;
mod time;

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use cases::{arguments, calls, futures, locals, sequences};
use leaves::{Block, Command, Request, Service, Sink, Source, Table, big, join, tick};

/// One function in its versions.
struct Compared {
    name: &'static str,
    native: Version,
    desugared: Version,
    hand: Option<Version>,
}

/// One version of a function.
struct Version {
    /// The size of its future, in bytes.
    size: usize,
    /// Carries out so many operations; the result says what came out, and is the same for all versions.
    run: fn(u64) -> u64,
}

/// Polls a future until it is ready, and does nothing in between. As for an executor, the future is somewhere in memory: what
/// it keeps from one poll to the next is written there.
#[inline(never)]
fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = black_box(future.as_mut()).poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Calls a function once per round, with the number of the round.
fn each(rounds: u64, function: impl Fn(u64) -> u64) -> u64 {
    (0..rounds).fold(0, |sum, round| sum.wrapping_add(function(black_box(round))))
}

/// The same two expressions for each version: the size of a future, and how to carry out a number of operations.
macro_rules! version {
    ($module:ident::$version:ident::{$($used:ident),+}, $size:expr, $run:expr) => {{
        #[allow(unused_imports, reason = "a trait is used by its methods")]
        use $module::$version::{$($used),+};
        Version { size: $size, run: $run }
    }};
}

macro_rules! compared {
    ($name:ident, $module:ident::$used:tt, $future:expr, |$n:ident| $run:expr) => {
        compared!($name, $module::$used, size_of_val(&$future), run: |rounds| each(rounds, |$n| $run))
    };
    ($name:ident, $module:ident::$used:tt, $size:expr, run: $run:expr) => {
        Compared {
            name: stringify!($name),
            native: version!($module::native::$used, $size, $run),
            desugared: version!($module::desugared::$used, $size, $run),
            hand: Some(version!($module::hand::$used, $size, $run)),
        }
    };
}

/// The same for a function that nobody has written by hand.
macro_rules! by_two {
    ($name:ident, $size:expr, $run:expr) => {
        Compared {
            name: stringify!($name),
            native: version!(functions::native::{$name}, $size, $run),
            desugared: version!(functions::desugared::{$name}, $size, $run),
            hand: None,
        }
    };
}

/// Of a function of one number.
macro_rules! of_a_number {
    ($($module:ident::$name:ident),+ $(,)?) => { [$(compared!($name, $module::{$name}, $name(0), |n| drive($name(n)))),+] };
}

fn all() -> Vec<Compared> {
    let mut all = vec![
        by_two!(copy, size_of_val(&copy(Source(0), Sink(0))), |rounds| drive(copy(Source(rounds), Sink(0)))
            .unwrap_or(0)),
        by_two!(chain, size_of_val(&chain(0)), |rounds| each(rounds, |n| drive(chain(n)))),
        by_two!(nested, size_of_val(&nested(Request::new(0))), |rounds| each(rounds, |n| drive(nested(Request::new(
            n
        ))))),
        by_two!(retry, size_of_val(&retry(Request::new(0))), |rounds| {
            each(rounds, |n| drive(retry(Request::new(n))).unwrap_or(0))
        }),
        by_two!(branch, size_of_val(&branch(Command::new(0))), |rounds| each(rounds, |n| drive(branch(Command::new(
            n
        ))))),
    ];
    all.extend(of_arguments());
    all.extend(of_a_number![
        futures::direct,
        futures::through_a_let,
        futures::another_first,
        futures::borrowed_once,
        futures::borrowed_before,
        futures::joined,
        futures::joined_later,
        futures::nested_joins,
        futures::arms_of_futures,
        sequences::one,
        sequences::two,
        sequences::three,
        locals::two_arrays,
        locals::staggered,
        locals::arms,
        locals::borrowed_and_dropped,
        locals::buffers,
        locals::scoped_phases,
        locals::flat_phases,
        locals::no_await,
    ]);
    all.extend(of_calls());
    all
}

fn of_arguments() -> [Compared; 9] {
    [
        compared!(kept, arguments::{kept}, kept([0; 8192]), |n| drive(kept([n as u8; 8192]))),
        compared!(
            wrapped_10,
            arguments::{kept, wrap},
            wrap(wrap(wrap(wrap(wrap(wrap(wrap(wrap(wrap(wrap(kept([0; 8192]))))))))))),
            |n| drive(wrap(wrap(wrap(wrap(wrap(wrap(wrap(wrap(wrap(wrap(kept([n as u8; 8192]))))))))))))
        ),
        compared!(
            wrapped_16,
            arguments::{kept_16, wrap},
            wrap(wrap(wrap(wrap(wrap(kept_16([0; 16])))))),
            |n| drive(wrap(wrap(wrap(wrap(wrap(kept_16([n as u8; 16])))))))
        ),
        compared!(wrappers, arguments::{wrap}, wrap(wrap(wrap(wrap(wrap(wrap(tick(0))))))), |n| drive(wrap(wrap(
            wrap(wrap(wrap(wrap(tick(n)))))
        )))),
        compared!(by_value, arguments::{by_value}, by_value([0; 1024]), |n| drive(by_value([n as u8; 1024]))),
        compared!(by_reference, arguments::{by_reference}, by_reference(&[0; 1024]), |n| drive(by_reference(&[n as u8; 1024]))),
        compared!(
            three_in_turn,
            arguments::{three_in_turn},
            three_in_turn(Block::new(0), Block::new(1), Block::new(2)),
            |n| drive(three_in_turn(Block::new(n), Block::new(n + 1), Block::new(n + 2)))
        ),
        compared!(optional, arguments::{optional}, optional(None), |n| drive(optional((n % 2 == 0).then(|| big(n))))),
        compared!(until_big, futures::{until_big}, until_big(big(0)), |n| drive(until_big(big(n)))),
    ]
}

fn of_calls() -> [Compared; 4] {
    [
        compared!(question, calls::{question}, question(0), |n| drive(question(n)).unwrap_or(0)),
        compared!(delegate, calls::{Delegate}, Delegate::outer(&Service(0), Block::new(0)), |n| drive(Delegate::outer(
            &Service(n),
            Block::new(n)
        ))),
        compared!(depth, calls::{depth}, depth(0), |n| drive(depth(n % 4))),
        compared!(ping_pong, calls::{player}, size_of_val(&player(&Table::new(), false, 0)), run: |rounds| {
            let table = Table::new();
            drive(join(player(&table, false, rounds), player(&table, true, rounds)))
        }),
    ]
}

/// Finds one version of one function.
fn find(function: &str, version: &str) -> Option<Version> {
    let Compared { native, desugared, hand, .. } = all().into_iter().find(|compared| compared.name == function)?;
    match version {
        "native" => Some(native),
        "desugared" => Some(desugared),
        "hand" => hand,
        _ => None,
    }
}

/// The native future of ten wrappers is of 16 megabytes, and moved several times.
const STACK: usize = 512 << 20;

fn main() -> ExitCode {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(compare);
    thread.and_then(|thread| thread.join().map_err(|_| std::io::Error::other("a panic"))).unwrap_or(ExitCode::FAILURE)
}

fn compare() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        [] => table::print(&all(), true),
        ["sizes"] => table::print(&all(), false),
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
    eprintln!("usage: compare [sizes | instructions | one <function> <native|desugared|hand> <rounds>]");
    ExitCode::FAILURE
}
