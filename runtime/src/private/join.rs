//! What `join!` and `try_join!` await: several futures at once, in one list.
//!
//! An output waits in the place of the future it came from, which is dropped as soon as it is ready. The list is dropped
//! from its first operand to its last.

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

/// Futures that are awaited together.
#[must_use]
pub struct Join<T, L> {
    turns: T,
    list: L,
}

/// Futures that are awaited together until one of them fails.
#[must_use]
pub struct TryJoin<T, L, E> {
    turns: T,
    list: L,
    _error: PhantomData<fn() -> E>,
}

/// A list with one operand more.
pub struct And<L, F: Future> {
    // Before the operand: the list is dropped from its first to its last.
    list: L,
    operand: Operand<F>,
}

/// A future, its output, or neither.
// With a tag of its own: which of these it is must not be read from inside of a future that borrows from itself.
#[repr(C)]
enum Operand<F: Future> {
    Waiting(F),
    Ready(F::Output),
    Taken,
}

/// In which order the operands are polled.
pub trait Turns {
    /// The operands of the next poll, of so many.
    fn next(&mut self, count: u32) -> impl Iterator<Item = u32>;
}

/// Each poll begins one operand further, so that none starves the others.
pub struct Rotating {
    first: u32,
}

/// Each poll begins with the first operand.
pub struct InOrder;

/// Each poll begins with the last operand.
pub struct Reversed;

impl Rotating {
    /// The first poll begins with the first operand.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Rotating { first: 0 }
    }
}

impl Turns for Rotating {
    #[inline]
    fn next(&mut self, count: u32) -> impl Iterator<Item = u32> {
        let first = self.first;
        self.first = if first + 1 == count { 0 } else { first + 1 };
        (first..count).chain(0..first)
    }
}

impl Turns for InOrder {
    #[inline]
    fn next(&mut self, count: u32) -> impl Iterator<Item = u32> {
        0..count
    }
}

impl Turns for Reversed {
    #[inline]
    fn next(&mut self, count: u32) -> impl Iterator<Item = u32> {
        (0..count).rev()
    }
}

/// No future yet.
#[inline]
pub const fn join<T: Turns>(turns: T) -> Join<T, ()> {
    Join { turns, list: () }
}

/// No future yet.
#[inline]
pub const fn try_join<T: Turns, E>(turns: T) -> TryJoin<T, (), E> {
    TryJoin { turns, list: (), _error: PhantomData }
}

impl<T, L> Join<T, L> {
    /// One future more.
    #[inline]
    pub fn and<F: Future>(self, future: F) -> Join<T, And<L, F>> {
        Join { turns: self.turns, list: And::new(self.list, future) }
    }
}

impl<T, L, E> TryJoin<T, L, E> {
    /// One future more.
    #[inline]
    pub fn and<F: Future<Output = Result<O, E>>, O>(self, future: F) -> TryJoin<T, And<L, F>, E> {
        TryJoin { turns: self.turns, list: And::new(self.list, future), _error: PhantomData }
    }
}

impl<T: Turns, L: Outputs> Future for Join<T, L> {
    type Output = L::Outputs;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<L::Outputs> {
        // SAFETY: the list is pinned with this, which has no destructor and moves it nowhere.
        let (turns, mut list) = unsafe {
            let this = self.get_unchecked_mut();
            (&mut this.turns, Pin::new_unchecked(&mut this.list))
        };
        let mut all = true;
        for index in turns.next(L::COUNT) {
            all &= list.as_mut().poll_nth(index, cx).is_ready();
        }
        if all { Poll::Ready(list.take()) } else { Poll::Pending }
    }
}

impl<T: Turns, L: Results<E>, E> Future for TryJoin<T, L, E> {
    type Output = Result<L::Oks, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<L::Oks, E>> {
        // SAFETY: as for `Join`.
        let (turns, mut list) = unsafe {
            let this = self.get_unchecked_mut();
            (&mut this.turns, Pin::new_unchecked(&mut this.list))
        };
        let mut all = true;
        for index in turns.next(L::COUNT) {
            all &= list.as_mut().try_poll_nth(index, cx)?.is_ready();
        }
        if all { Poll::Ready(list.take_oks()) } else { Poll::Pending }
    }
}

/// A list of futures.
pub trait Outputs {
    /// How many there are.
    const COUNT: u32;
    /// `((((), first), second), third)`.
    type Outputs;
    /// Polls one of them, unless it has been ready before.
    fn poll_nth(self: Pin<&mut Self>, index: u32, cx: &mut Context<'_>) -> Poll<()>;
    /// The outputs of all, which are there.
    fn take(self: Pin<&mut Self>) -> Self::Outputs;
}

/// A list of futures that may fail.
pub trait Results<E> {
    /// How many there are.
    const COUNT: u32;
    /// `((((), first), second), third)`.
    type Oks;
    /// Polls one of them, unless it has been ready before, and takes its error.
    fn try_poll_nth(self: Pin<&mut Self>, index: u32, cx: &mut Context<'_>) -> Poll<Result<(), E>>;
    /// The outputs of all, which are there.
    fn take_oks(self: Pin<&mut Self>) -> Result<Self::Oks, E>;
}

impl Outputs for () {
    const COUNT: u32 = 0;
    type Outputs = ();

    #[inline]
    fn poll_nth(self: Pin<&mut Self>, _: u32, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    #[inline]
    fn take(self: Pin<&mut Self>) {}
}

impl<L: Outputs, F: Future> Outputs for And<L, F> {
    const COUNT: u32 = L::COUNT + 1;
    type Outputs = (L::Outputs, F::Output);

    #[inline]
    fn poll_nth(self: Pin<&mut Self>, index: u32, cx: &mut Context<'_>) -> Poll<()> {
        let (list, operand) = self.project();
        if index == L::COUNT { operand.poll(cx) } else { list.poll_nth(index, cx) }
    }

    #[inline]
    fn take(self: Pin<&mut Self>) -> Self::Outputs {
        let (list, operand) = self.project();
        (list.take(), operand.take())
    }
}

impl<E> Results<E> for () {
    const COUNT: u32 = 0;
    type Oks = ();

    #[inline]
    fn try_poll_nth(self: Pin<&mut Self>, _: u32, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn take_oks(self: Pin<&mut Self>) -> Result<(), E> {
        Ok(())
    }
}

impl<L: Results<E>, F: Future<Output = Result<O, E>>, O, E> Results<E> for And<L, F> {
    const COUNT: u32 = L::COUNT + 1;
    type Oks = (L::Oks, O);

    #[inline]
    fn try_poll_nth(self: Pin<&mut Self>, index: u32, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        let (list, mut operand) = self.project();
        if index != L::COUNT {
            return list.try_poll_nth(index, cx);
        }
        ready!(operand.as_mut().poll(cx));
        match &*operand {
            Operand::Ready(Err(_)) => Poll::Ready(operand.take().map(|_| ())),
            _ => Poll::Ready(Ok(())),
        }
    }

    #[inline]
    fn take_oks(self: Pin<&mut Self>) -> Result<Self::Oks, E> {
        let (list, operand) = self.project();
        Ok((list.take_oks()?, operand.take()?))
    }
}

impl<L, F: Future> And<L, F> {
    #[inline]
    const fn new(list: L, future: F) -> Self {
        And { list, operand: Operand::Waiting(future) }
    }

    #[inline]
    fn project(self: Pin<&mut Self>) -> (Pin<&mut L>, Pin<&mut Operand<F>>) {
        // SAFETY: both are pinned with this, which has no destructor and moves neither.
        unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.list), Pin::new_unchecked(&mut this.operand))
        }
    }
}

impl<F: Future> Operand<F> {
    /// Polls the future, if it is still there.
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: a future is pinned with its operand, and leaves it only by being dropped.
        let output = match unsafe { self.as_mut().get_unchecked_mut() } {
            // SAFETY: as above.
            Operand::Waiting(future) => ready!(unsafe { Pin::new_unchecked(future) }.poll(cx)),
            Operand::Ready(_) | Operand::Taken => return Poll::Ready(()),
        };
        self.set(Operand::Ready(output));
        Poll::Ready(())
    }

    /// The output, which is there.
    #[inline]
    fn take(self: Pin<&mut Self>) -> F::Output {
        assert!(matches!(*self, Operand::Ready(_)), "the future has an output");
        // SAFETY: there is no future any more that could be moved.
        match core::mem::replace(unsafe { self.get_unchecked_mut() }, Operand::Taken) {
            Operand::Ready(output) => output,
            _ => unreachable!(),
        }
    }
}
