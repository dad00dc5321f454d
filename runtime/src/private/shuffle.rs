//! A random order, for the `select!` that is to be fair.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// The numbers below `N`, each order of them as likely as any other.
pub fn shuffled<const N: usize>() -> [u32; N] {
    let mut numbers = core::array::from_fn(|index| index as u32);
    for last in (1..N).rev() {
        numbers.swap(last, (random() % (last as u64 + 1)) as usize);
    }
    numbers
}

/// A number of a sequence that differs from thread to thread: xorshift, with the upper bits scrambled.
fn random() -> u64 {
    thread_local! {
        // Any seed will do but zero, which the sequence never leaves.
        static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0) | 1);
    }
    STATE.with(|state| {
        let mut bits = state.get();
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        state.set(bits);
        bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
    })
}
