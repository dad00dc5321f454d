//! What a suspended future can tell of itself, where the source asks for it with `#[desugar(inspect)]`.

/// One state of a desugared future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct State {
    /// The variant of the state enum: `NeverPolled`, `WaitingForEvent`, `Finished`, ..
    pub name: &'static str,
    /// The awaited expression as the source has it; empty where nothing is awaited.
    pub awaits: &'static str,
    /// What is alive in this state, in the order in which cancelling drops it.
    pub alive: &'static [&'static str],
    /// The names of the states a poll can leave the future in.
    pub next: &'static [&'static str],
}

impl State {
    /// Used by the expansion.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        awaits: &'static str,
        alive: &'static [&'static str],
        next: &'static [&'static str],
    ) -> Self {
        State { name, awaits, alive, next }
    }
}

/// A future that can say in which state it is: what a function under `#[desugar(inspect)]` returns.
pub trait Inspect {
    /// Every state, in source order.
    fn states(&self) -> &'static [State];
    /// The state between two polls.
    fn state(&self) -> &'static State;
}
