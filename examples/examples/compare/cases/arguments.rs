//! Arguments: kept, wrapped, handed down.

use std::future::Future;

use crate::leaves::*;

desugar_examples::twice! {
    /// Kept over one await.
    pub(crate) async fn kept(bytes: [u8; 8192]) -> u64 {
        let n = tick(1).await;
        n + u64::from(bytes[100])
    }

    /// Hands on what it was given.
    pub(crate) async fn wrap<F: Future<Output = u64>>(future: F) -> u64 {
        future.await
    }

    /// The same of 16 bytes.
    pub(crate) async fn kept_16(bytes: [u8; 16]) -> u64 {
        let n = tick(1).await;
        n + u64::from(bytes[10])
    }

    /// Four levels down, by value.
    pub(crate) async fn by_value(bytes: [u8; 1024]) -> u64 {
        by_value_3(bytes).await + 1
    }

    async fn by_value_3(bytes: [u8; 1024]) -> u64 {
        by_value_2(bytes).await + 1
    }

    async fn by_value_2(bytes: [u8; 1024]) -> u64 {
        by_value_1(bytes).await + 1
    }

    async fn by_value_1(bytes: [u8; 1024]) -> u64 {
        let n = tick(1).await;
        n + u64::from(bytes[100])
    }

    /// Four levels down, by reference.
    pub(crate) async fn by_reference(bytes: &[u8; 1024]) -> u64 {
        by_reference_3(bytes).await + 1
    }

    async fn by_reference_3(bytes: &[u8; 1024]) -> u64 {
        by_reference_2(bytes).await + 1
    }

    async fn by_reference_2(bytes: &[u8; 1024]) -> u64 {
        by_reference_1(bytes).await + 1
    }

    async fn by_reference_1(bytes: &[u8; 1024]) -> u64 {
        let n = tick(1).await;
        n + u64::from(bytes[100])
    }

    /// Three that are consumed in turn.
    pub(crate) async fn three_in_turn(a: Block<512>, b: Block<512>, c: Block<512>) -> u64 {
        let a = weigh(a).await;
        let b = weigh(b).await;
        a + b + weigh(c).await
    }

    /// Perhaps a future.
    pub(crate) async fn optional(future: Option<Big>) -> u64 {
        match future {
            Some(future) => future.await,
            None => 0,
        }
    }
}

/// The same by hand.
pub(crate) mod hand {
    use std::mem::replace;
    use std::task::ready;

    use super::super::*;
    use super::*;

    pub(crate) enum Kept<const N: usize> {
        Waiting([u8; N], Tick),
        Done,
    }

    impl<const N: usize> Future for Kept<N> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            match this {
                Kept::Waiting(bytes, tick) => {
                    let n = ready!(poll(tick, cx)) + u64::from(bytes[if N > 100 { 100 } else { 10 }]);
                    *this = Kept::Done;
                    Poll::Ready(n)
                }
                Kept::Done => over(),
            }
        }
    }

    #[inline]
    pub(crate) fn kept(bytes: [u8; 8192]) -> Kept<8192> {
        Kept::Waiting(bytes, tick(1))
    }

    #[inline]
    pub(crate) fn kept_16(bytes: [u8; 16]) -> Kept<16> {
        Kept::Waiting(bytes, tick(1))
    }

    pub(crate) enum Wrap<F> {
        Waiting(F),
        Done,
    }

    step!(Wrap<F>, |this, cx| -> u64 {
        match this {
            Wrap::Waiting(future) => {
                let n = ready!(poll(future, cx));
                *this = Wrap::Done;
                Poll::Ready(n)
            }
            Wrap::Done => over(),
        }
    });

    #[inline]
    pub(crate) fn wrap<F: Future<Output = u64>>(future: F) -> Wrap<F> {
        Wrap::Waiting(future)
    }

    /// One level of those that add one.
    pub(crate) enum AddOne<F> {
        Waiting(F),
        Done,
    }

    step!(AddOne<F>, |this, cx| -> u64 {
        match this {
            AddOne::Waiting(future) => {
                let n = ready!(poll(future, cx)) + 1;
                *this = AddOne::Done;
                Poll::Ready(n)
            }
            AddOne::Done => over(),
        }
    });

    #[inline]
    pub(crate) fn by_value(bytes: [u8; 1024]) -> impl Future<Output = u64> {
        AddOne::Waiting(AddOne::Waiting(AddOne::Waiting(Kept::Waiting(bytes, tick(1)))))
    }

    pub(crate) enum ByReference<'a> {
        Waiting(&'a [u8; 1024], Tick),
        Done,
    }

    impl Future for ByReference<'_> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            match this {
                ByReference::Waiting(bytes, tick) => {
                    let n = ready!(poll(tick, cx)) + u64::from(bytes[100]);
                    *this = ByReference::Done;
                    Poll::Ready(n)
                }
                ByReference::Done => over(),
            }
        }
    }

    #[inline]
    pub(crate) fn by_reference(bytes: &[u8; 1024]) -> impl Future<Output = u64> {
        AddOne::Waiting(AddOne::Waiting(AddOne::Waiting(ByReference::Waiting(bytes, tick(1)))))
    }

    pub(crate) enum ThreeInTurn {
        First(Weigh<512>, Block<512>, Block<512>),
        Second(u64, Weigh<512>, Block<512>),
        Third(u64, Weigh<512>),
        Done,
    }

    step!(ThreeInTurn, |this, cx| -> u64 {
        loop {
            match this {
                ThreeInTurn::First(first, b, c) => {
                    let n = ready!(poll(first, cx));
                    *this = ThreeInTurn::Second(n, weigh(*b), *c);
                }
                ThreeInTurn::Second(n, second, c) => {
                    let n = *n + ready!(poll(second, cx));
                    *this = ThreeInTurn::Third(n, weigh(*c));
                }
                ThreeInTurn::Third(n, third) => {
                    let n = *n + ready!(poll(third, cx));
                    *this = ThreeInTurn::Done;
                    return Poll::Ready(n);
                }
                ThreeInTurn::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn three_in_turn(a: Block<512>, b: Block<512>, c: Block<512>) -> ThreeInTurn {
        ThreeInTurn::First(weigh(a), b, c)
    }

    pub(crate) enum Optional {
        Waiting(Big),
        Nothing,
        Done,
    }

    step!(Optional, |this, cx| -> u64 {
        let n = match this {
            Optional::Waiting(future) => ready!(poll(future, cx)),
            Optional::Nothing => 0,
            Optional::Done => over(),
        };
        drop(replace(this, Optional::Done));
        Poll::Ready(n)
    });

    #[inline]
    pub(crate) fn optional(future: Option<Big>) -> Optional {
        future.map_or(Optional::Nothing, Optional::Waiting)
    }
}
