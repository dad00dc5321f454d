//! Times, all contenders of a row in turn, and who begins changes from round to round. What counts is the ratio within
//! a round. Where one thread does everything, what is counted is the time that it had a processor: on a busy machine the
//! clock on the wall is kinder to those that are quick enough not to be interrupted.

use std::time::{Duration, Instant};

use super::Row;

const ROUNDS: usize = 21;

/// Prints a Markdown table: for each contender the median of its times, and of how much of it ours takes.
pub(crate) fn print_table(rows: &[Row], only: Option<&str>) {
    println!("| row | executor | ns/op | ours, where this is 1 |");
    println!("|---|---|---:|---:|");
    for row in rows.iter().filter(|row| only.is_none_or(|only| only == row.name)) {
        let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|round| measure(row, round)).collect();
        for (index, contender) in row.contenders.iter().enumerate() {
            let time = median(rounds.iter().map(|times| times[index]));
            let ratio = median(rounds.iter().map(|times| times[0] / times[index]));
            println!("| {} | {} | {time:.1} | {ratio:.2} |", row.name, contender.name);
        }
    }
}

/// Nanoseconds per operation, by contender.
fn measure(row: &Row, round: usize) -> Vec<f64> {
    let count = row.contenders.len();
    let mut times = vec![0.0; count];
    for turn in 0..count {
        let index = (round + turn) % count;
        let took = took(row, || (row.contenders[index].run)(row.operations));
        times[index] = took.as_nanos() as f64 / row.operations as f64;
    }
    times
}

fn took(row: &Row, act: impl FnOnce()) -> Duration {
    let (begun, before) = (Instant::now(), processor_time());
    act();
    match (before, processor_time()) {
        (Some(before), Some(after)) if !row.threads => after - before,
        _ => begun.elapsed(),
    }
}

/// For how long this thread has had a processor, where the system tells.
fn processor_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a place for the time.
        let told = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) } == 0;
        told.then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }
    #[cfg(not(unix))]
    None
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
