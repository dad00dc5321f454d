//! The way in from other threads: a stack that anybody pushes to and the owner takes whole.
//!
//! A node is on at most one stack, and at most once: who finds [`Link::queued`] unset, and sets it, pushes the node; who
//! finds it set goes home. The owner takes all nodes at a time, and unsets the mark only of what it has taken. So the
//! links of a node belong to one thread at a time, and as nodes are never taken singly, there is no ABA problem.
//! A stack can be closed; what comes later is turned away.

use std::ptr::{self, NonNull};

use crate::sync::{AtomicBool, AtomicPtr, Ordering};

/// What a node needs to be on a [`Stack`].
pub(crate) struct Link<N> {
    /// On a stack, or about to be, or taken from it and not attended to.
    queued: AtomicBool,
    /// The node pushed before, for as long as this one is on a stack. For the thread that pushes, then the one that takes.
    below: AtomicPtr<N>,
}

impl<N> Link<N> {
    pub(crate) fn new() -> Self {
        Self { queued: AtomicBool::new(false), below: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Marks the node; true if it was not, and is the caller's to push.
    pub(crate) fn mark(&self) -> bool {
        // Release: publishes what the caller wrote, whether it pushes or not. `unmark` reads it by a swap.
        // Acquire: pushing changes `below`, which the owner may have read just before it unmarked.
        !self.queued.swap(true, Ordering::AcqRel)
    }

    /// Whether it was marked, as far as can be seen without looking for it in earnest.
    #[inline]
    pub(crate) fn is_marked(&self) -> bool {
        self.queued.load(Ordering::Relaxed)
    }

    /// For the owner, of a node that it has taken, when it attends to it: what was written before the marks is seen, and
    /// marks made from now on push the node again.
    pub(crate) fn unmark(&self) {
        self.queued.swap(false, Ordering::AcqRel);
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
    /// The caller has marked the node and found it unmarked before. The node stays alive until the owner has taken it,
    /// which may be before this returns.
    pub(crate) unsafe fn push(&self, node: NonNull<N>) -> Pushed {
        // SAFETY: alive, as it cannot be taken before it is there.
        let link = unsafe { N::link(node) };
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            if top == Self::closed() {
                return Pushed::Closed;
            }
            link.below.store(top, Ordering::Relaxed);
            // Release: whoever takes the node sees `below`, and with it the whole stack.
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
            let below = unsafe { &N::link(node).below };
            top = below.load(Ordering::Relaxed);
            below.store(oldest, Ordering::Relaxed);
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
        self.next = unsafe { N::link(node) }.below.load(Ordering::Relaxed);
        Some(node)
    }
}
