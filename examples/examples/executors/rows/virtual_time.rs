//! A hundred thousand tasks that sleep ten times each, in simulated time. An operation is one sleep.

use std::time::Duration;

use crate::{Contender, Row};

const SLEEPS: u64 = 10;

pub(super) const ROW: Row = Row {
    name: "virtual-time",
    operations: 1_000_000,
    contenders: &[Contender { name: "desugar", run: ours }, Contender { name: "tokio paused", run: tokio }],
};

/// Durations of up to a minute, in milliseconds, as tokio rounds to these.
fn durations(task: u64) -> impl Iterator<Item = Duration> {
    let mut state = task.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..SLEEPS).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Duration::from_millis(1 + state % 60_000)
    })
}

fn ours(count: u64) {
    let sim = desugar::sim::Sim::new(0);
    for task in 0..count / SLEEPS {
        let sleeps = async move {
            for duration in durations(task) {
                desugar::time::sleep(duration).await;
            }
        };
        sim.spawn(sleeps).detach();
    }
    sim.run().expect("all of them end");
}

fn tokio(count: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("one with a clock only").block_on(async {
        let tasks: Vec<_> = (0..count / SLEEPS)
            .map(|task| {
                tokio::spawn(async move {
                    for duration in durations(task) {
                        tokio::time::sleep(duration).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("it does not panic");
        }
    });
}
