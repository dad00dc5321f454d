//! Times of all versions, side by side.
//!
//! The versions take turns, so that whatever else the machine does meanwhile meets all alike; of the ratios of neighbouring
//! times the median is taken.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::{Compared, Version};

/// How often each version is timed.
const TURNS: usize = 101;

/// How long one turn lasts at least: so short that most turns are not interrupted.
const TURN: Duration = Duration::from_micros(500);

/// Medians.
pub(crate) struct Times {
    /// In nanoseconds per operation.
    pub(crate) desugared: f64,
    pub(crate) to_native: f64,
    pub(crate) to_hand: Option<f64>,
}

impl Times {
    pub(crate) fn of(Compared { native, desugared, hand, .. }: &Compared) -> Times {
        let mut rounds = 1;
        while time(native, rounds) < TURN.as_secs_f64() {
            rounds *= 2;
        }
        let (mut times, mut to_native, mut to_hand) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..TURNS {
            let versions = [Some(native), Some(desugared), hand.as_ref()];
            let mut taken = [None; 3];
            // Each in turn is the first.
            for index in (0..3).map(|index| (index + turn) % 3) {
                taken[index] = versions[index].map(|version| time(version, rounds));
            }
            if let [Some(native), Some(desugared), hand] = taken {
                times.push(desugared * 1e9 / rounds as f64);
                to_native.push(desugared / native);
                to_hand.extend(hand.map(|hand| desugared / hand));
            }
        }
        let to_hand = (!to_hand.is_empty()).then(|| median(to_hand));
        Times { desugared: median(times), to_native: median(to_native), to_hand }
    }
}

/// Seconds.
fn time(version: &Version, rounds: u64) -> f64 {
    let started = Instant::now();
    black_box((version.run)(black_box(rounds)));
    started.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
