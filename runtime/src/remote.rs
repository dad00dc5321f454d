//! The way in from other threads: a stack that anybody pushes to and the owner takes whole.
//!
//! A node is on at most one stack, and at most once: who finds its [`Mark`] unset, and sets it, pushes the node; who
//! finds it set goes home. The owner takes all nodes at a time, and unsets the mark only of what it has taken. So the
//! link of a node belongs to one thread at a time, and as nodes are never taken singly, there is no ABA problem.
//! A stack can be closed; what comes later is turned away.

use std::ptr::{self, NonNull};

use crate::sync::{AtomicBool, AtomicPtr, Ordering};

/// Whether a node is on a stack, or about to be, or taken from it and not attended to.
pub(crate) struct Mark(AtomicBool);

impl Mark {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// True if it was not set, and the node is the caller's to push.
    pub(crate) fn set(&self) -> bool {
        // Release: publishes what the caller wrote, whether it pushes or not. `unset` reads it by a swap.
        // Acquire: pushing writes the link, which the owner has read before it unset the mark.
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Whether it is set, as far as can be seen without looking for it in earnest.
    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For the owner, of a node that it has taken, when it attends to it: what was written before the mark was set is
    /// seen, and who sets it from now on pushes the node again.
    pub(crate) fn unset(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}

/// Which node was pushed before this one, for as long as this one is on a stack. For the thread that pushes, then for
/// the owner.
pub(crate) struct Link<N>(AtomicPtr<N>);

impl<N> Link<N> {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }
}

/// A type with a link in it.
///
/// # Safety
/// `link` must return the node's one and only link, in the node's memory.
pub(crate) unsafe trait Node: Sized {
    /// # Safety
    /// `this` must point to a node that is alive for `'n`.
    unsafe fn link<'n>(this: NonNull<Self>) -> &'n Link<Self>;
}

/// What became of a pushed node.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Pushed {
    /// It is the only one: the owner has to be roused.
    First,
    /// There were others, so whoever pushed the first rouses the owner.
    Another,
    /// The stack is closed, and does not have it.
    Closed,
}

/// The nodes that other threads have pushed since the owner last looked.
pub(crate) struct Stack<N> {
    top: AtomicPtr<N>,
}

impl<N: Node> Stack<N> {
    pub(crate) fn new() -> Self {
        Self { top: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The top of a stack that is closed: the address of no node.
    fn closed() -> *mut N {
        ptr::without_provenance_mut(usize::MAX)
    }

    /// # Safety
    /// The caller has set the node's mark, and found it unset. The node stays alive until the owner has taken it,
    /// which may be before this returns.
    pub(crate) unsafe fn push(&self, node: NonNull<N>) -> Pushed {
        // SAFETY: alive, as it cannot be taken before it is there.
        let link = unsafe { N::link(node) };
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            if top == Self::closed() {
                return Pushed::Closed;
            }
            link.0.store(top, Ordering::Relaxed);
            // Release: whoever takes the node sees its link, and with it the whole stack.
            match self.top.compare_exchange_weak(top, node.as_ptr(), Ordering::Release, Ordering::Relaxed) {
                Ok(_) if top.is_null() => return Pushed::First,
                Ok(_) => return Pushed::Another,
                Err(now) => top = now,
            }
        }
    }

    /// Whether nothing is there, as far as can be seen without looking for it in earnest.
    #[inline]
    pub(crate) fn looks_empty(&self) -> bool {
        self.top.load(Ordering::Relaxed).is_null()
    }

    /// All nodes, the oldest first. For the owner.
    pub(crate) fn take(&self) -> Taken<N> {
        Taken::in_order(self.top.swap(ptr::null_mut(), Ordering::Acquire))
    }

    /// All nodes, the oldest first; from now on there will be none. For the owner, once.
    pub(crate) fn close(&self) -> Taken<N> {
        Taken::in_order(self.top.swap(Self::closed(), Ordering::Acquire))
    }
}

/// Nodes that have been taken, the oldest first. The links are read ahead: a node given out may be pushed again at once.
pub(crate) struct Taken<N> {
    next: *mut N,
}

impl<N: Node> Taken<N> {
    /// Turns a stack over.
    fn in_order(mut top: *mut N) -> Self {
        let mut oldest = ptr::null_mut();
        while let Some(node) = NonNull::new(top) {
            // SAFETY: a node that was pushed is alive until given out here.
            let link = unsafe { N::link(node) };
            top = link.0.load(Ordering::Relaxed);
            link.0.store(oldest, Ordering::Relaxed);
            oldest = node.as_ptr();
        }
        Self { next: oldest }
    }
}

impl<N: Node> Iterator for Taken<N> {
    type Item = NonNull<N>;

    fn next(&mut self) -> Option<NonNull<N>> {
        let node = NonNull::new(self.next)?;
        // SAFETY: as in `in_order`.
        self.next = unsafe { N::link(node) }.0.load(Ordering::Relaxed);
        Some(node)
    }
}
