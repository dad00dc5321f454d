//! `select!` and `select_biased!` of the crate `futures`. Traces are of the biased one, since the other has a random order;
//! of that, what is the same in any order.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use futures::future::{FusedFuture, FutureExt};

#[test]
fn the_first_that_is_ready() {
    compare! {
        body(0, 0), body(1, 2), body(2, 1), body(3, 3);

        #[desugar]
        async fn body(m: usize, n: usize) -> &'static str {
            let d = D("d");
            let first = futures::select_biased! {
                () = pauses("a", m).fuse() => "a",
                () = pauses("b", n).fuse() => {
                    tick("b");
                    pause("handler").await;
                    "b"
                }
                d = fetch("c").fuse() => "c",
            };
            tick("selected");
            pause("p").await;
            first
        }
    }
}

#[test]
fn all_of_several_in_a_loop() {
    compare! {
        body(0, 0), body(1, 2), body(3, 1);

        #[desugar]
        async fn body(m: usize, n: usize) -> (u32, usize) {
            let mut a = Box::pin(pauses("a", m)).fuse();
            let b = D("b").finish().fuse();
            futures::pin_mut!(b);
            let (mut turns, mut len) = (0, 0);
            loop {
                futures::select_biased! {
                    () = a => tick("a"),
                    n = b => len += n,
                    () = pauses("c", n).fuse() => {
                        turns += 1;
                        if turns < 3 { continue }
                    }
                    complete => break,
                }
                turns += 1;
                if turns > 6 {
                    break;
                }
            }
            pause("p").await;
            (turns, len)
        }
    }
}

#[test]
fn complete() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(awaits: bool) -> usize {
            let d = D("d");
            let mut a = Box::pin(fetch("a")).fuse();
            let mut made = 0;
            loop {
                futures::select_biased! {
                    d = a => made += d.name().len(),
                    complete => {
                        if awaits { pause("complete").await }
                        return made;
                    }
                }
            }
        }
    }
}

#[test]
fn all_completed_and_no_handler() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let mut a = Box::pin(fetch("a")).fuse();
            for _ in 0..3 {
                let inner = D("inner");
                futures::select_biased! {
                    d = a => drop(d),
                };
            }
        }
    }
}

#[test]
fn default() {
    compare! {
        body(0), body(1), body(3);

        #[desugar]
        async fn body(n: usize) -> Vec<&'static str> {
            let mut a = Box::pin(pauses("a", n)).fuse();
            let mut log = Vec::new();
            for _ in 0..4 {
                let name = futures::select_biased! {
                    () = a => value("ready", "ready").await,
                    () = pauses("b", 1).fuse() => "b",
                    default => {
                        tick("default");
                        pause("default").await;
                        "default"
                    }
                    complete => "complete",
                };
                log.push(name);
                futures::select_biased! {
                    () = a => log.push("a"),
                    default => log.push("nothing"),
                    complete => {}
                }
            }
            log
        }
    }
}

#[test]
fn a_survivor_moved_in_one_handler_and_borrowed_in_another() {
    compare! {
        body(0, D("x"), D("y")), body(1, D("x"), D("y"));

        #[desugar]
        async fn body(n: u32, x: D, mut y: D) -> usize {
            let at = |m: u32| if n == m { 1 } else { 9 };
            let len = futures::select_biased! {
                () = pauses("a", at(0)).fuse() => consume(x).await,
                n = y.extend().fuse() => {
                    y.rename("borrowed again");
                    show(&x).await.len() + n
                }
            };
            tick("behind");
            pause("p").await;
            len + y.name().len()
        }
    }
}

#[test]
fn operands_that_leave_and_await() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> Result<u32, String> {
            let d = D("d");
            let checked = |m: u32| if n == m { Err("checked".to_string()) } else { Ok(m) };
            futures::select_biased! {
                d = fetch("a").fuse() => Ok(1),
                d = consume(D("moved")).fuse() => Ok(2),
                m = value("b", value("operand", checked(0)?).await).fuse() => Ok(m),
                m = value("c", checked(1)?).fuse() => Ok(m),
            }
        }
    }
}

#[test]
fn a_random_order_polls_every_branch_once() {
    fn polled<'a>(
        name: &'static str,
        log: &'a std::cell::RefCell<Vec<&'static str>>,
        value: u32,
    ) -> impl FusedFuture<Output = u32> + 'a {
        let poll = move |_: &mut std::task::Context<'_>| {
            log.borrow_mut().push(name);
            if name == "never" { std::task::Poll::Pending } else { std::task::Poll::Ready(value) }
        };
        std::future::poll_fn(poll).fuse()
    }

    #[desugared]
    async fn body(log: &std::cell::RefCell<Vec<&'static str>>) -> u32 {
        futures::select! {
            n = polled("a", log, 1) => n,
            n = polled("b", log, 2) => n,
            n = polled("never", log, 3) => n,
        }
    }

    let mut seen = [0; 3];
    for _ in 0..300 {
        let log = Default::default();
        let n = desugar::block_on(body(&log));
        let log = log.into_inner();
        assert!(log.iter().rev().skip(1).all(|name| *name == "never"), "{log:?}");
        seen[n as usize] += 1;
    }
    assert!(seen[0] == 0 && seen[1] > 90 && seen[2] > 90, "{seen:?}");
}

#[test]
fn by_a_bare_name() {
    use futures::{select, select_biased};

    #[desugared]
    async fn body() -> u32 {
        let mut a = Box::pin(value("a", 1)).fuse();
        let mut sum = 0;
        loop {
            select! {
                n = a => sum += n,
                complete => break,
            }
        }
        select_biased! {
            n = value("b", 2).fuse() => sum + n,
        }
    }
    assert_eq!(desugar::block_on(body()), 3);
}

#[test]
fn streams() {
    use futures::stream::{self, StreamExt};

    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let mut low = stream::iter(1..4).fuse();
            let mut high = stream::iter([10, 20]).fuse();
            let mut seen = Vec::new();
            loop {
                let n = futures::select_biased! {
                    n = high.select_next_some() => n,
                    n = low.next() => {
                        pause("low").await;
                        n.unwrap_or(0)
                    }
                    complete => break,
                };
                seen.push(n);
            }
            seen
        }
    }
}

#[test]
fn it_is_send_if_its_futures_are() {
    #[desugared]
    async fn body() -> u32 {
        let mut a = std::future::ready(1).fuse();
        futures::select! {
            n = a => n,
            n = futures::future::pending::<u32>() => {
                std::future::ready(()).await;
                n
            }
        }
    }
    fn assert_send<T: Send>(_: &T) {}
    let future = body();
    assert_send(&future);
    assert_eq!(desugar::block_on(future), 1);
}
