//! A mutex in name only: `lock().await` gives a guard that leaves a remark when dropped.

use crate::{inject, leaf::Leaf, trace};
use std::{
    cell::{Cell, RefCell, RefMut},
    ops::{Deref, DerefMut},
};

/// Guards a value. Poisoned by a panic while it is locked.
#[derive(Debug)]
pub struct Mutex<T> {
    value: RefCell<T>,
    poisoned: Cell<bool>,
}

/// Access to the value until dropped.
#[derive(Debug)]
pub struct Guard<'a, T> {
    value: RefMut<'a, T>,
    poisoned: &'a Cell<bool>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody has locked.
    pub fn new(value: T) -> Self {
        Mutex { value: RefCell::new(value), poisoned: Cell::new(false) }
    }

    /// Pending once, then the guard.
    pub fn lock(&self) -> Leaf<Guard<'_, T>> {
        Leaf::holding("lock", 1, self.guard(), ())
    }

    /// The guard at once; panics if it is held.
    pub fn guard(&self) -> Guard<'_, T> {
        Guard { value: self.value.borrow_mut(), poisoned: &self.poisoned }
    }

    /// Whether a panic unwound past a guard.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned.get()
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        let panicking = std::thread::panicking();
        self.poisoned.set(self.poisoned.get() || panicking);
        trace::log(if panicking { "drop guard, poisoned" } else { "drop guard" });
        inject::on_drop();
    }
}
