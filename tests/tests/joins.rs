//! `join!` and `try_join!`, of tokio and of futures.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn two_futures() {
    compare! {
        body(0, 0), body(1, 2), body(2, 1), body(3, 0);

        #[desugar]
        async fn body(m: usize, n: usize) -> ((), ()) {
            let d = D("d");
            let both = tokio::join!(pauses("a", m), pauses("b", n));
            tick("joined");
            both
        }
    }
}

#[test]
fn outputs_in_the_order_of_the_source() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u8, &'static str, char, D, Option<u32>) {
            tokio::join!(ready("a", 1), value("b", "two"), ready("c", '3'), value("d", D("four")), some("e", 5),)
        }
    }
}

#[test]
fn the_first_of_a_poll_rotates() {
    compare! {
        body();

        #[desugar]
        async fn body() -> ((), (), ()) {
            tokio::join!(pauses("a", 4), pauses("b", 5), pauses("c", 7))
        }
    }
}

#[test]
fn biased_polls_do_not_rotate() {
    compare! {
        body();

        #[desugar]
        async fn body() -> ((), (), ()) {
            tokio::join!(biased; pauses("a", 2), pauses("b", 3), pauses("c", 4))
        }
    }
}

#[test]
fn one_and_none() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, u32) {
            let (a,) = tokio::join!(value("a", 1));
            tokio::join!();
            tokio::join!(biased;);
            let (b,) = futures::join!(value("b", 2));
            let () = futures::join!();
            (a, b)
        }
    }
}

#[test]
fn operands_are_evaluated_in_order_and_their_temporaries_end() {
    fn leaf(name: &str, d: &D) -> Leaf<String> {
        value(name, d.name())
    }

    compare! {
        body();

        #[desugar]
        async fn body() -> (String, String) {
            let d = D("d");
            let (a, b) = tokio::join!(leaf("a", &D("temporary a")), leaf(note("name", "b"), &D("temporary b")));
            tick("tokio");
            let (x, y) = futures::join!(leaf("a", &D("temporary a")), leaf(note("name", "b"), &D("temporary b")));
            pause("p").await;
            (a + &b, x + &y)
        }
    }
}

#[test]
fn what_is_no_future_yet() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Result<(usize, usize), String> {
            Ok(tokio::join!(deferred("a"), deferred(note("b", "b"))))
        }
    }
}

#[test]
fn futures_that_own_and_outputs_that_drop() {
    compare! {
        body(D("x"), D("y"));

        #[desugar]
        async fn body(x: D, y: D) -> usize {
            let (made, n, other) = tokio::join!(fetch("made"), x.finish(), value("other", y));
            pause("p").await;
            drop(made);
            n + other.name().len()
        }
    }
}

#[test]
fn futures_that_borrow_survivors() {
    compare! {
        body(D("x"));

        #[desugar]
        async fn body(x: D) -> usize {
            let mut list = vec![1];
            let (a, b, c) = tokio::join!(x.peek(), show(&x), grow(&mut list, 2));
            pause("p").await;
            a + b.len() + c + list.len() + x.name().len()
        }
    }
}

#[test]
fn operands_that_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, String, u32) {
            let d = D("d");
            let first = tokio::join!(
                value("a", value("inner", 1).await),
                value("b", D(fetch("temporary").await.name())),
                value("c", 3)
            );
            let second = futures::join!(value("x", 1), value("y", value("inner", 2).await));
            (first.0, first.1.name(), first.2 + second.0 + second.1)
        }
    }
}

#[test]
fn operands_that_leave() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> Result<u32, String> {
            let d = D("d");
            let checked = |m: u32| if n == m { Err("operand".to_string()) } else { Ok(m) };
            let mut sum = 0;
            for turn in 0..2 {
                let (a, _, b) = tokio::join!(
                    value("a", D("a")),
                    value("b", D("b")),
                    value("c", if n == 3 { break } else { checked(turn)? })
                );
                sum += b;
                if n == 2 {
                    futures::join!(fetch("c"), fetch("d"), pauses("e", return Ok(sum)));
                }
            }
            Ok(sum)
        }
    }
}

#[test]
fn all_are_ok() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Result<(u32, D), String> {
            let d = D("d");
            let (a, b, ()) = tokio::try_join!(success("a", 1), success("b", D("b")), ready("c", Ok(())))?;
            pause("p").await;
            Ok((a, b))
        }
    }
}

#[test]
fn one_fails() {
    compare! {
        body(), none();

        #[desugar]
        async fn body() -> Result<u32, String> {
            let d = D("d");
            let failed = tokio::try_join!(
                ready("first", Ok(D("ready"))),
                success("second", D("second")),
                failing::<u32>("third"),
                success("fourth", D("fourth")),
            );
            tick("failed");
            pause("p").await;
            let (a, b, c, d) = failed?;
            Ok(c)
        }

        #[desugar]
        async fn none() -> Result<(), String> {
            let nothing: Result<(), String> = tokio::try_join!();
            nothing?;
            let (a,) = tokio::try_join!(biased; failing::<()>("only"))?;
            Ok(a)
        }
    }
}

#[test]
fn one_fails_late() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(tokio: bool) -> Result<usize, String> {
            let x = D("x");
            async fn fail(name: &'static str, n: usize) -> Result<D, String> {
                let d = D(name);
                pauses(name, n).await;
                Err(format!("{d} failed"))
            }
            let failed = if tokio {
                tokio::try_join!(fail("a", 3), fail("b", 2), fail("c", 5))
            } else {
                futures::try_join!(fail("a", 3), fail("b", 2), fail("c", 5))
            };
            pause("p").await;
            Ok(failed.unwrap_err().len())
        }
    }
}

#[test]
fn join_of_futures() {
    compare! {
        body(0, 0), body(1, 2), body(3, 1);

        #[desugar]
        async fn body(m: usize, n: usize) -> ((), D, ()) {
            let d = D("d");
            let all = futures::join!(pauses("a", m), fetch("b"), pauses("c", n));
            tick("joined");
            all
        }
    }
}

#[test]
fn try_join_of_futures() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> Result<(u32, D, ()), String> {
            let d = D("d");
            let a = async_ok(n);
            futures::try_join!(a, success("b", D("b")), if n == 1 { failing("c") } else { success("c", ()) })
        }

        fn async_ok(n: u32) -> Leaf<Result<u32, String>> {
            if n == 2 { failing("a") } else { success("a", n) }
        }
    }
}

#[test]
fn by_a_bare_name() {
    use tokio::{join, try_join};
    compare! {
        body();

        #[desugar]
        async fn body() -> Result<u32, String> {
            let (a, b) = join!(pauses("a", 3), value("b", 2));
            let (c, d) = try_join!(success("c", b), success("d", 3))?;
            Ok(c + d)
        }
    }
}

#[test]
fn as_an_operand_of_something_else() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(first: bool) -> (u32, String, u32) {
            let n = note("before", 1) + tokio::join!(value("a", 2), value("b", 3)).1 + note("behind", 4);
            let text = format!("{:?} {}", tokio::join!(value("c", 5), value("d", D("d"))), n);
            tokio::join!(value("e", "text")).0.len();
            let m = match futures::join!(value("f", n), value("g", 1)) {
                (n, 1) if n > 3 => tokio::join!(value("h", n)).0,
                _ => 0,
            };
            (n, text, m)
        }
    }
}

#[test]
fn one_inside_of_another() {
    #[desugared]
    async fn inner(n: u32) -> u32 {
        let (a, b) = tokio::join!(value("a", n), value("b", n));
        a + b
    }

    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, u32, u32) {
            let (a, (b, c)) = (1, tokio::join!(inner(2), value("c", tokio::join!(value("d", 1)).0)));
            (a, b, c)
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
            let mut kept = Vec::new();
            for i in 0..n {
                let (a, b) = tokio::join!(value("a", i), value("b", D(format!("b{i}"))));
                if i == 1 {
                    continue;
                }
                sum += a;
                kept.push(b);
            }
            pause("p").await;
            sum + kept.len() as u32
        }
    }
}

#[test]
fn names_of_the_users_that_are_like_ours() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, u32, u32) {
            let join = 1;
            let try_join = D("try_join");
            let value_2 = 5;
            let n = tokio::join!(value("a", join), value("b", value_2), value("c", join + value_2));
            pause("p").await;
            let (a, join) = futures::join!(value("a", join), value("b", try_join.name().len() as u32));
            (n.0 + n.1 + n.2, a, join)
        }
    }
}

#[test]
fn pinned_operands() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, u32) {
            let a = value("a", 1);
            tokio::pin!(a);
            let mut b = std::pin::pin!(value("b", 2));
            let (x, y) = tokio::join!(a, &mut b);
            pause("p").await;
            (x, y)
        }
    }
}

#[test]
fn a_join_is_send_if_its_futures_are() {
    #[desugared]
    async fn body() -> u32 {
        let (a, b) = tokio::join!(std::future::ready(1), std::future::ready(2));
        let (c, d) = futures::try_join!(std::future::ready(Ok::<_, ()>(1)), std::future::ready(Ok(2))).unwrap();
        a + b + c + d
    }
    fn assert_send<T: Send>(_: &T) {}
    let future = body();
    assert_send(&future);
    assert_eq!(desugar::block_on(future), 6);
}

/// `async` blocks are refused where they stand alone, so far.
#[test]
fn blocks() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Result<(u32, u32), String> {
            let d = D("d");
            let both = tokio::join!(async { value("a", 1).await + 1 }, async { d.name().len() as u32 });
            let (a, b) = tokio::try_join!(async { Ok::<_, String>(success("b", both.0).await?) }, async move {
                let d = d;
                success("c", d.name().len() as u32).await
            })?;
            Ok((a, b))
        }
    }
}
