//! A hundred thousand tasks that sleep ten times each, in simulated time. An operation is one sleep.

use std::time::Duration;

use crate::{Contender, Row};

const SLEEPS: u64 = 10;
/// The longest of them.
const LONGEST: Duration = Duration::from_secs(60);

pub(super) const ROW: Row = Row {
    name: "virtual-time",
    operations: 1_000_000,
    threads: false,
    contenders: &[
        Contender { name: "desugar", run: ours },
        Contender { name: "tokio paused", run: tokio },
        Contender { name: "turmoil", run: turmoil },
        #[cfg(madsim)]
        Contender { name: "madsim", run: madsim },
    ],
};

/// Durations of up to a minute, in milliseconds, as tokio rounds to these.
fn durations(task: u64) -> impl Iterator<Item = Duration> {
    let mut state = task.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..SLEEPS).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Duration::from_millis(1 + state % LONGEST.as_millis() as u64)
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

/// For whatever has the clock of tokio.
async fn on_tokio(count: u64) {
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
}

fn tokio(count: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("one with a clock only").block_on(on_tokio(count));
}

/// It puts the clock forward by ticks, which are as long here as makes it quickest.
fn turmoil(count: u64) {
    let mut builder = turmoil::Builder::new();
    builder.tick_duration(LONGEST).simulation_duration(LONGEST * (SLEEPS as u32 + 1));
    let mut sim = builder.build();
    sim.client("all", async move {
        on_tokio(count).await;
        Ok(())
    });
    sim.run().expect("all of them end");
}

#[cfg(madsim)]
fn madsim(count: u64) {
    madsim::runtime::Runtime::new().block_on(async move {
        let tasks: Vec<_> = (0..count / SLEEPS)
            .map(|task| {
                madsim::task::spawn(async move {
                    for duration in durations(task) {
                        madsim::time::sleep(duration).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("it does not panic");
        }
    });
}
