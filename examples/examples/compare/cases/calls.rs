//! Calls: with `?`, of methods, of oneself, and of one another.

use std::future::Future;
use std::pin::Pin;

use crate::leaves::*;

desugar_examples::twice! {
    /// Three calls with `?` that pass a block in and out.
    pub(crate) async fn question(n: u64) -> Result<u64, Failed> {
        let first = pass(Block::new(n % 100)).await?;
        let second = pass(first).await?;
        let third = pass(second).await?;
        Ok(u64::from(third.0[0]))
    }

    pub(crate) trait Delegate {
        async fn inner(&self, block: Block<256>) -> u64;
        async fn outer(&self, block: Block<256>) -> u64;
    }

    impl Delegate for Service {
        async fn inner(&self, block: Block<256>) -> u64 {
            let n = tick(1).await;
            n + self.0 + block.digest()
        }

        async fn outer(&self, block: Block<256>) -> u64 {
            self.inner(block).await
        }
    }

    /// Itself, in a box.
    pub(crate) async fn depth(n: u64) -> u64 {
        if n == 0 {
            return tick(1).await;
        }
        let rest: Pin<Box<dyn Future<Output = u64>>> = Box::pin(depth(n - 1));
        rest.await + 1
    }

    /// One of two tasks that play a ball to one another.
    pub(crate) async fn player(table: &Table, mine: bool, rounds: u64) -> u64 {
        let mut sum = 0;
        let mut left = rounds;
        while left > 0 {
            let ball = table.turn(mine).await;
            sum += ball;
            table.play(ball + 1);
            left -= 1;
        }
        sum
    }
}

/// The same by hand.
pub(crate) mod hand {
    use std::task::ready;

    use super::super::*;
    use super::*;

    pub(crate) enum Question {
        Start(u64),
        First(Pass),
        Second(Pass),
        Third(Pass),
        Done,
    }

    step!(Question, |this, cx| -> Result<u64, Failed> {
        loop {
            let passed = match this {
                Question::Start(n) => {
                    *this = Question::First(pass(Block::new(*n % 100)));
                    continue;
                }
                Question::First(wait) | Question::Second(wait) | Question::Third(wait) => ready!(poll(wait, cx)),
                Question::Done => over(),
            };
            let block = match passed {
                Ok(block) => block,
                Err(failed) => {
                    *this = Question::Done;
                    return Poll::Ready(Err(failed));
                }
            };
            match this {
                Question::First(_) => *this = Question::Second(pass(block)),
                Question::Second(_) => *this = Question::Third(pass(block)),
                _ => {
                    *this = Question::Done;
                    return Poll::Ready(Ok(u64::from(block.0[0])));
                }
            }
        }
    });

    #[inline]
    pub(crate) fn question(n: u64) -> Question {
        Question::Start(n)
    }

    pub(crate) enum Inner<'a> {
        Waiting(&'a Service, Block<256>, Tick),
        Done,
    }

    impl Future for Inner<'_> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            match this {
                Inner::Waiting(service, block, wait) => {
                    let n = ready!(poll(wait, cx)) + service.0 + block.digest();
                    *this = Inner::Done;
                    Poll::Ready(n)
                }
                Inner::Done => over(),
            }
        }
    }

    pub(crate) enum Outer<'a> {
        Waiting(Inner<'a>),
        Done,
    }

    impl Future for Outer<'_> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            match this {
                Outer::Waiting(inner) => {
                    let n = ready!(poll(inner, cx));
                    *this = Outer::Done;
                    Poll::Ready(n)
                }
                Outer::Done => over(),
            }
        }
    }

    pub(crate) trait Delegate {
        fn outer(&self, block: Block<256>) -> Outer<'_>;
    }

    impl Delegate for Service {
        #[inline]
        fn outer(&self, block: Block<256>) -> Outer<'_> {
            Outer::Waiting(Inner::Waiting(self, block, tick(1)))
        }
    }

    pub(crate) enum Depth {
        Start(u64),
        Last(Tick),
        Waiting(Pin<Box<dyn Future<Output = u64>>>),
        Done,
    }

    step!(Depth, |this, cx| -> u64 {
        loop {
            match this {
                Depth::Start(0) => *this = Depth::Last(tick(1)),
                Depth::Start(n) => *this = Depth::Waiting(Box::pin(Depth::Start(*n - 1))),
                Depth::Last(wait) => {
                    let n = ready!(poll(wait, cx));
                    *this = Depth::Done;
                    return Poll::Ready(n);
                }
                Depth::Waiting(rest) => {
                    let n = ready!(rest.as_mut().poll(cx)) + 1;
                    *this = Depth::Done;
                    return Poll::Ready(n);
                }
                Depth::Done => over(),
            }
        }
    });

    #[inline]
    pub(crate) fn depth(n: u64) -> Depth {
        Depth::Start(n)
    }

    pub(crate) enum Player<'a> {
        Playing { table: &'a Table, turn: Turn<'a>, mine: bool, left: u64, sum: u64 },
        Done,
    }

    impl Future for Player<'_> {
        type Output = u64;

        #[inline]
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
            let this = self.get_mut();
            match this {
                Player::Playing { table, turn, mine, left, sum } => {
                    while *left > 0 {
                        let ball = ready!(poll(turn, cx));
                        *sum += ball;
                        table.play(ball + 1);
                        *left -= 1;
                        *turn = table.turn(*mine);
                    }
                    let sum = *sum;
                    *this = Player::Done;
                    Poll::Ready(sum)
                }
                Player::Done => over(),
            }
        }
    }

    #[inline]
    pub(crate) fn player(table: &Table, mine: bool, rounds: u64) -> Player<'_> {
        Player::Playing { table, turn: table.turn(mine), mine, left: rounds, sum: 0 }
    }
}
