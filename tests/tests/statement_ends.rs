//! What programs that nobody wrote by hand have found about the end of a statement: when its temporaries go, and in which
//! order if one of them panics.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::vocabulary::*;
use desugar_tests::*;

/// The temporary of the `let` shared a place with what the `let` binds, and was dropped after that was put there.
#[test]
fn what_a_let_with_an_else_binds_stands_apart_from_its_temporaries() {
    compare! {
        body(0), body(3);

        #[desugar]
        async fn body(n: usize) -> D {
            let Ok(n) = checked(send(D("a"), 2, &D("b")).await, n) else {
                return D("c");
            };
            pause("p").await;
            D("d")
        }
    }
}

#[test]
fn a_let_whose_temporaries_panic_drops_the_others_before_its_variables() {
    compare! {
        body((D("x"), 0));

        #[desugar]
        async fn body(x: (D, usize)) -> usize {
            let (a, n) = (D("a"), std::cmp::max(sum_later(&[&D("b"), &D("c")]).await, len(&D("d"))));
            tick("1");
            let (e, m) = (D("e"), [measure(&D("f")).await, x.1][count(&vec![D("g")]) % 2]);
            tick("2");
            let kept: D = keep(D("h"), weigh_later(n, &D("i")).await + (&D("j")).name().len());
            tick("3");
            let Ok(checked) = checked(keep(D("k"), measure(&D("l")).await), len(&D("m"))) else {
                tick("else");
                return 0;
            };
            pause("p").await;
            n + m
        }
    }
}

#[test]
fn what_a_let_lends_outlives_temporaries_that_panic() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let r = &Item { d: keep(D("a"), grow_by(&mut { D("b") }, 3).await), n: count(&vec![D("c")]) };
            let m = &mut vec![match value("g", fetch("h").await).await.finish().await {
                0 => D("i"),
                _ => fetch("j").await,
            }];
            m.push(D("k"));
            let ref s = keep(D("d"), measure(&D("e")).await + len(&D("f")));
            r.n + s.name().len()
        }
    }
}

#[test]
fn the_temporaries_of_a_destructuring_assignment_end_before_it_assigns() {
    compare! {
        body(D("a"), 1, D("b"));

        #[desugar]
        async fn body(a: D, mut n: usize, mut b: D) -> D {
            let c;
            (b, n) = (D("c"), (n, a).0);
            tick("1");
            (c, n) = (keep(D("d"), len(&D("e"))), n);
            pause("p").await;
            (b, _) = (D("f"), D("g"));
            tick("2");
            drop(c);
            b
        }
    }
}

#[test]
fn what_an_operand_before_the_await_of_an_if_let_has_made_ends_with_it() {
    compare! {
        body(D("a"), 1);

        #[desugar]
        async fn body(a: D, n: usize) -> Result<D, String> {
            if let Shape::Empty = (Shape::Two { n: (n, D("b")).0, d: value("c", a).await }) {}
            tick("1");
            if let Shape::Two { d, n } = (Shape::Two { n: len(&D("d")), d: fetch("e").await }) {
                tick("2");
            } else {
                tick("3");
            }
            if let 1 = both(&D("f"), &fetch("g").await) {
                tick("4");
            } else {
                tick("5");
            }
            checked(D("h"), n)
        }
    }
}

/// What a branch had made stayed to the end of the block.
#[test]
fn a_branch_that_a_match_looks_at_ends_with_its_statement() {
    compare! {
        body(D("x"));

        #[desugar]
        async fn body(x: D) -> D {
            match (if ask(&x).await { Some(D("a")) } else { Some(D("b")) }) {
                Some(_) => tick("1"),
                _ => tick("2"),
            }
            tick("3");
            let n = match (if ask(&x).await { Shape::One(D("c")) } else { Shape::Two { d: D("d"), n: 2 } }) {
                Shape::Two { n, .. } => n,
                _ => 1,
            };
            tick("4");
            let m = weigh_later(match (if ask(&x).await { Some(D("e")) } else { None }) { Some(_) => n, None => 0 }, &D("f")).await;
            tick("5");
            D("g")
        }
    }
}

#[test]
fn what_is_awaited_for_nothing_is_dropped_before_what_it_was_made_with() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            _ = keep_later(fetch("a").await, len(&D("b"))).await;
            tick("1");
            _ = keep(fetch("c").await, len(&D("d")));
            tick("2");
            _ = keep_later(D("e"), weigh_later(1, &D("f")).await).await;
            0
        }
    }
}

/// The tail was an argument, of `Poll::Ready`.
#[test]
fn a_tail_that_panics_drops_its_operands_and_temporaries_in_one_order() {
    compare! {
        body(D("a"), 1);

        #[desugar]
        async fn body(a: D, n: usize) -> Result<D, String> {
            let first = async { checked(a, Item::weight(&Item { n, d: D("b") }) | len(&D("c"))) }.await;
            checked(ready("d", Ok::<D, String>(D("d"))).await?, Item::weight(&Item { n, d: D("e") }))
        }
    }
}

#[test]
fn a_let_else_that_binds_nothing() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let Some(_) = show(&D("temporary")).await.get(..2).map(|_| D("value")) else {
                return value("short", 1).await;
            };
            tick("matched");
            let (true, _) = (flag, value("left", D("left")).await) else {
                tick("else");
                pause("p").await;
                return 2;
            };
            let Ok(_) = value("outcome", if flag { Err(D("error")) } else { Ok(D("fine")) }).await else {
                return value("failed", 3).await;
            };
            4
        }
    }
}
