//! Futures as values: awaited at once, later, after being borrowed, and joined.

use crate::leaves::*;

desugar_examples::twice! {
    /// A big one, awaited where it is made.
    pub(crate) async fn direct(n: u64) -> u64 {
        big(n).await
    }

    /// Through a variable.
    pub(crate) async fn through_a_let(n: u64) -> u64 {
        let future = big(n);
        future.await
    }

    /// Something else is awaited first.
    pub(crate) async fn another_first(n: u64) -> u64 {
        let future = big(n);
        let first = tick(1).await;
        first + future.await
    }

    /// Borrowed once.
    pub(crate) async fn borrowed_once(n: u64) -> u64 {
        let future = big(n);
        let peeked = future.peek();
        peeked + future.await
    }

    /// Borrowed once, and something else is awaited between.
    pub(crate) async fn borrowed_before(n: u64) -> u64 {
        let future = big(n);
        let peeked = future.peek();
        let first = tick(1).await;
        first + peeked + future.await
    }

    /// Three, moved into a joiner.
    pub(crate) async fn joined(n: u64) -> u64 {
        let (a, b, c) = (big(n), big(n + 1), big(n + 2));
        join_3(a, b, c).await
    }

    /// The same after two other awaits.
    pub(crate) async fn joined_later(n: u64) -> u64 {
        let a = big(n);
        let b = big(n + 1);
        let c = big(n + 2);
        let first = tick(1).await;
        let second = tick(2).await;
        first + second + join_3(a, b, c).await
    }

    /// Joins of joins.
    pub(crate) async fn nested_joins(n: u64) -> u64 {
        join(join(tick(n), big(n)), join(big(n), tick(2))).await
    }

    /// A loop that awaits, and then returns what a big one gives, or goes on.
    pub(crate) async fn until_big(future: Big) -> u64 {
        let mut n = 0;
        loop {
            n += tick(1).await;
            if n > 2 {
                return future.await + n;
            }
        }
    }

    /// Other futures in each arm.
    pub(crate) async fn arms_of_futures(n: u64) -> u64 {
        match n % 4 {
            0 => tick(n).await,
            1 => big(n).await,
            2 => weigh(Block::<512>::new(n)).await,
            _ => join(tick(n), tick(1)).await,
        }
    }
}

/// The same by hand.
pub(crate) mod hand {
    use std::future::Future;
    use std::mem::replace;
    use std::task::ready;

    use super::super::*;
    use super::*;

    pub(crate) enum Direct {
        Start(u64),
        Waiting(Big),
        Done,
    }

    step!(Direct, |this, cx| -> u64 {
        loop {
            match this {
                Direct::Start(n) => *this = Direct::Waiting(big(*n)),
                Direct::Waiting(future) => {
                    let n = ready!(poll(future, cx));
                    *this = Direct::Done;
                    return Poll::Ready(n);
                }
                Direct::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn direct(n: u64) -> Direct {
        Direct::Start(n)
    }

    pub(crate) use direct as through_a_let;

    pub(crate) enum AnotherFirst {
        Start(u64),
        First(Tick, Big),
        Second(u8, Big),
        Done,
    }

    step!(AnotherFirst, |this, cx| -> u64 {
        loop {
            match this {
                AnotherFirst::Start(n) => *this = AnotherFirst::First(tick(1), big(*n)),
                AnotherFirst::First(first, _) => {
                    let n = ready!(poll(first, cx)) as u8;
                    if let AnotherFirst::First(_, future) = replace(this, AnotherFirst::Done) {
                        *this = AnotherFirst::Second(n, future);
                    }
                }
                AnotherFirst::Second(n, future) => {
                    let n = u64::from(*n) + ready!(poll(future, cx));
                    *this = AnotherFirst::Done;
                    return Poll::Ready(n);
                }
                AnotherFirst::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn another_first(n: u64) -> AnotherFirst {
        AnotherFirst::Start(n)
    }

    pub(crate) enum BorrowedOnce {
        Start(u64),
        Waiting(u64, Big),
        Done,
    }

    step!(BorrowedOnce, |this, cx| -> u64 {
        loop {
            match this {
                BorrowedOnce::Start(n) => {
                    let future = big(*n);
                    *this = BorrowedOnce::Waiting(future.peek(), future);
                }
                BorrowedOnce::Waiting(peeked, future) => {
                    let n = *peeked + ready!(poll(future, cx));
                    *this = BorrowedOnce::Done;
                    return Poll::Ready(n);
                }
                BorrowedOnce::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn borrowed_once(n: u64) -> BorrowedOnce {
        BorrowedOnce::Start(n)
    }

    pub(crate) enum BorrowedBefore {
        Start(u64),
        First(u64, Tick, Big),
        Second(u64, Big),
        Done,
    }

    step!(BorrowedBefore, |this, cx| -> u64 {
        loop {
            match this {
                BorrowedBefore::Start(n) => {
                    let future = big(*n);
                    *this = BorrowedBefore::First(future.peek(), tick(1), future);
                }
                BorrowedBefore::First(peeked, first, _) => {
                    let n = *peeked + ready!(poll(first, cx));
                    if let BorrowedBefore::First(_, _, future) = replace(this, BorrowedBefore::Done) {
                        *this = BorrowedBefore::Second(n, future);
                    }
                }
                BorrowedBefore::Second(n, future) => {
                    let n = *n + ready!(poll(future, cx));
                    *this = BorrowedBefore::Done;
                    return Poll::Ready(n);
                }
                BorrowedBefore::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn borrowed_before(n: u64) -> BorrowedBefore {
        BorrowedBefore::Start(n)
    }

    type Three = Join<Big, Join<Big, Big>>;

    pub(crate) enum Joined {
        Start(u64),
        Waiting(Three),
        Done,
    }

    step!(Joined, |this, cx| -> u64 {
        loop {
            match this {
                Joined::Start(n) => *this = Joined::Waiting(join_3(big(*n), big(*n + 1), big(*n + 2))),
                Joined::Waiting(future) => {
                    let n = ready!(poll(future, cx));
                    *this = Joined::Done;
                    return Poll::Ready(n);
                }
                Joined::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn joined(n: u64) -> Joined {
        Joined::Start(n)
    }

    pub(crate) enum JoinedLater {
        Start(u64),
        First(Tick, [Big; 3]),
        Second(u8, Tick, [Big; 3]),
        Third(u8, Three),
        Done,
    }

    step!(JoinedLater, |this, cx| -> u64 {
        loop {
            match this {
                JoinedLater::Start(n) => *this = JoinedLater::First(tick(1), [big(*n), big(*n + 1), big(*n + 2)]),
                JoinedLater::First(first, _) => {
                    let n = ready!(poll(first, cx)) as u8;
                    if let JoinedLater::First(_, futures) = replace(this, JoinedLater::Done) {
                        *this = JoinedLater::Second(n, tick(2), futures);
                    }
                }
                JoinedLater::Second(n, second, _) => {
                    let n = *n + ready!(poll(second, cx)) as u8;
                    if let JoinedLater::Second(_, _, [a, b, c]) = replace(this, JoinedLater::Done) {
                        *this = JoinedLater::Third(n, join_3(a, b, c));
                    }
                }
                JoinedLater::Third(n, future) => {
                    let n = u64::from(*n) + ready!(poll(future, cx));
                    *this = JoinedLater::Done;
                    return Poll::Ready(n);
                }
                JoinedLater::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn joined_later(n: u64) -> JoinedLater {
        JoinedLater::Start(n)
    }

    type Nested = Join<Join<Tick, Big>, Join<Big, Tick>>;

    pub(crate) enum NestedJoins {
        Start(u64),
        Waiting(Nested),
        Done,
    }

    step!(NestedJoins, |this, cx| -> u64 {
        loop {
            match this {
                NestedJoins::Start(n) => {
                    *this = NestedJoins::Waiting(join(join(tick(*n), big(*n)), join(big(*n), tick(2))))
                }
                NestedJoins::Waiting(future) => {
                    let n = ready!(poll(future, cx));
                    *this = NestedJoins::Done;
                    return Poll::Ready(n);
                }
                NestedJoins::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn nested_joins(n: u64) -> NestedJoins {
        NestedJoins::Start(n)
    }

    pub(crate) enum UntilBig {
        Counting(u64, Tick, Big),
        Waiting(u64, Big),
        Done,
    }

    step!(UntilBig, |this, cx| -> u64 {
        loop {
            match this {
                UntilBig::Counting(n, pause, _) => {
                    *n += ready!(poll(pause, cx));
                    if *n <= 2 {
                        *pause = tick(1);
                        continue;
                    }
                    if let UntilBig::Counting(n, _, future) = replace(this, UntilBig::Done) {
                        *this = UntilBig::Waiting(n, future);
                    }
                }
                UntilBig::Waiting(n, future) => {
                    let n = *n + ready!(poll(future, cx));
                    *this = UntilBig::Done;
                    return Poll::Ready(n);
                }
                UntilBig::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn until_big(future: Big) -> UntilBig {
        UntilBig::Counting(0, tick(1), future)
    }

    pub(crate) enum ArmsOfFutures {
        Start(u64),
        Tick(Tick),
        Big(Big),
        Weigh(Weigh<512>),
        Both(Join<Tick, Tick>),
        Done,
    }

    step!(ArmsOfFutures, |this, cx| -> u64 {
        if let ArmsOfFutures::Start(n) = *this {
            *this = match n % 4 {
                0 => ArmsOfFutures::Tick(tick(n)),
                1 => ArmsOfFutures::Big(big(n)),
                2 => ArmsOfFutures::Weigh(weigh(Block::new(n))),
                _ => ArmsOfFutures::Both(join(tick(n), tick(1))),
            };
        }
        let n = match this {
            ArmsOfFutures::Tick(future) => ready!(poll(future, cx)),
            ArmsOfFutures::Big(future) => ready!(poll(future, cx)),
            ArmsOfFutures::Weigh(future) => ready!(poll(future, cx)),
            ArmsOfFutures::Both(future) => ready!(poll(future, cx)),
            ArmsOfFutures::Start(_) | ArmsOfFutures::Done => over(),
        };
        *this = ArmsOfFutures::Done;
        Poll::Ready(n)
    });

    #[inline]
    pub(crate) fn arms_of_futures(n: u64) -> ArmsOfFutures {
        ArmsOfFutures::Start(n)
    }
}
