//! A value whose construction and drop are part of the trace, and which is missed if it is dropped twice or never.

use crate::{inject, leaf::Leaf, trace};
use std::{cell::RefCell, fmt};

/// A tracked droppable. It is a name for a number, so that a double drop is a remark in the trace and not a crash.
pub struct D {
    id: usize,
    /// Lets Miri see what is used after its drop, dropped twice or leaked.
    #[cfg(miri)]
    _heap: Box<u8>,
}

/// What is known of every droppable of this run: its name, and whether it is alive.
struct Entry {
    name: String,
    alive: bool,
}

thread_local! {
    static ENTRIES: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// Makes a tracked droppable; reads like a tuple struct so that bodies stay short.
#[expect(non_snake_case, reason = "stands for the constructor of the type of the same name")]
pub fn D(name: impl Into<String>) -> D {
    let name = name.into();
    trace::log(format!("new {name}"));
    D::silent(name)
}

impl D {
    /// Makes a droppable without a remark: for leaves, whose construction shows in their first poll.
    pub(crate) fn silent(name: String) -> Self {
        let id = ENTRIES.with_borrow_mut(|entries| {
            entries.push(Entry { name, alive: true });
            entries.len() - 1
        });
        D {
            id,
            #[cfg(miri)]
            _heap: Box::new(0),
        }
    }

    /// Its name, from the table of this run.
    pub fn name(&self) -> String {
        #[cfg(miri)]
        assert_eq!(*self._heap, 0);
        ENTRIES.with_borrow(|entries| entries.get(self.id).map_or("STALE".to_string(), |entry| entry.name.clone()))
    }

    /// Gives it another name, as a visible mutation.
    pub fn rename(&mut self, name: impl Into<String>) {
        let name = name.into();
        trace::log(format!("rename {} to {name}", self.name()));
        ENTRIES.with_borrow_mut(|entries| entries[self.id].name = name);
    }

    /// A future that borrows it: resolves to the length of its name.
    pub fn peek(&self) -> Leaf<usize, &D> {
        Leaf::holding(format!("peek {}", self.name()), 1, self.name().len(), self)
    }

    /// A future that borrows it mutably: resolves to the length of its name, made one longer.
    pub fn extend(&mut self) -> Leaf<usize, &mut D> {
        let name = self.name() + "+";
        self.rename(name);
        Leaf::holding(format!("extend {}", self.name()), 1, self.name().len(), self)
    }

    /// A future that owns it: resolves to the length of its name.
    pub fn finish(self) -> Leaf<usize, D> {
        Leaf::holding(format!("finish {}", self.name()), 1, self.name().len(), self)
    }

    /// Another one, named after it, made without a suspension.
    pub fn twin(&self) -> D {
        D(format!("{}'", self.name()))
    }
}

impl Drop for D {
    fn drop(&mut self) {
        let name = self.name();
        let alive = ENTRIES
            .with_borrow_mut(|entries| entries.get_mut(self.id).is_some_and(|entry| std::mem::take(&mut entry.alive)));
        trace::log(format!("{} {name}", if alive { "drop" } else { "DOUBLE DROP" }));
        inject::on_drop();
    }
}

impl fmt::Debug for D {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D({})", self.name())
    }
}

impl fmt::Display for D {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl PartialEq for D {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

/// Ends the run: a remark for each droppable still alive, and an empty table.
pub(crate) fn finish() {
    for entry in ENTRIES.take() {
        if entry.alive {
            trace::log(format!("LEAKED {}", entry.name));
        }
    }
}
