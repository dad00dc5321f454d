//! How one run goes: where it is cancelled, where it panics, which polls are spurious.

use std::fmt;

/// A panic that is injected into a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// No panic.
    None,
    /// At this tick (or leaf poll), counted from 0.
    Tick(usize),
    /// At this tracked drop, counted from 0.
    Drop(usize),
}

/// One run of a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Drop it after so many polls; `None` runs to the end.
    pub cancel_after: Option<usize>,
    /// The panic of this run.
    pub injection: Injection,
    /// Every second poll finds the leaves not ready.
    pub spurious: bool,
}

impl Schedule {
    /// To the end, undisturbed.
    pub const COMPLETE: Schedule = Schedule { cancel_after: None, injection: Injection::None, spurious: false };

    /// Dropped after so many polls.
    pub fn cancelled(after: usize) -> Self {
        Schedule { cancel_after: Some(after), ..Self::COMPLETE }
    }

    /// The same with a panic.
    pub fn with(self, injection: Injection) -> Self {
        Schedule { injection, ..self }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cancel_after {
            Some(polls) => write!(f, "dropped after {polls} polls")?,
            None => write!(f, "to the end")?,
        }
        match self.injection {
            Injection::None => {}
            Injection::Tick(at) => write!(f, ", panic at tick {at}")?,
            Injection::Drop(at) => write!(f, ", panic at drop {at}")?,
        }
        if self.spurious { write!(f, ", with spurious polls") } else { Ok(()) }
    }
}
