//! Why a task gave no value.

use std::{any::Any, error::Error, fmt, sync::Mutex};

use crate::stage::Payload;

/// Why awaiting a task gave no value: it panicked, or its pool was dropped before it could end.
pub struct TaskError {
    reason: Reason,
}

enum Reason {
    /// What the panic was raised with, in a lock so that the error is `Sync`, and its text if it has one.
    Panicked {
        text: Option<String>,
        payload: Mutex<Payload>,
    },
    Dropped,
}

impl TaskError {
    pub(crate) fn panicked(payload: Payload) -> Self {
        let text = match payload.downcast_ref::<&str>() {
            Some(text) => Some((*text).to_owned()),
            None => payload.downcast_ref::<String>().cloned(),
        };
        Self { reason: Reason::Panicked { text, payload: Mutex::new(payload) } }
    }

    pub(crate) fn dropped() -> Self {
        Self { reason: Reason::Dropped }
    }

    /// Whether the task panicked. If not, its pool was dropped first.
    pub fn is_panic(&self) -> bool {
        matches!(self.reason, Reason::Panicked { .. })
    }

    /// What the panic was raised with, as for [`std::panic::resume_unwind`]; the error itself if there was none.
    ///
    /// # Errors
    /// If the task did not panic.
    pub fn into_panic(self) -> Result<Box<dyn Any + Send>, TaskError> {
        match self.reason {
            Reason::Panicked { payload, .. } => Ok(payload.into_inner().unwrap_or_else(|poison| poison.into_inner())),
            Reason::Dropped => Err(self),
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Panicked { text: Some(text), .. } => write!(f, "the task panicked: {text}"),
            Reason::Panicked { text: None, .. } => write!(f, "the task panicked"),
            Reason::Dropped => {
                write!(f, "the task was dropped with its pool; keep the pool for as long as its tasks are awaited")
            }
        }
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskError({self})")
    }
}

impl Error for TaskError {}
