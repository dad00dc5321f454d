//! Simulated time. Invariant 13.

use std::{
    future::pending,
    sync::Arc,
    task::{Context, Wake, Waker},
    time::Duration,
};

use desugar::{
    join, select,
    sim::{Sim, random},
    slot,
    time::{interval, now, sleep, timeout},
    yield_now,
};

use crate::support::Trace;

fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

// Fails if the heap is not stable, and if the clock rounds.
#[test]
fn sleepers_wake_by_time_and_then_by_registration() {
    let (sim, trace) = (Sim::new(0), Trace::default());
    for (name, times) in [("a", [3, 7, 1]), ("b", [10, 0, 1]), ("c", [1, 9, 1]), ("d", [1, 2, 8])] {
        let trace = trace.clone();
        sim.spawn(async move {
            for time in times {
                sleep(nanos(time)).await;
                trace.write(format!("{name}{}", now().since_start().as_nanos()));
            }
        })
        .detach();
    }
    sim.run().unwrap();
    // At 10 ns: b slept first, at 0; then c, at 1; then a, at 3. At 11 ns in the order of 10 ns, and d, asleep since 3.
    assert_eq!(trace.take(), ["c1", "d1", "a3", "d3", "b10", "b10", "c10", "a10", "d11", "b11", "c11", "a11"]);
    assert_eq!(sim.now().since_start(), nanos(11));
}

#[test]
fn a_year_takes_no_time() {
    let sim = Sim::new(0);
    let year = Duration::from_secs(365 * 24 * 3600);
    let slept = sim.run_until(async move {
        sleep(year).await;
        sleep(nanos(1)).await;
        now().since_start()
    });
    assert_eq!(slept, Ok(year + nanos(1)));
}

// Fails if time goes on while something is runnable.
#[test]
fn time_stands_still_while_anything_is_runnable() {
    let sim = Sim::new(0);
    let sleeper = sim.spawn(sleep(nanos(1)));
    sim.run_until(async {
        for _ in 0..1000 {
            yield_now().await;
            assert_eq!(now().since_start(), Duration::ZERO);
        }
    })
    .unwrap();
    assert!(!sleeper.is_finished());
    sim.run_until_stalled();
    assert!(!sleeper.is_finished() && !sim.try_tick());
    sim.run().unwrap();
    assert!(sleeper.is_finished());
}

struct Counted;

impl Wake for Counted {
    fn wake(self: Arc<Self>) {}
}

// Fails if a cancelled sleep stays in the heap: time goes to where it would have ended.
#[test]
fn a_cancelled_sleep_leaves_nothing_behind() {
    let sim = Sim::new(0);
    sim.run_until(async {
        assert!(timeout(nanos(5), sleep(nanos(1000))).await.is_err());
        assert_eq!(timeout(nanos(1000), sleep(nanos(5))).await, Ok(()));
        let waker = Arc::new(Counted);
        let mut cancelled = Box::pin(sleep(nanos(100)));
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(&Waker::from(waker.clone()))).is_pending());
        assert_eq!(Arc::strong_count(&waker), 2);
        drop(cancelled);
        assert_eq!(Arc::strong_count(&waker), 1);
    })
    .unwrap();
    let deadlock = sim.run_until(pending::<()>()).unwrap_err();
    assert_eq!(deadlock.at.since_start(), nanos(10));
}

#[test]
fn a_deadlock_names_the_tasks_that_wait() {
    async fn waits_for_nothing() {
        pending::<()>().await;
    }
    let sim = Sim::new(0);
    let (mut sender, mut receiver) = slot::channel::<u8>();
    sim.spawn_named("reader", async move {
        receiver.receive().await;
    })
    .detach();
    sim.spawn(sleep(nanos(7))).detach();
    sim.spawn(waits_for_nothing()).detach();
    let deadlock = sim.run().unwrap_err();
    assert_eq!(deadlock.at.since_start(), nanos(7));
    assert_eq!(deadlock.tasks.len(), 2);
    assert_eq!(deadlock.tasks[0].name, "reader");
    assert!(deadlock.tasks[0].spawned_at.file().ends_with("sim.rs"));
    assert!(deadlock.tasks[1].name.contains("waits_for_nothing"), "{}", deadlock.tasks[1].name);
    let [reader, other] = &deadlock.tasks[..] else { unreachable!("counted above") };
    let list = format!("reader (spawned at {}), {} (spawned at {})", reader.spawned_at, other.name, other.spawned_at);
    let text = format!("deadlock after 7ns: nothing is runnable, nobody sleeps, and these wait: {list}");
    assert_eq!(deadlock.to_string(), text);
    // It is not the end: one of them can be woken after all.
    sim.run_until(async { sender.send(1).await.unwrap() }).unwrap();
    assert_eq!(sim.run().unwrap_err().tasks.len(), 1);
}

#[test]
fn a_deadlock_of_the_main_future_names_it() {
    let sim = Sim::new(0);
    let _task = sim.spawn_named("other", pending::<()>());
    let deadlock = sim.run_until(pending::<()>()).unwrap_err();
    let names: Vec<_> = deadlock.tasks.iter().map(|task| &*task.name).collect();
    assert_eq!(names, ["other", "the future of `run_until`"]);
}

/// Some tasks that race, and draw.
fn race(sim: &Sim<'_>) -> Vec<String> {
    let trace = Trace::default();
    for task in 0..4 {
        let trace = trace.clone();
        sim.spawn(async move {
            for _ in 0..5 {
                sleep(nanos(random() % 3)).await;
                yield_now().await;
                trace.write(format!("{task} at {}", now().since_start().as_nanos()));
            }
        })
        .detach();
    }
    sim.run().unwrap();
    trace.take()
}

#[test]
fn a_seed_gives_one_trace() {
    assert_eq!(race(&Sim::new(1)), race(&Sim::new(1)));
    assert_ne!(race(&Sim::new(1)), race(&Sim::new(2)));
    assert_eq!(race(&Sim::shuffled(1)), race(&Sim::shuffled(1)));
    assert_ne!(race(&Sim::shuffled(1)), race(&Sim::new(1)));
}

#[test]
fn shuffling_changes_the_order_of_the_runnable_only() {
    let seeds = if cfg!(miri) { 5 } else { 50 };
    let orders: std::collections::BTreeSet<_> = (0..seeds)
        .map(|seed| {
            let (sim, trace) = (Sim::shuffled(seed), Trace::default());
            for name in ["a", "b", "c"] {
                let trace = trace.clone();
                sim.spawn(async move { trace.write(name) }).detach();
            }
            sim.run().unwrap();
            trace.take()
        })
        .collect();
    // All six, given so many seeds.
    assert!(orders.len() == 6 || cfg!(miri) && orders.len() > 1);
}

#[test]
fn intervals_and_both_halves_of_a_join() {
    let sim = Sim::new(0);
    let ticks = sim.run_until(async {
        let mut interval = interval(nanos(10));
        let mut ticks = Vec::new();
        for _ in 0..3 {
            ticks.push(interval.tick().await.since_start().as_nanos());
            join(sleep(nanos(3)), select(sleep(nanos(4)), sleep(nanos(12)))).await;
        }
        ticks
    });
    assert_eq!(ticks, Ok(vec![10, 20, 30]));
}
