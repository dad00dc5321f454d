//! What `select!` awaits: several futures in one list, of which the first that is ready ends it.
//!
//! The list is dropped from its first branch to its last.

use core::iter::Chain;
use core::ops::Range;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker, ready};

/// Futures of which one is awaited.
#[must_use]
pub struct Select<T, L, N> {
    turns: T,
    list: L,
    none: N,
}

/// A list with one branch more.
pub struct Or<L, F, B> {
    // Before the future: the list is dropped from its first to its last.
    list: L,
    future: F,
    branch: B,
}

/// A branch that is over when its future is ready, and whose pattern may not match then.
pub struct Once<V, M> {
    variant: V,
    matching: M,
    disabled: bool,
}

/// A branch that is over when its future says so.
pub struct Fused<P, V> {
    is_over: P,
    variant: V,
}

/// The pattern of a branch that always matches.
pub struct Always;

/// No future yet. Each poll asks `turns` which branches to poll and in which order, and `none` for the value if there is
/// nothing to expect of any.
#[inline]
pub const fn select<T, I, N, O>(turns: T, none: N) -> Select<T, (), N>
where
    T: FnMut(&mut Context<'_>) -> Poll<I>,
    I: IntoIterator<Item = u32>,
    N: FnMut() -> O,
{
    Select { turns, list: (), none }
}

/// So many branches, from `first` on, and then those before it.
#[inline]
pub fn starting_at(first: u32, count: u32) -> Chain<Range<u32>, Range<u32>> {
    (first..count).chain(0..first)
}

impl<T, L, N> Select<T, L, N> {
    /// One future more, of whose output `variant` makes the value.
    #[inline]
    pub fn branch<F: Future, V, O>(self, future: F, variant: V) -> Select<T, Or<L, F, Once<V, Always>>, N>
    where
        V: FnMut(F::Output) -> O,
    {
        let branch = Once { variant, matching: Always, disabled: false };
        Select { turns: self.turns, list: Or { list: self.list, future, branch }, none: self.none }
    }

    /// One future more that knows itself when it is over.
    #[inline]
    pub fn fused<F: Future, P, V, O>(self, future: F, is_over: P, variant: V) -> Select<T, Or<L, F, Fused<P, V>>, N>
    where
        P: FnMut(&F) -> bool,
        V: FnMut(F::Output) -> O,
    {
        let branch = Fused { is_over, variant };
        Select { turns: self.turns, list: Or { list: self.list, future, branch }, none: self.none }
    }

    /// Polls once, and waits for nothing.
    #[inline]
    pub fn now<O>(self) -> Poll<O>
    where
        Self: Future<Output = O>,
    {
        pin!(self).poll(&mut Context::from_waker(Waker::noop()))
    }
}

/// What more there is to say of the last branch.
impl<T, L, F: Future, V, M, N> Select<T, Or<L, F, Once<V, M>>, N> {
    /// It is over before it begins if `disabled`.
    #[inline]
    pub fn unless(mut self, disabled: bool) -> Self {
        self.list.branch.disabled = disabled;
        self
    }

    /// An output that is not `matching` is dropped, and the branch is over.
    #[inline]
    pub fn matching<P>(self, matching: P) -> Select<T, Or<L, F, Once<V, P>>, N>
    where
        P: FnMut(&F::Output) -> bool,
    {
        let Or { list, future, branch: Once { variant, disabled, .. } } = self.list;
        let list = Or { list, future, branch: Once { variant, matching, disabled } };
        Select { turns: self.turns, list, none: self.none }
    }
}

impl<T, I, L, N, O> Future for Select<T, L, N>
where
    T: FnMut(&mut Context<'_>) -> Poll<I>,
    I: IntoIterator<Item = u32>,
    L: Branches<O>,
    N: FnMut() -> O,
{
    type Output = O;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O> {
        // SAFETY: the list is pinned with this, which has no destructor and moves it nowhere; the others never are.
        let (turns, mut list, none) = unsafe {
            let this = self.get_unchecked_mut();
            (&mut this.turns, Pin::new_unchecked(&mut this.list), &mut this.none)
        };
        let mut pending = false;
        for index in ready!(turns(cx)) {
            match list.as_mut().poll_nth(index, cx) {
                Some(Poll::Ready(value)) => return Poll::Ready(value),
                Some(Poll::Pending) => pending = true,
                None => {}
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(none()) }
    }
}

/// A list of branches.
pub trait Branches<O> {
    /// How many there are.
    const COUNT: u32;
    /// Polls one of them, if it is not over.
    fn poll_nth(self: Pin<&mut Self>, index: u32, cx: &mut Context<'_>) -> Option<Poll<O>>;
}

impl<O> Branches<O> for () {
    const COUNT: u32 = 0;

    #[inline]
    fn poll_nth(self: Pin<&mut Self>, _: u32, _: &mut Context<'_>) -> Option<Poll<O>> {
        None
    }
}

impl<L: Branches<O>, F, B: Branch<F, O>, O> Branches<O> for Or<L, F, B> {
    const COUNT: u32 = L::COUNT + 1;

    #[inline]
    fn poll_nth(self: Pin<&mut Self>, index: u32, cx: &mut Context<'_>) -> Option<Poll<O>> {
        // SAFETY: the list and the future are pinned with this, which has no destructor and moves neither.
        let (list, future, branch) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.list), Pin::new_unchecked(&mut this.future), &mut this.branch)
        };
        if index == L::COUNT { branch.poll(future, cx) } else { list.poll_nth(index, cx) }
    }
}

/// What is done with a future of type `F` to get a value.
pub trait Branch<F, O> {
    /// Polls the future, if the branch is not over.
    fn poll(&mut self, future: Pin<&mut F>, cx: &mut Context<'_>) -> Option<Poll<O>>;
}

impl<F: Future, O, P: FnMut(&F) -> bool, V: FnMut(F::Output) -> O> Branch<F, O> for Fused<P, V> {
    #[inline]
    fn poll(&mut self, future: Pin<&mut F>, cx: &mut Context<'_>) -> Option<Poll<O>> {
        if (self.is_over)(&future) {
            return None;
        }
        Some(future.poll(cx).map(&mut self.variant))
    }
}

impl<F: Future, O, V: FnMut(F::Output) -> O, M: Matching<F::Output>> Branch<F, O> for Once<V, M> {
    #[inline]
    fn poll(&mut self, future: Pin<&mut F>, cx: &mut Context<'_>) -> Option<Poll<O>> {
        if self.disabled {
            return None;
        }
        let output = match future.poll(cx) {
            Poll::Ready(output) => output,
            Poll::Pending => return Some(Poll::Pending),
        };
        self.disabled = true;
        self.matching.matches(&output).then(|| Poll::Ready((self.variant)(output)))
    }
}

/// A pattern.
pub trait Matching<O> {
    /// Whether it matches.
    fn matches(&mut self, output: &O) -> bool;
}

impl<O> Matching<O> for Always {
    #[inline]
    fn matches(&mut self, _: &O) -> bool {
        true
    }
}

impl<O, M: FnMut(&O) -> bool> Matching<O> for M {
    #[inline]
    fn matches(&mut self, output: &O) -> bool {
        self(output)
    }
}
