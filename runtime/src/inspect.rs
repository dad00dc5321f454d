//! What a suspended future can tell of itself, where the source asks for it with `#[desugar(inspect)]`.

use core::fmt;

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
    /// What is in the future in this state, and how many bytes each has: what is awaited, by the expression, then what is
    /// alive.
    pub holds: &'static [(&'static str, usize)],
}

impl State {
    /// Used by the expansion.
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        awaits: &'static str,
        alive: &'static [&'static str],
        next: &'static [&'static str],
        holds: &'static [(&'static str, usize)],
    ) -> Self {
        State { name, awaits, alive, next, holds }
    }

    /// How many bytes of the future are in use in this state.
    pub fn size(&self) -> usize {
        self.holds.iter().map(|(_, size)| size).sum()
    }
}

/// A future that can say in which state it is: what a function under `#[desugar(inspect)]` returns.
pub trait Inspect {
    /// Every state, in source order.
    fn states(&self) -> &'static [State];
    /// The state between two polls.
    fn state(&self) -> &'static State;

    /// How large the future is, and what makes it so, to be printed: the states, and what holds their bytes, the largest
    /// first.
    ///
    /// ```
    /// use desugar::Inspect;
    ///
    /// #[desugar::desugar(inspect)]
    /// async fn fetch(request: [u8; 40]) -> usize {
    ///     let reply = std::future::ready([0u8; 100]).await;
    ///     std::future::ready(()).await;
    ///     reply.len() + request.len()
    /// }
    ///
    /// assert_eq!(
    ///     fetch([0; 40]).report().to_string(),
    ///     "143 bytes
    ///   WaitingForReady: 141 bytes
    ///        101 `std::future::ready([0u8; 100])`
    ///         40 `request`
    ///   WaitingForReady2: 141 bytes
    ///        100 `reply`
    ///         40 `request`
    ///          1 `std::future::ready(())`
    ///   NeverPolled: 40 bytes
    ///         40 `request`
    /// "
    /// );
    /// ```
    fn report(&self) -> Report
    where
        Self: Sized,
    {
        Report { size: size_of::<Self>(), states: self.states() }
    }
}

/// What [`Inspect::report`] gives.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    size: usize,
    states: &'static [State],
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} bytes", self.size)?;
        largest_first(self.states, State::size, |state| {
            writeln!(f, "  {}: {} bytes", state.name, state.size())?;
            largest_first(state.holds, |(_, size)| *size, |(name, size)| writeln!(f, "    {size:>6} `{name}`"))
        })
    }
}

/// Calls `each` on what is not empty, the largest first; there is nowhere to sort it in.
fn largest_first<T>(all: &[T], size: impl Fn(&T) -> usize, mut each: impl FnMut(&T) -> fmt::Result) -> fmt::Result {
    let mut last = (usize::MAX, 0);
    loop {
        let smaller = all.iter().enumerate().map(|(index, item)| (size(item), index, item));
        let smaller =
            smaller.filter(|(size, index, _)| *size > 0 && (*size < last.0 || *size == last.0 && *index > last.1));
        match smaller.max_by_key(|(size, index, _)| (*size, core::cmp::Reverse(*index))) {
            Some((size, index, item)) => {
                each(item)?;
                last = (size, index);
            }
            None => return Ok(()),
        }
    }
}
