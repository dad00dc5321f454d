//! Panics on demand: at the n-th tick, or at the n-th tracked drop, of a run.

use crate::{schedule::Injection, trace};
use std::cell::Cell;

thread_local! {
    static ARMED: Cell<Injection> = const { Cell::new(Injection::None) };
    static TICKS: Cell<usize> = const { Cell::new(0) };
    static DROPS: Cell<usize> = const { Cell::new(0) };
}

/// A place in a body, or in what it calls, at which a panic can be injected.
pub fn tick(name: &str) {
    trace::log(format!("tick {name}"));
    on_tick();
}

/// Counts a tick that has already left its own remark in the trace.
pub(crate) fn on_tick() {
    let at = count(&TICKS);
    if ARMED.get() == Injection::Tick(at) {
        std::panic::panic_any(format!("injected at tick {at}"));
    }
}

/// Counts a tracked drop. Never panics while a panic is under way: that would abort, natively too.
pub(crate) fn on_drop() {
    let at = count(&DROPS);
    if ARMED.get() == Injection::Drop(at) && !std::thread::panicking() {
        std::panic::panic_any(format!("injected at drop {at}"));
    }
}

/// Starts counting from zero, and injects what is given.
pub(crate) fn arm(injection: Injection) {
    ARMED.set(injection);
    TICKS.set(0);
    DROPS.set(0);
}

/// Injects nothing any more; the counts stay.
pub(crate) fn disarm() {
    ARMED.set(Injection::None);
}

/// The ticks so far.
pub(crate) fn ticks() -> usize {
    TICKS.get()
}

/// The tracked drops so far.
pub(crate) fn drops() -> usize {
    DROPS.get()
}

/// Returns the count and adds one to it.
fn count(counter: &'static std::thread::LocalKey<Cell<usize>>) -> usize {
    let at = counter.get();
    counter.set(at + 1);
    at
}
