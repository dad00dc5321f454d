//! Awaits in sequence, of what awaits in sequence, five levels deep.

use crate::leaves::*;

desugar_examples::twice! {
    /// One await on each level.
    pub(crate) async fn one(n: u64) -> u64 { one_4(n).await }
    async fn one_4(n: u64) -> u64 { one_3(n).await }
    async fn one_3(n: u64) -> u64 { one_2(n).await }
    async fn one_2(n: u64) -> u64 { one_1(n).await }
    async fn one_1(n: u64) -> u64 { tick(n).await }

    /// Two.
    pub(crate) async fn two(n: u64) -> u64 { two_4(n).await; two_4(n).await }
    async fn two_4(n: u64) -> u64 { two_3(n).await; two_3(n).await }
    async fn two_3(n: u64) -> u64 { two_2(n).await; two_2(n).await }
    async fn two_2(n: u64) -> u64 { two_1(n).await; two_1(n).await }
    async fn two_1(n: u64) -> u64 { tick(n).await; tick(n).await }

    /// Three.
    pub(crate) async fn three(n: u64) -> u64 { three_4(n).await; three_4(n).await; three_4(n).await }
    async fn three_4(n: u64) -> u64 { three_3(n).await; three_3(n).await; three_3(n).await }
    async fn three_3(n: u64) -> u64 { three_2(n).await; three_2(n).await; three_2(n).await }
    async fn three_2(n: u64) -> u64 { three_1(n).await; three_1(n).await; three_1(n).await }
    async fn three_1(n: u64) -> u64 { tick(n).await; tick(n).await; tick(n).await }
}

/// The same by hand.
pub(crate) mod hand {
    use std::future::Future;
    use std::task::ready;

    use super::super::*;
    use super::*;

    /// How to make what is awaited from the number.
    pub(crate) trait Make: Future<Output = u64> + Unpin {
        fn make(n: u64) -> Self;
    }

    impl Make for Tick {
        #[inline]
        fn make(n: u64) -> Self {
            tick(n)
        }
    }

    pub(crate) enum Once<F> {
        Start(u64),
        Waiting(F),
        Done,
    }

    impl<F: Make> Make for Once<F> {
        #[inline]
        fn make(n: u64) -> Self {
            Once::Start(n)
        }
    }

    impl<F: Make> Future for Once<F> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            loop {
                match this {
                    Once::Start(n) => *this = Once::Waiting(F::make(*n)),
                    Once::Waiting(future) => {
                        let n = ready!(poll(future, cx));
                        *this = Once::Done;
                        return Poll::Ready(n);
                    }
                    Once::Done => over(),
                }
            }
        }
    }

    /// The number, and how many of so many have been awaited.
    pub(crate) enum Times<F, const N: u8> {
        Start(u64),
        Waiting(u64, u8, F),
        Done,
    }

    impl<F: Make, const N: u8> Make for Times<F, N> {
        #[inline]
        fn make(n: u64) -> Self {
            Times::Start(n)
        }
    }

    impl<F: Make, const N: u8> Future for Times<F, N> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            loop {
                match this {
                    Times::Start(n) => *this = Times::Waiting(*n, 1, F::make(*n)),
                    Times::Waiting(n, count, future) => {
                        let value = ready!(poll(future, cx));
                        if *count < N {
                            *count += 1;
                            *future = F::make(*n);
                            continue;
                        }
                        *this = Times::Done;
                        return Poll::Ready(value);
                    }
                    Times::Done => over(),
                }
            }
        }
    }

    #[inline]
    pub(crate) fn one(n: u64) -> impl Future<Output = u64> {
        Once::<Once<Once<Once<Once<Tick>>>>>::make(n)
    }

    #[inline]
    pub(crate) fn two(n: u64) -> impl Future<Output = u64> {
        Times::<Times<Times<Times<Times<Tick, 2>, 2>, 2>, 2>, 2>::make(n)
    }

    #[inline]
    pub(crate) fn three(n: u64) -> impl Future<Output = u64> {
        Times::<Times<Times<Times<Times<Tick, 3>, 3>, 3>, 3>, 3>::make(n)
    }
}
