//! Activities that sleep for different intervals, and tell of their progress in simulated time.
//!
//! ```sh
//! cargo run --example sim             # half a minute of simulated time, in no time
//! cargo run --example sim -- stuck    # a deadlock, and who is in it
//! ```

use std::{process::ExitCode, time::Duration};

use desugar::{
    desugar,
    sim::{Sim, random},
    slot::{Receiver, Sender, channel},
    time::{now, sleep},
};

/// One line of progress, with the time of the simulation.
fn tell(who: &str, what: &str) {
    println!("{:>10.3} s  {who:<8} {what}", now().since_start().as_secs_f64());
}

/// Sleeps, works, and sleeps again.
#[desugar]
async fn activity(who: &'static str, period: Duration, rounds: u32) {
    for round in 1..=rounds {
        sleep(period).await;
        tell(who, &format!("round {round} of {rounds}"));
    }
    tell(who, "is done");
}

/// Sends a parcel whenever it has one, which takes a time drawn from the seed.
#[desugar]
async fn producer(mut parcels: Sender<u32>) {
    for number in 1..=3 {
        sleep(Duration::from_millis(500 + random() % 5000)).await;
        tell("producer", &format!("sends parcel {number}"));
        parcels.send(number).await.expect("the consumer waits for all of them");
    }
}

/// Waits for as many parcels as it was told.
#[desugar]
async fn consumer(mut parcels: Receiver<u32>, count: u32, _open: Option<Sender<u32>>) {
    for _ in 0..count {
        let number = parcels.receive().await.expect("the producer has sent fewer");
        tell("consumer", &format!("has parcel {number}"));
    }
}

fn main() -> ExitCode {
    let stuck = std::env::args().nth(1).as_deref() == Some("stuck");
    let sim = Sim::new(7);
    for (who, seconds, rounds) in [("slow", 10.0, 3), ("medium", 4.0, 5), ("fast", 1.5, 6)] {
        sim.spawn_named(who, activity(who, Duration::from_secs_f64(seconds), rounds)).detach();
    }
    // A consumer that holds the sending end of its own channel waits forever for a parcel more.
    let (to, from) = channel();
    let (unused, never) = channel();
    if stuck {
        sim.spawn_named("consumer", consumer(never, 1, Some(unused))).detach();
    } else {
        sim.spawn_named("consumer", consumer(from, 3, None)).detach();
        sim.spawn_named("producer", producer(to)).detach();
    }
    if let Err(deadlock) = sim.run() {
        eprintln!("{deadlock}");
        return ExitCode::FAILURE;
    }
    println!("{:>10.3} s  nobody is left", sim.now().since_start().as_secs_f64());
    ExitCode::SUCCESS
}
