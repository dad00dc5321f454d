//! Two futures in one: both outputs, or the first.

use core::future::poll_fn;
use core::{
    future::{Future, IntoFuture},
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// Awaits two futures at the same time, and gives both outputs. The first is polled first.
///
/// A future that is ready is dropped, and its output kept until the other is.
///
/// # Panics
/// When polled after it was ready, as any `async fn`.
///
/// ```
/// let both = desugar::block_on(desugar::join(async { 1 }, async { "a" }));
/// assert_eq!(both, (1, "a"));
/// ```
pub async fn join<A: IntoFuture, B: IntoFuture>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(Half::Pending(a.into_future())), pin!(Half::Pending(b.into_future())));
    poll_fn(|cx| {
        let (a_ready, b_ready) = (a.as_mut().poll(cx), b.as_mut().poll(cx));
        if a_ready && b_ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    (a.output(), b.output())
}

/// Awaits two futures until one is ready, and drops the other. The first is polled first, and preferred.
///
/// # Panics
/// When polled after it was ready, as any `async fn`.
///
/// ```
/// use desugar::Either;
///
/// let first = desugar::block_on(desugar::select(std::future::pending::<()>(), async { 2 }));
/// assert_eq!(first, Either::Right(2));
/// ```
pub async fn select<A: IntoFuture, B: IntoFuture>(a: A, b: B) -> Either<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a.into_future()), pin!(b.into_future()));
    poll_fn(|cx| match a.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Either::Left(output)),
        Poll::Pending => b.as_mut().poll(cx).map(Either::Right),
    })
    .await
}

/// Which of two futures was ready first, and its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first.
    Left(A),
    /// The second.
    Right(B),
}

/// A future, or what came of it.
enum Half<F: Future> {
    /// Pinned.
    Pending(F),
    /// Not pinned.
    Ready(F::Output),
    Taken,
}

impl<F: Future> Half<F> {
    /// Whether there is an output, after a poll if one is needed.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        // SAFETY: nothing is moved out of the future, which is pinned with `self`.
        let Half::Pending(future) = (unsafe { self.as_mut().get_unchecked_mut() }) else { return true };
        // SAFETY: as above.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) else { return false };
        // Drops the future in place.
        self.set(Half::Ready(output));
        true
    }

    fn output(self: Pin<&mut Self>) -> F::Output {
        // SAFETY: an output is not pinned. Where there is a future it is not moved, as `Taken` replaces outputs only.
        let this = unsafe { self.get_unchecked_mut() };
        assert!(matches!(this, Half::Ready(_)), "asked only when ready");
        let Half::Ready(output) = core::mem::replace(this, Half::Taken) else { unreachable!("looked at above") };
        output
    }
}
