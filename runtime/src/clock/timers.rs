//! Who is to be woken when: a heap that is quick because time never runs backwards, and exact in its order.
//!
//! # The heap
//! A radix heap. Every time in it is later than `last`, the latest that was taken out, and lies in the bucket of the
//! highest bit in which the two differ. So everything in a lower bucket is earlier than anything in a higher one. To take
//! out the earliest, its bucket is emptied, from front to back: `last` becomes the earliest time in it, so the others
//! differ from `last` only in lower bits, and go to lower buckets. A timer moves 64 times at the most, usually a few,
//! and always from one end of an array to the end of another, where a binary heap jumps about in memory.
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
    /// No later than any entry; exact, unless the earliest was cancelled.
    earliest: u64,
}

pub(crate) struct Timers {
    /// What was taken out last. All entries are later.
    last: u64,
    /// The bits in which entries differ from `last` first.
    buckets: [Bucket; 64],
    /// One bit for each bucket that has entries.
    occupied: u64,
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
            buckets: std::array::from_fn(|_| Bucket::default()),
            occupied: 0,
            entries: 0,
            wakers: Vec::new(),
            free: Vec::new(),
            cancelled: Vec::new(),
            cancellations: 0,
        }
    }

    /// A time must be later than all that have been taken out.
    pub(crate) fn register(&mut self, at: u64, waker: Waker) -> Slot {
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
            (0..64).for_each(|bucket| self.sweep(bucket));
        }
        waker
    }

    /// The time of the earliest timer or of one that was cancelled before it, or `u64::MAX`.
    pub(crate) fn earliest(&self) -> u64 {
        if self.occupied == 0 { u64::MAX } else { self.buckets[self.occupied.trailing_zeros() as usize].earliest }
    }

    /// Takes out all timers of the earliest time, if it is no later than `limit`. Their wakers go to `due`.
    pub(crate) fn pop(&mut self, limit: u64, due: &mut Vec<Waker>) -> Option<u64> {
        while self.earliest() <= limit && self.occupied != 0 {
            let index = self.occupied.trailing_zeros() as usize;
            self.sweep(index);
            let bucket = &mut self.buckets[index];
            let Some(earliest) = bucket.entries.iter().map(|entry| entry.at).min() else { continue };
            bucket.earliest = earliest;
            if earliest > limit {
                break;
            }
            let mut entries = mem::take(&mut bucket.entries);
            self.occupied &= !(1 << index);
            self.last = earliest;
            for entry in entries.drain(..) {
                if entry.at == earliest {
                    due.extend(self.wakers[entry.slot.0 as usize].take());
                    self.free.push(entry.slot);
                    self.entries -= 1;
                } else {
                    self.insert(entry);
                }
            }
            // Kept for its memory; nothing that was in it went to the same bucket again.
            self.buckets[index].entries = entries;
            return Some(earliest);
        }
        None
    }

    #[inline]
    fn insert(&mut self, entry: Entry) {
        debug_assert!(entry.at > self.last, "a timer is later than what has fired");
        let index = (entry.at ^ self.last).ilog2() as usize;
        let bucket = &mut self.buckets[index];
        if bucket.entries.is_empty() || entry.at < bucket.earliest {
            bucket.earliest = entry.at;
        }
        bucket.entries.push(entry);
        self.occupied |= 1 << index;
    }

    /// Removes the cancelled entries of a bucket.
    fn sweep(&mut self, index: usize) {
        if self.cancellations == 0 {
            return;
        }
        let Self { buckets, cancelled, free, .. } = self;
        let entries = &mut buckets[index].entries;
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
        if entries.is_empty() {
            self.occupied &= !(1 << index);
        }
        self.cancellations -= removed;
        self.entries -= removed;
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
        for number in 0..if cfg!(miri) { 400 } else { 40_000 } {
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

    // Fails without the sweep in `cancel`.
    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let mut timers = Timers::new();
        for number in 1..10_000 {
            let slot = timers.register(1_000_000 + number, Waker::noop().clone());
            timers.cancel(slot);
        }
        assert!(timers.entries < 100 && timers.wakers.len() < 100, "{} entries", timers.entries);
        assert_eq!(timers.pop(u64::MAX, &mut Vec::new()), None);
        assert_eq!((timers.entries, timers.occupied, timers.cancellations), (0, 0, 0));
    }
}
