//! A waker that leaves a remark with the number of the poll it was given to.

use crate::trace;
use std::{
    sync::Arc,
    task::{Wake, Waker},
};

struct Numbered(usize);

impl Wake for Numbered {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        trace::log(format!("wake of poll {}", self.0));
    }
}

/// The waker of that poll: a new one each time, so that a stale one shows.
pub(crate) fn numbered(poll: usize) -> Waker {
    Arc::new(Numbered(poll)).into()
}
