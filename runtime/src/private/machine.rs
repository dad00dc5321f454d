//! A frame and the function that steps it, joined into a future.

use core::cell::UnsafeCell;
use core::mem::forget;
use core::pin::Pin;
use core::task::{Context, Poll};

/// What [`Machine`] needs of a frame beyond what the step function does: to note how the last step ended.
pub trait Frame {
    /// The body returned: a further poll panics.
    fn finished(&self);
    /// The body unwound: a further poll panics.
    fn panicked(&self);
}

/// The future a desugared function returns.
pub struct Machine<F, S> {
    frame: F,
    step: S,
}

/// Joins a frame in its first state and the body that steps it.
///
/// `step` captures nothing: it is one closure only so that rustc infers the types of the whole body together.
#[cfg_attr(not(debug_assertions), inline(always))]
pub const fn machine<F, S, R>(frame: F, step: S) -> Machine<F, S>
where
    F: Frame,
    S: Fn(&F, &mut Context<'_>) -> Poll<R>,
{
    const {
        assert!(
            size_of::<S>() == 0,
            "this block mentions a variable only in a macro or a call, where `block!` does not see it"
        )
    };
    Machine { frame, step }
}

impl<F, S, R> Future for Machine<F, S>
where
    F: Frame,
    S: Fn(&F, &mut Context<'_>) -> Poll<R>,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        // The frame is pinned with the machine: only a shared reference to it is made, and nothing is moved out.
        let this = self.into_ref().get_ref();
        let unwinding = Unwinding(&this.frame);
        let poll = (this.step)(&this.frame, cx);
        forget(unwinding);
        // Not `is_ready`: where the step suspends, what it returns is known, and so is the way out of this match.
        match poll {
            Poll::Ready(output) => {
                this.frame.finished();
                Poll::Ready(output)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<F: Inspect, S> Inspect for Machine<F, S> {
    fn states(&self) -> &'static [State] {
        self.frame.states()
    }

    fn state(&self) -> &'static State {
        self.frame.state()
    }
}

/// Tells the frame that its step did not return.
struct Unwinding<'a, F: Frame>(&'a F);

impl<F: Frame> Drop for Unwinding<'_, F> {
    #[cold]
    fn drop(&mut self) {
        self.0.panicked();
    }
}

/// The state of a frame: a cell that does not make the frame `!Sync`.
pub struct Tag<S>(UnsafeCell<S>);

// SAFETY: through `&Tag` the state changes only inside `poll` and `drop`, which hold the frame's one `Pin<&mut _>`
// or `&mut _`; the only other reader, `Inspect`, borrows the future and so cannot run beside either.
unsafe impl<S: Sync> Sync for Tag<S> {}
impl<S: core::panic::RefUnwindSafe> core::panic::RefUnwindSafe for Tag<S> {}

impl<S: Copy> Tag<S> {
    /// A frame's first state.
    pub const fn new(state: S) -> Self {
        Tag(UnsafeCell::new(state))
    }

    /// The state.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn get(&self) -> S {
        // SAFETY: no reference into the cell is ever made, and accesses do not race (see `Sync` above).
        unsafe { *self.0.get() }
    }

    /// Changes the state.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn set(&self, state: S) {
        // SAFETY: as in `get`.
        unsafe { *self.0.get() = state }
    }

    /// Suspends: notes the state, and leaves what is alive in the frame, where the next poll finds it.
    ///
    /// `alive` is the guards of the survivors, in the order in which cancelling drops them; they are forgotten.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn suspend<A, R>(&self, state: S, alive: A) -> Poll<R> {
        self.set(state);
        forget(alive);
        Poll::Pending
    }
}

use crate::inspect::{Inspect, State};
