//! `pin!` of std and of tokio, `pin_mut!`: what they pin lives as long as natively.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::future::Future;
use std::pin::{Pin, pin};

#[test]
fn a_value_pinned_in_a_let() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let before = D("before");
            let mut fut = pin!(value("a", 1));
            let after = D("after");
            pause("p").await;
            let a = fut.as_mut().await;
            tick("ready");
            pause("q").await;
            a
        }
    }
}

#[test]
fn by_every_path() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            use std::pin;
            let a = std::pin::pin!(value("a", 1));
            let b = ::core::pin::pin!(value("b", 2));
            let c = pin::pin!(value("c", 3),);
            a.await + b.await + c.await
        }
    }
}

#[test]
fn a_pinned_value_is_dropped_with_its_block() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let outer = D("outer");
            let n = {
                let d = D("d");
                let fut = pin!(D("in the block").finish());
                pause("p").await;
                let late = D("late");
                value("q", 1).await
            };
            tick("behind");
            pause("r").await;
            n
        }
    }
}

#[test]
fn a_value_that_borrows_a_survivor() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let fut = pin!(a.peek());
            pause("p").await;
            let n = fut.await;
            n + a.name().len()
        }
    }
}

#[test]
fn a_value_that_is_awaited_for() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let fut = pin!(value("made", D("d")).await.finish());
            tick("pinned");
            fut.await
        }
    }
}

#[test]
fn polled_by_hand_in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, u32) {
            let mut fut = pin!(pauses("long", 3));
            let mut polls = 0;
            let mut turns = 0;
            while std::future::poll_fn(|cx| std::task::Poll::Ready(fut.as_mut().poll(cx))).await.is_pending() {
                polls += 1;
                pause("turn").await;
                turns += 1;
            }
            (polls, turns)
        }
    }
}

#[test]
fn as_an_argument_of_what_is_awaited() {
    async fn both(a: Pin<&mut Leaf<u32>>, n: u32, b: Pin<&mut Leaf<u32>>) -> u32 {
        b.await + n + a.await
    }

    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let n = both(pin!(value("a", 1)), note("n", 2), pin!(value("b", 3))).await;
            tick("behind");
            let m = pin!(value("c", 4)).await + value("d", 5).await;
            pause("p").await;
            n + m
        }
    }
}

#[test]
fn as_an_operand_beside_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (usize, u32) {
            let text = format!("{:?}", (pin!(D("kept")).name(), value("a", 1).await));
            match (pin!(D("scrutinee")).name().len(), value("b", 2).await) {
                (n, m) if n > 3 => {
                    pause("arm").await;
                    (n + text.len(), m)
                }
                _ => (0, 0),
            }
        }
    }
}

#[test]
fn several_in_one_let() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let (a, b) = (pin!(value("a", 1)), pin!(value("b", 2)));
            let [c, d] = [pin!(value("c", 3)), pin!(value("d", 4))];
            pause("p").await;
            d.await + c.await + b.await + a.await
        }
    }
}

#[test]
fn in_parts_of_a_let() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let chosen = if n == 0 { pin!(value("then", 1)) } else { pin!(value("else", 2)) };
            let (d, matched) = (
                D("d"),
                match value("n", n).await {
                    0 => None,
                    1 => Some(pin!(value("one", 3))),
                    _ => {
                        let inner = D("inner");
                        tick("arm");
                        Some(pin!(value("other", 4)))
                    }
                },
            );
            let list = [
                {
                    let e = D("e");
                    pin!(value("block", 5))
                },
                pin!(value("plain", note("noted", 6))),
            ];
            pause("p").await;
            let mut sum = chosen.await;
            if let Some(matched) = matched {
                sum += matched.await;
            }
            for element in list {
                sum += element.await;
            }
            sum
        }
    }
}

#[test]
fn without_an_await_while_it_lives() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(first: bool) -> String {
            let name = {
                let d = if first { pin!(D("a")) } else { pin!(D("b")) };
                d.name()
            };
            pause("p").await;
            let other = pin!(D("c")).name();
            name + &other
        }
    }
}

#[test]
fn as_a_trait_object() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut fut: Pin<&mut dyn Future<Output = u32>> = pin!(value("a", 1));
            pause("p").await;
            fut.as_mut().await
        }
    }
}

#[test]
fn in_the_arm_of_a_match() {
    compare! {
        body(Some(1)), body(None);

        #[desugar]
        async fn body(n: Option<u32>) -> u32 {
            match n {
                Some(n) => {
                    let fut = pin!(value("some", n));
                    pause("p").await;
                    fut.await
                }
                None => pin!(value("none", 0)).await,
            }
        }
    }
}

#[test]
fn in_a_loop() {
    compare! {
        body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let mut sum = 0;
            for i in 0..n {
                let fut = pin!(value("turn", i));
                pause("p").await;
                if i == 1 {
                    continue;
                }
                sum += fut.await;
            }
            sum
        }
    }
}

#[test]
fn a_variable_pinned_by_tokio() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let fut = a.finish();
            let between = D("between");
            tokio::pin!(fut);
            pause("p").await;
            let n = fut.as_mut().await;
            pause("q").await;
            n
        }
    }
}

#[test]
fn several_variables_pinned_by_tokio() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let (a, b) = (value("a", 1), value("b", 2));
            tokio::pin!(a, b);
            pause("p").await;
            b.await + a.await
        }
    }
}

#[test]
fn a_let_inside_of_tokios_pin() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            tokio::pin! {
                let a = value("a", 1);
                let b = value("b", value("inner", 2).await);
            }
            pause("p").await;
            (&mut b).await + (&mut a).await
        }
    }
}

#[test]
fn pin_mut_of_futures() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> usize {
            let a = d.peek();
            let b = value("b", 2);
            futures::pin_mut!(a, b,);
            let c = value("c", 3);
            {
                use futures::pin_mut;
                pin_mut!(c);
                pause("p").await;
                c.await;
            }
            b.await + a.await
        }
    }
}

#[test]
fn pin_of_a_crate_that_has_the_same() {
    mod futures_lite {
        pub(super) use tokio::pin;
    }

    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = value("a", 1);
            futures_lite::pin!(a);
            pause("p").await;
            a.await
        }
    }
}

#[test]
fn names_of_the_users_that_are_like_ours() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let pinned_fut = value("theirs", 1);
            let pinned = D("pinned");
            let fut = pin!(pinned_fut);
            let pinned_fut = 5;
            pause("p").await;
            let (pinned_a, b) = (pin!(value("a", 1)), pin!(value("b", 2)));
            fut.await + pinned_fut + pinned_a.await + b.await
        }
    }
}

#[test]
fn a_pinned_value_keeps_the_future_send() {
    #[desugared]
    async fn body() -> u32 {
        let fut = pin!(async_free());
        std::future::ready(()).await;
        fut.await
    }
    fn async_free() -> impl Future<Output = u32> + Send {
        std::future::ready(1)
    }
    fn assert_send<T: Send>(_: &T) {}
    let future = body();
    assert_send(&future);
    assert_eq!(desugar::block_on(future), 1);
}

/// Where `pin` is another one than in the rest of this file.
mod by_a_bare_name {
    use desugar_tests::*;

    #[test]
    fn imported_beside_the_function() {
        use tokio::pin;
        compare! {
            body();

            #[desugar]
            async fn body() -> u32 {
                let a = value("a", 1);
                pin!(a);
                pause("p").await;
                a.await
            }
        }
    }

    #[test]
    fn imported_inside_of_the_function() {
        compare! {
            body(1);

            #[desugar]
            async fn body(n: u32) -> u32 {
                let a = {
                    use std::pin::pin;
                    let a = pin!(value("a", n));
                    a.await
                };
                let b = value("b", a);
                {
                    use tokio::pin;
                    pin!(b);
                    pause("p").await;
                    b.await
                }
            }
        }
    }
}

/// `async` blocks are refused where they stand alone, so far.
#[test]
fn a_pinned_block() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> (usize, usize) {
            let mut first = pin!(async { d.name().len() + value("a", 1).await });
            pause("p").await;
            let n = first.as_mut().await;
            (n, pin!(async move { value("b", n).await }).await)
        }
    }
}
