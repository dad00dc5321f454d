//! The waker of a task: its data is a pointer to the task's header, and owns one of the references counted there.

use std::task::{RawWaker, RawWakerVTable};

use super::task::Task;

/// A `static` has one address, so that `will_wake`, which compares addresses, knows clones of a waker.
pub(crate) static VTABLE: RawWakerVTable = RawWakerVTable::new(raw_clone, raw_wake, raw_wake_by_ref, raw_drop);

unsafe fn raw_clone(data: *const ()) -> RawWaker {
    // SAFETY: `data` came from `Task::as_ptr`, and the cloned waker has a reference.
    unsafe { Task::from_ptr(data) }.add_ref();
    RawWaker::new(data, &VTABLE)
}

unsafe fn raw_wake(data: *const ()) {
    // SAFETY: as above; the reference is given back only when the wake is through.
    let task = unsafe { Task::from_ptr(data) };
    task.wake();
    task.drop_ref();
}

unsafe fn raw_wake_by_ref(data: *const ()) {
    // SAFETY: as above.
    unsafe { Task::from_ptr(data) }.wake();
}

unsafe fn raw_drop(data: *const ()) {
    // SAFETY: as above; this waker's reference is given back.
    unsafe { Task::from_ptr(data) }.drop_ref();
}
