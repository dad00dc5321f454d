//! Who is to be woken when: a heap that is quick because time never runs backwards, and exact in its order.
//!
//! # The heap
//! A radix heap, in digits of six bits. Every time in it is later than `last`, the latest that was taken out. The highest
//! digit in which the two differ is its level; and at that level there is a bucket for each value of the digit. So
//! everything at a lower level is earlier than anything at a higher one, and within a level the order is that of the
//! buckets. To take out the earliest, its bucket is emptied, from front to back: `last` becomes the earliest time in it,
//! so the others differ from `last` only in lower digits, and go to lower levels. A timer moves eleven times at the most,
//! usually two or three, and always from one end of an array to the end of another, where a binary heap jumps about in
//! memory.
//!
//! # The order
//! By time, then by registration. Two timers of the same time are always in the same bucket, and are moved in the order
//! in which they lie there, so the one registered first is always in front.
//!
//! # Cancelling
//! Takes the waker away at once, and marks the slot; the entry goes when its bucket is emptied, or when more than half
//! of all entries are marked, whichever is first. A marked entry is never taken for the earliest.

use std::{mem, task::Waker};

/// Which of the registered timers; until it has fired or was cancelled.
#[derive(Clone, Copy)]
pub(crate) struct Slot(u32);

#[derive(Clone, Copy)]
struct Entry {
    at: u64,
    slot: Slot,
}

#[derive(Default)]
struct Bucket {
    entries: Vec<Entry>,
    /// No later than any entry; exact, unless the earliest is cancelled and has not been swept out.
    earliest: u64,
}

/// Bits of a digit.
const DIGIT: u32 = 6;
/// So much memory is kept for the next entries of an empty bucket.
const KEPT: usize = 4096;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;

/// The timers that differ from `last` in the same digit first.
struct Level {
    /// One bit for each bucket that has entries.
    occupied: u64,
    buckets: [Bucket; 1 << DIGIT],
}

pub(crate) struct Timers {
    /// What was taken out last. All entries are later.
    last: u64,
    /// One bit for each level that has entries.
    occupied: u32,
    /// Empty until there is a timer: most pools never have one.
    levels: Vec<Level>,
    /// How many entries there are, the cancelled ones included.
    entries: usize,
    /// By slot. Empty where the slot is free or cancelled.
    wakers: Vec<Option<Waker>>,
    free: Vec<Slot>,
    /// One bit for each slot: cancelled, with an entry that is still in the heap.
    cancelled: Vec<u64>,
    cancellations: usize,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Self {
            last: 0,
            occupied: 0,
            levels: Vec::new(),
            entries: 0,
            wakers: Vec::new(),
            free: Vec::new(),
            cancelled: Vec::new(),
            cancellations: 0,
        }
    }

    /// A time must be later than all that have been taken out.
    pub(crate) fn register(&mut self, at: u64, waker: Waker) -> Slot {
        if self.levels.is_empty() {
            let level = |_| Level { occupied: 0, buckets: std::array::from_fn(|_| Bucket::default()) };
            self.levels = (0..LEVELS).map(level).collect();
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            let new = u32::try_from(self.wakers.len()).expect("fewer than 2^32 timers at a time");
            self.wakers.push(None);
            self.cancelled.resize(self.wakers.len().div_ceil(64), 0);
            Slot(new)
        });
        self.wakers[slot.0 as usize] = Some(waker);
        self.entries += 1;
        self.insert(Entry { at, slot });
        slot
    }

    /// The waker of a timer that is neither fired nor cancelled.
    pub(crate) fn waker(&mut self, slot: Slot) -> &mut Waker {
        self.wakers[slot.0 as usize].as_mut().expect("an armed timer has a waker")
    }

    /// Cancels a timer that is neither fired nor cancelled. Its waker is the caller's to drop.
    pub(crate) fn cancel(&mut self, slot: Slot) -> Option<Waker> {
        self.cancelled[slot.0 as usize / 64] |= 1 << (slot.0 % 64);
        self.cancellations += 1;
        let waker = self.wakers[slot.0 as usize].take();
        // Half of all, so that each cancellation pays for one or two entries looked at. The constant saves small heaps
        // from being swept at each cancellation.
        if self.cancellations > 32 + self.entries / 2 {
            for (level, digit) in (0..LEVELS).flat_map(|level| (0..1 << DIGIT).map(move |digit| (level, digit))) {
                self.sweep(level, digit);
            }
        }
        waker
    }

    /// The bucket that has the earliest timer, if there is any.
    #[inline]
    fn lowest(&self) -> Option<(usize, usize)> {
        let level = self.occupied.trailing_zeros() as usize;
        let Level { occupied, .. } = self.levels.get(level)?;
        Some((level, occupied.trailing_zeros() as usize))
    }

    /// The time of the earliest timer or of one that was cancelled before it, or `u64::MAX`.
    #[inline]
    pub(crate) fn earliest(&self) -> u64 {
        self.lowest().map_or(u64::MAX, |(level, digit)| self.levels[level].buckets[digit].earliest)
    }

    /// Takes out all timers of the earliest time, if it is no later than `limit`. Their wakers go to `due`.
    pub(crate) fn pop(&mut self, limit: u64, due: &mut Vec<Waker>) -> Option<u64> {
        while let Some((level, digit)) = self.lowest() {
            if self.levels[level].buckets[digit].earliest > limit {
                return None;
            }
            if self.cancellations > 0 && self.sweep(level, digit) {
                continue;
            }
            return Some(self.empty(level, digit, due));
        }
        None
    }

    /// Takes out the earliest timers of a bucket, the one that has the earliest of all, and spreads the others.
    fn empty(&mut self, level: usize, digit: usize, due: &mut Vec<Waker>) -> u64 {
        let Level { occupied, buckets } = &mut self.levels[level];
        *occupied &= !(1 << digit);
        if *occupied == 0 {
            self.occupied &= !(1 << level);
        }
        let earliest = buckets[digit].earliest;
        let mut entries = mem::take(&mut buckets[digit].entries);
        self.last = earliest;
        for &entry in &entries {
            if entry.at == earliest {
                if let Some(waker) = self.wakers[entry.slot.0 as usize].take() {
                    due.push(waker);
                }
                self.free.push(entry.slot);
                self.entries -= 1;
            } else {
                self.insert(entry);
            }
        }
        // Kept for its memory, unless that is much; nothing that was in it went to the same bucket again.
        entries.clear();
        if entries.capacity() <= KEPT {
            self.levels[level].buckets[digit].entries = entries;
        }
        earliest
    }

    #[inline]
    fn insert(&mut self, entry: Entry) {
        debug_assert!(entry.at > self.last, "a timer is later than what has fired");
        let level = ((entry.at ^ self.last).ilog2() / DIGIT) as usize;
        let digit = (entry.at >> (level as u32 * DIGIT)) as usize % (1 << DIGIT);
        let Level { occupied, buckets } = &mut self.levels[level];
        let bucket = &mut buckets[digit];
        if bucket.entries.is_empty() || entry.at < bucket.earliest {
            bucket.earliest = entry.at;
        }
        bucket.entries.push(entry);
        *occupied |= 1 << digit;
        self.occupied |= 1 << level;
    }

    /// Removes the cancelled entries of a bucket. False if there are none.
    fn sweep(&mut self, level: usize, digit: usize) -> bool {
        let Self { levels, cancelled, free, .. } = self;
        let Level { occupied, buckets } = &mut levels[level];
        let entries = &mut buckets[digit].entries;
        let before = entries.len();
        entries.retain(|&Entry { slot, .. }| {
            let (word, bit) = (&mut cancelled[slot.0 as usize / 64], 1 << (slot.0 % 64));
            let keep = *word & bit == 0;
            if !keep {
                *word &= !bit;
                free.push(slot);
            }
            keep
        });
        let removed = before - entries.len();
        if removed == 0 {
            return false;
        }
        buckets[digit].earliest = buckets[digit].entries.iter().map(|entry| entry.at).min().unwrap_or(0);
        if buckets[digit].entries.is_empty() {
            *occupied &= !(1 << digit);
            if *occupied == 0 {
                self.occupied &= !(1 << level);
            }
        }
        self.cancellations -= removed;
        self.entries -= removed;
        true
    }
}

#[cfg(test)]
mod tests {
    //! The heap against a sorted list, with times near and far, and cancellations.

    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
        task::{Wake, Waker},
    };

    use super::{Slot, Timers};

    /// Writes its number down when woken.
    struct Number(u64, Arc<Mutex<Vec<u64>>>);

    impl Wake for Number {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn timers_fire_by_time_and_then_by_registration() {
        let fired = Arc::new(Mutex::new(Vec::new()));
        let (mut timers, mut state) = (Timers::new(), 0x2545_f491_4f6c_dd1d);
        // By time and number, which counts registrations.
        let mut expected = BTreeMap::<(u64, u64), Slot>::new();
        let mut now = 0;
        for number in 0..if cfg!(miri) { 100 } else { 40_000 } {
            // Few different times, so that many are equal, in ranges of very different size.
            let at = now + 1 + (random(&mut state) % 16) * [1, 1, 1000, 1 << 40][(random(&mut state) % 4) as usize];
            let slot = timers.register(at, Waker::from(Arc::new(Number(number, Arc::clone(&fired)))));
            expected.insert((at, number), slot);
            if random(&mut state).is_multiple_of(3) {
                let index = random(&mut state) as usize % expected.len();
                let (key, slot) = expected.iter().nth(index).map(|(key, slot)| (*key, *slot)).unwrap();
                expected.remove(&key);
                assert!(timers.cancel(slot).is_some());
            }
            if random(&mut state).is_multiple_of(4) {
                let mut due = Vec::new();
                let limit = now + (1 << (random(&mut state) % 42));
                let popped = timers.pop(limit, &mut due);
                due.into_iter().for_each(Waker::wake);
                let earliest = expected.first_key_value().map(|((at, _), _)| *at).filter(|at| *at <= limit);
                assert_eq!(popped, earliest);
                now = popped.unwrap_or(now);
                let later = expected.split_off(&(now + 1, 0));
                let numbers: Vec<_> = expected.into_keys().map(|(_, number)| number).collect();
                assert_eq!(std::mem::take(&mut *fired.lock().unwrap()), numbers);
                expected = later;
            }
        }
    }

    // Fails if sweeping leaves the earliest time as it was.
    #[test]
    fn a_time_that_was_cancelled_is_not_taken_for_the_earliest() {
        let mut timers = Timers::new();
        timers.register(1_000_063, Waker::noop().clone());
        for _ in 0..100 {
            let slot = timers.register(1_000_001, Waker::noop().clone());
            timers.cancel(slot);
        }
        assert_eq!(timers.pop(u64::MAX, &mut Vec::new()), Some(1_000_063));
    }

    // Fails without the sweep in `cancel`.
    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let mut timers = Timers::new();
        for number in 1..if cfg!(miri) { 1_000 } else { 10_000 } {
            let slot = timers.register(1_000_000 + number, Waker::noop().clone());
            timers.cancel(slot);
        }
        assert!(timers.entries < 100 && timers.wakers.len() < 100, "{} entries", timers.entries);
        assert_eq!(timers.pop(u64::MAX, &mut Vec::new()), None);
        assert_eq!((timers.entries, timers.occupied, timers.cancellations), (0, 0, 0));
    }
}
