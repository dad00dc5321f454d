//! Operands that wait for an await in the rest of their expression: they go before the temporaries of their statement.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn beside_a_temporary_of_the_next_operand() {
    compare! {
        body();

        fn both(a: D, n: usize) -> usize {
            tick("both");
            n
        }

        #[desugar]
        async fn body() -> usize {
            let n = both(D("operand"), show(&D("temporary")).await.len());
            pause("after").await;
            n
        }
    }
}

#[test]
fn beside_temporaries_before_and_after_it() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (String, D, String, D, String) {
            let all = (
                show(&D("t1")).await,
                D("a"),
                show(&D("t2")).await,
                fetch("b").await,
                show(&fetch("t3").await).await,
            );
            pause("after").await;
            all
        }
    }
}

#[test]
fn in_nested_calls() {
    compare! {
        body();

        fn join(a: D, b: D, n: usize) -> D {
            tick("join");
            a
        }

        #[desugar]
        async fn body() -> D {
            join(D("a"), join(D("b"), fetch("c").await, show(&D("t1")).await.len()), show(&D("t2")).await.len())
        }
    }
}

#[test]
fn of_control_flow() {
    compare! {
        body(true);
        body(false);

        #[desugar]
        async fn body(on: bool) -> (D, String, D, String) {
            (
                if on { fetch("if").await } else { D("else") },
                show(&D("t1")).await,
                { let d = D("block"); pause("block").await; d },
                show(&match on { true => fetch("t2").await, false => D("t3") }).await,
            )
        }
    }
}

#[test]
fn in_a_struct_literal() {
    compare! {
        body();

        struct Device { name: D, on: usize, jobs: D }

        #[desugar]
        async fn body() -> (D, usize, D) {
            let device = Device { name: fetch("name").await, on: show(&D("t")).await.len(), jobs: fetch("job").await };
            pause("after").await;
            { let Device { name, on, jobs } = device; (name, on, jobs) }
        }
    }
}

#[test]
fn in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut sum = 0;
            for round in 0..3 {
                let (d, n) = (fetch("operand").await, show(&D("temporary")).await.len());
                sum += n + round;
                if round == 1 {
                    break;
                }
            }
            sum
        }
    }
}

#[test]
fn in_the_head_of_a_loop() {
    compare! {
        body();

        fn list(a: D, n: usize) -> Vec<D> {
            vec![a, D("second")]
        }

        #[desugar]
        async fn body() -> usize {
            for d in list(fetch("first").await, show(&D("temporary")).await.len()) {
                pause(&d.name()).await;
            }
            3
        }
    }
}

#[test]
fn in_a_condition() {
    compare! {
        body();

        fn take(a: D, n: usize) -> Option<D> {
            Some(a)
        }

        #[desugar]
        async fn body() -> usize {
            if let Some(d) = take(D("a"), show(&D("t1")).await.len()) {
                pause("then").await;
            }
            if take(D("b"), show(&D("t2")).await.len()).is_some() {
                pause("then").await;
            }
            while let Some(d) = take(D("c"), show(&D("t3")).await.len()) {
                pause("then").await;
                break;
            }
            match take(D("d"), show(&D("t4")).await.len()) {
                Some(d) => pause(&d.name()).await,
                None => {}
            }
            4
        }
    }
}

#[test]
fn left_by_an_error() {
    compare! {
        body(true);
        body(false);

        async fn check(d: &D, ok: bool) -> Result<usize, D> {
            pause("check").await;
            if ok { Ok(1) } else { Err(D("error")) }
        }

        #[desugar]
        async fn body(ok: bool) -> Result<(D, usize), D> {
            let pair = (D("operand"), check(&D("temporary"), ok).await?);
            pause("after").await;
            Ok(pair)
        }
    }
}

#[test]
fn behind_a_guard() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (String, usize) {
            let lock = Mutex::new(D("locked"));
            let pair = (show(&D("t")).await, show(&*lock.lock().await).await.len());
            pause("after").await;
            pair
        }
    }
}

#[test]
fn as_operands_of_operators() {
    compare! {
        body();

        struct N(D, usize);

        impl std::ops::Add<usize> for N {
            type Output = N;
            fn add(self, n: usize) -> N {
                tick("add");
                N(self.0, self.1 + n)
            }
        }

        #[desugar]
        async fn body() -> usize {
            let n = N(D("a"), 1) + show(&D("t1")).await.len() + show(&D("t2")).await.len();
            pause("after").await;
            n.1
        }
    }
}

#[test]
fn the_field_of_a_temporary() {
    compare! {
        body();

        async fn number(n: usize) -> usize {
            pause("number").await;
            n
        }

        #[desugar]
        async fn body() -> usize {
            let sum = (D("a"), number(1).await).1 + number(2).await;
            pause("after").await;
            sum + (D("b"), number(3).await).1 + number(4).await
        }
    }
}

#[test]
fn in_a_macro_that_is_a_block() {
    compare! {
        body();

        async fn len(lock: &Mutex<D>, text: &str) -> usize {
            let guard = lock.lock().await;
            pause("len").await;
            guard.name().len() + text.len()
        }

        #[desugar]
        async fn body() -> usize {
            let lock = Mutex::new(D("locked"));
            let n = len(&lock, &format!("{} {}", lock.guard().name(), show(&D("t1")).await)).await;
            let m = format!("{} {}", D("a"), show(&D("t2")).await).len() + show(&D("t3")).await.len();
            let text = format!("{} {}", D("b"), show(&D("t4")).await);
            n + m + text.len()
        }
    }
}

#[test]
fn in_a_match_that_is_a_tail() {
    compare! {
        body();

        fn optional(a: D, n: usize) -> Option<D> {
            Some(a)
        }

        #[desugar]
        async fn body() -> usize {
            match optional(D("a"), show(&D("t")).await.len()) {
                Some(d) => consume(d).await,
                None => 0,
            }
        }
    }
}

#[test]
fn what_a_match_leaves() {
    compare! {
        body(true);
        body(false);

        fn make(some: bool) -> Option<D> {
            some.then(|| D("made"))
        }

        #[desugar]
        async fn body(some: bool) -> usize {
            let n = consume(match make(some) {
                Some(_) => fetch("a").await,
                None => D("b"),
            })
            .await;
            tick("between");
            for d in match make(some) {
                Some(_) => vec![fetch("c").await],
                _ => vec![D("d")],
            } {
                tick("turn");
            }
            for d in match make(some) {
                Some(_) => vec![fetch("e").await],
                _ => vec![D("f")],
            } {
                pause("turn").await;
            }
            n
        }
    }
}
