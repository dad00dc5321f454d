//! Variables: in turn, overlapping, in branches and scopes, borrowed, dropped.

use crate::leaves::*;

desugar_examples::twice! {
    /// Two arrays of numbers, one after the other.
    pub(crate) async fn two_arrays(n: u64) -> u64 {
        let a = [n as u8; 1024];
        let first = tick(1).await;
        let sum = first + u64::from(a[3]);
        let b = [sum as u8; 1024];
        let second = tick(2).await;
        sum + second + u64::from(b[9])
    }

    /// Each begins before the one before it ends.
    pub(crate) async fn staggered(n: u64) -> u64 {
        let a = [n as u8; 1024];
        let x = tick(1).await;
        let b = [n as u8; 1024];
        let y = tick(2).await;
        let sum = x + y + u64::from(a[3]);
        let z = tick(3).await;
        let c = [sum as u8; 1024];
        let v = tick(4).await;
        let sum = sum + z + v + u64::from(b[3]);
        let w = tick(5).await;
        sum + w + u64::from(c[3])
    }

    /// A kilobyte in each arm, two awaits in each.
    pub(crate) async fn arms(n: u64) -> u64 {
        if n.is_multiple_of(2) {
            let a = Block::<1024>::new(n);
            let first = tick(1).await;
            let second = tick(2).await;
            first + second + a.digest()
        } else {
            let b = Block::<1024>::new(n + 1);
            let first = tick(3).await;
            let second = tick(4).await;
            first + second + b.digest()
        }
    }

    /// Borrowed, dropped, then an await.
    #[allow(dropping_copy_types, reason = "the macro does not know that it is `Copy`")]
    pub(crate) async fn borrowed_and_dropped(n: u64) -> u64 {
        let a = Block::<1024>::new(n);
        let sum = a.digest();
        drop(a);
        sum + tick(1).await
    }

    /// A buffer that is dead where a loop awaits, with a temporary argument.
    pub(crate) async fn buffers(n: u64) -> u64 {
        let mut total = 0;
        for i in 0..n % 4 {
            let buffer = [i as u8; 512];
            total += Text::new(u64::from(buffer[3])).read().await;
        }
        total
    }

    /// Two phases in scopes of their own.
    pub(crate) async fn scoped_phases(n: u64) -> u64 {
        let first = {
            let a = Block::<512>::new(n);
            let first = tick(1).await;
            first + a.digest()
        };
        let second = {
            let b = Block::<512>::new(first);
            let second = tick(2).await;
            second + b.digest()
        };
        first + second
    }

    /// Two phases one after the other, each of which hands on what it had.
    pub(crate) async fn flat_phases(n: u64) -> u64 {
        let a = Block::<512>::new(n);
        let first = tick(1).await;
        let first = first + weigh(a).await;
        let b = Block::<512>::new(first);
        let second = tick(2).await;
        first + second + weigh(b).await
    }

    /// Nothing is awaited.
    pub(crate) async fn no_await(n: u64) -> u64 {
        n + 1
    }
}

/// The same by hand.
pub(crate) mod hand {
    use std::future::Future;
    use std::task::ready;

    use super::super::*;
    use super::*;

    pub(crate) enum TwoArrays {
        Start(u64),
        First([u8; 1024], Tick),
        Second(u64, [u8; 1024], Tick),
        Done,
    }

    step!(TwoArrays, |this, cx| -> u64 {
        loop {
            match this {
                TwoArrays::Start(n) => *this = TwoArrays::First([*n as u8; 1024], tick(1)),
                TwoArrays::First(a, first) => {
                    let sum = ready!(poll(first, cx)) + u64::from(a[3]);
                    *this = TwoArrays::Second(sum, [sum as u8; 1024], tick(2));
                }
                TwoArrays::Second(sum, b, second) => {
                    let n = *sum + ready!(poll(second, cx)) + u64::from(b[9]);
                    *this = TwoArrays::Done;
                    return Poll::Ready(n);
                }
                TwoArrays::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn two_arrays(n: u64) -> TwoArrays {
        TwoArrays::Start(n)
    }

    /// Two places for arrays, which three take in turn.
    pub(crate) enum Staggered {
        Start(u64),
        First(u64, [[u8; 1024]; 2], Tick),
        Second(u64, [[u8; 1024]; 2], Tick),
        Third(u64, [[u8; 1024]; 2], Tick),
        Fourth(u64, [[u8; 1024]; 2], Tick),
        Fifth(u64, [[u8; 1024]; 2], Tick),
        Done,
    }

    step!(Staggered, |this, cx| -> u64 {
        loop {
            match this {
                Staggered::Start(n) => *this = Staggered::First(*n, [[*n as u8; 1024], [0; 1024]], tick(1)),
                Staggered::First(n, arrays, wait) => {
                    let x = ready!(poll(wait, cx));
                    arrays[1] = [*n as u8; 1024];
                    *this = Staggered::Second(x, *arrays, tick(2));
                }
                Staggered::Second(x, arrays, wait) => {
                    let sum = *x + ready!(poll(wait, cx)) + u64::from(arrays[0][3]);
                    *this = Staggered::Third(sum, *arrays, tick(3));
                }
                Staggered::Third(sum, arrays, wait) => {
                    let z = ready!(poll(wait, cx));
                    arrays[0] = [*sum as u8; 1024];
                    *this = Staggered::Fourth(*sum + z, *arrays, tick(4));
                }
                Staggered::Fourth(sum, arrays, wait) => {
                    let sum = *sum + ready!(poll(wait, cx)) + u64::from(arrays[1][3]);
                    *this = Staggered::Fifth(sum, *arrays, tick(5));
                }
                Staggered::Fifth(sum, arrays, wait) => {
                    let n = *sum + ready!(poll(wait, cx)) + u64::from(arrays[0][3]);
                    *this = Staggered::Done;
                    return Poll::Ready(n);
                }
                Staggered::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn staggered(n: u64) -> Staggered {
        Staggered::Start(n)
    }

    pub(crate) enum Arms {
        Start(u64),
        EvenFirst(Block<1024>, Tick),
        EvenSecond(u8, Block<1024>, Tick),
        OddFirst(Block<1024>, Tick),
        OddSecond(u8, Block<1024>, Tick),
        Done,
    }

    step!(Arms, |this, cx| -> u64 {
        loop {
            match this {
                Arms::Start(n) if n.is_multiple_of(2) => *this = Arms::EvenFirst(Block::new(*n), tick(1)),
                Arms::Start(n) => *this = Arms::OddFirst(Block::new(*n + 1), tick(3)),
                Arms::EvenFirst(a, wait) => {
                    let first = ready!(poll(wait, cx)) as u8;
                    *this = Arms::EvenSecond(first, *a, tick(2));
                }
                Arms::OddFirst(b, wait) => {
                    let first = ready!(poll(wait, cx)) as u8;
                    *this = Arms::OddSecond(first, *b, tick(4));
                }
                Arms::EvenSecond(first, block, wait) | Arms::OddSecond(first, block, wait) => {
                    let n = u64::from(*first) + ready!(poll(wait, cx)) + block.digest();
                    *this = Arms::Done;
                    return Poll::Ready(n);
                }
                Arms::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn arms(n: u64) -> Arms {
        Arms::Start(n)
    }

    pub(crate) enum BorrowedAndDropped {
        Start(u64),
        Waiting(u64, Tick),
        Done,
    }

    step!(BorrowedAndDropped, |this, cx| -> u64 {
        loop {
            match this {
                BorrowedAndDropped::Start(n) => {
                    *this = BorrowedAndDropped::Waiting(Block::<1024>::new(*n).digest(), tick(1))
                }
                BorrowedAndDropped::Waiting(sum, wait) => {
                    let n = *sum + ready!(poll(wait, cx));
                    *this = BorrowedAndDropped::Done;
                    return Poll::Ready(n);
                }
                BorrowedAndDropped::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn borrowed_and_dropped(n: u64) -> BorrowedAndDropped {
        BorrowedAndDropped::Start(n)
    }

    /// The temporary is a number, which is all that it is awaited for; by hand nobody would borrow from it.
    pub(crate) enum Buffers {
        Start(u64),
        Waiting { total: u64, range: std::ops::Range<u64>, text: Text, waited: bool },
        Done,
    }

    step!(Buffers, |this, cx| -> u64 {
        let _ = cx;
        if let Buffers::Start(n) = *this {
            let mut range = 0..n % 4;
            match range.next() {
                Some(i) => {
                    let buffer = [i as u8; 512];
                    *this = Buffers::Waiting { total: 0, range, text: Text::new(u64::from(buffer[3])), waited: false };
                }
                None => {
                    *this = Buffers::Done;
                    return Poll::Ready(0);
                }
            }
        }
        loop {
            match this {
                Buffers::Waiting { total, range, text, waited } => {
                    if !std::mem::replace(waited, true) {
                        return Poll::Pending;
                    }
                    *total += text.value();
                    match range.next() {
                        Some(i) => {
                            let buffer = [i as u8; 512];
                            (*text, *waited) = (Text::new(u64::from(buffer[3])), false);
                        }
                        None => {
                            let total = *total;
                            *this = Buffers::Done;
                            return Poll::Ready(total);
                        }
                    }
                }
                Buffers::Start(_) | Buffers::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn buffers(n: u64) -> Buffers {
        Buffers::Start(n)
    }

    pub(crate) enum ScopedPhases {
        Start(u64),
        First(Block<512>, Tick),
        Second(u64, Block<512>, Tick),
        Done,
    }

    step!(ScopedPhases, |this, cx| -> u64 {
        loop {
            match this {
                ScopedPhases::Start(n) => *this = ScopedPhases::First(Block::new(*n), tick(1)),
                ScopedPhases::First(a, wait) => {
                    let first = ready!(poll(wait, cx)) + a.digest();
                    *this = ScopedPhases::Second(first, Block::new(first), tick(2));
                }
                ScopedPhases::Second(first, b, wait) => {
                    let n = *first + ready!(poll(wait, cx)) + b.digest();
                    *this = ScopedPhases::Done;
                    return Poll::Ready(n);
                }
                ScopedPhases::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn scoped_phases(n: u64) -> ScopedPhases {
        ScopedPhases::Start(n)
    }

    pub(crate) enum FlatPhases {
        Start(u64),
        First(Block<512>, Tick),
        Weighing(u64, Weigh<512>),
        Second(u64, Block<512>, Tick),
        WeighingAgain(u64, Weigh<512>),
        Done,
    }

    step!(FlatPhases, |this, cx| -> u64 {
        loop {
            match this {
                FlatPhases::Start(n) => *this = FlatPhases::First(Block::new(*n), tick(1)),
                FlatPhases::First(a, wait) => {
                    let first = ready!(poll(wait, cx));
                    *this = FlatPhases::Weighing(first, weigh(*a));
                }
                FlatPhases::Weighing(first, wait) => {
                    let first = *first + ready!(poll(wait, cx));
                    *this = FlatPhases::Second(first, Block::new(first), tick(2));
                }
                FlatPhases::Second(first, b, wait) => {
                    let sum = *first + ready!(poll(wait, cx));
                    *this = FlatPhases::WeighingAgain(sum, weigh(*b));
                }
                FlatPhases::WeighingAgain(sum, wait) => {
                    let n = *sum + ready!(poll(wait, cx));
                    *this = FlatPhases::Done;
                    return Poll::Ready(n);
                }
                FlatPhases::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn flat_phases(n: u64) -> FlatPhases {
        FlatPhases::Start(n)
    }

    pub(crate) enum NoAwait {
        Start(u64),
        Done,
    }

    step!(NoAwait, |this, _cx| -> u64 {
        match *this {
            NoAwait::Start(n) => {
                *this = NoAwait::Done;
                Poll::Ready(n + 1)
            }
            NoAwait::Done => over(),
        }
    });

    #[inline]
    pub(crate) fn no_await(n: u64) -> NoAwait {
        NoAwait::Start(n)
    }
}
