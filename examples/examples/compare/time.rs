//! Sizes and times of both versions, side by side.
//!
//! The versions take turns, so that whatever else the machine does meanwhile meets both alike; of the times, and
//! of the ratios of neighbouring times, the median is what is printed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::{Compared, ratio};

/// How often each version is timed.
const TURNS: usize = 301;

/// How long one turn lasts at least: so short that most turns are not interrupted.
const TURN: Duration = Duration::from_millis(1);

/// Prints a Markdown table, one line for each function.
pub(crate) fn print_table(functions: &[Compared]) {
    if cfg!(debug_assertions) {
        eprintln!("note: built without optimisations, the times mean little; use `cargo run --release`");
    }
    println!("| function | size native | size desugared | ratio | ns/op native | ns/op desugared | ratio |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for function in functions {
        let Compared { name, native, desugared } = function;
        let times = Times::of(function);
        println!(
            "| {name} | {} | {} | {} | {:.2} | {:.2} | {:.2} |",
            native.size,
            desugared.size,
            ratio(native.size as f64, desugared.size as f64),
            times.native,
            times.desugared,
            times.ratio
        );
    }
}

/// Medians; the first two in nanoseconds per operation.
struct Times {
    native: f64,
    desugared: f64,
    ratio: f64,
}

impl Times {
    fn of(Compared { name, native, desugared }: &Compared) -> Times {
        assert_eq!((native.run)(1000), (desugared.run)(1000), "both versions of {name} compute the same");
        let mut rounds = 1000;
        while time(native.run, rounds) < TURN.as_secs_f64() {
            rounds *= 2;
        }
        let per_operation = |seconds: f64| seconds * 1e9 / rounds as f64;
        let (mut native_times, mut desugared_times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..TURNS {
            let (native, desugared) = if turn % 2 == 0 {
                let native = time(native.run, rounds);
                (native, time(desugared.run, rounds))
            } else {
                let desugared = time(desugared.run, rounds);
                (time(native.run, rounds), desugared)
            };
            native_times.push(per_operation(native));
            desugared_times.push(per_operation(desugared));
            ratios.push(desugared / native);
        }
        Times { native: median(native_times), desugared: median(desugared_times), ratio: median(ratios) }
    }
}

/// Seconds.
fn time(run: fn(u64) -> u64, rounds: u64) -> f64 {
    let started = Instant::now();
    black_box(run(black_box(rounds)));
    started.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
