//! The trace of one run: remarks in the order in which they happened, one log per thread.

use std::cell::RefCell;

thread_local! {
    static TRACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Writes one remark at the end of this thread's trace.
pub fn log(remark: impl Into<String>) {
    let remark = remark.into();
    TRACE.with_borrow_mut(|trace| trace.push(remark));
}

/// Takes the trace written so far and starts a new one.
pub fn take() -> Vec<String> {
    TRACE.with_borrow_mut(std::mem::take)
}
