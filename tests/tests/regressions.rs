//! What once differed from native or was unsound, each by what it was.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn guard_that_panics_over_a_taken_scrutinee() {
    compare! {
        body(Some(D("d")), true), body(Some(D("d")), false), body(None, true);

        #[desugar]
        async fn body(option: Option<D>, flag: bool) -> usize {
            pause("p").await;
            let n = match option {
                Some(d) if { tick("guard"); flag } => consume(d).await,
                Some(d) => d.name().len(),
                None => 0,
            };
            pause("q").await;
            n
        }
    }
}

#[test]
fn receiver_in_braces_whose_arguments_await() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> usize {
            let n = { d }.finish().await;
            n + make("e").joined(value("v", 3).await)
        }

        fn make(name: &str) -> Joined {
            Joined(D(name))
        }

        struct Joined(D);

        impl Joined {
            fn joined(self, n: usize) -> usize {
                self.0.name().len() + n
            }
        }
    }
}

#[test]
fn receiver_read_by_its_arguments() {
    compare! {
        body(vec![D("a"), D("b")]);

        #[desugar]
        async fn body(mut list: Vec<D>) -> usize {
            for d in list.iter_mut() {
                pause("p").await;
                d.rename(format!("{}!", d.name()));
            }
            list.len()
        }
    }
}

#[test]
fn value_moved_before_a_panic() {
    compare! {
        body(D("d"), 1), body(D("d"), 0);

        #[desugar]
        async fn body(d: D, n: u32) -> usize {
            pause("p").await;
            if n == 0 {
                drop(d);
                panic!("no n");
            }
            pause("q").await;
            d.name().len()
        }
    }
}

#[test]
fn guard_that_changes_what_it_sees() {
    compare! {
        body(Some(std::cell::Cell::new(Some(D("d")))));

        #[desugar]
        async fn body(cell: Option<std::cell::Cell<Option<D>>>) -> bool {
            pause("p").await;
            match cell {
                Some(d) if { drop(d.take()); false } => {
                    drop(d);
                    true
                }
                _ => false,
            }
        }
    }
}

#[test]
fn let_by_reference_is_no_move() {
    compare! {
        body(D("x"));

        #[desugar]
        async fn body(x: D) -> usize {
            let r = &x;
            {
                let ref a = x;
                tick(&a.name());
            }
            pause("p").await;
            r.name().len()
        }
    }
}

#[test]
fn closure_that_changes_and_reads_a_copy() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut n = 1;
            let mut next = || {
                n += 1;
                n
            };
            next();
            pause("p").await;
            next();
            n
        }
    }
}

#[test]
fn assignment_to_nothing_is_no_move() {
    compare! {
        body(D("x"), (D("a"), D("b")));

        #[desugar]
        async fn body(x: D, pair: (D, D)) -> usize {
            _ = x;
            pause("p").await;
            pair.0.name().len()
        }
    }
}

#[test]
fn upper_case_local() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            #[allow(non_snake_case)]
            let A = D("a");
            pause("p").await;
        }
    }
}

#[test]
fn field_read_before_an_await_that_changes_it() {
    compare! {
        S { n: 1 }.body();

        struct S { n: u32 }

        impl S {
            #[desugar]
            async fn body(mut self) -> (u32, u32, u32) {
                let sum = self.n + self.bump().await;
                let pair = (self.n, self.bump().await);
                (sum, pair.0, pair.1)
            }

            async fn bump(&mut self) -> u32 {
                pause("bump").await;
                self.n += 1;
                self.n
            }
        }
    }
}

#[test]
fn scrutinee_matched_in_a_chain_and_in_an_else() {
    compare! {
        body(Ok(D("a")), true), body(Ok(D("a")), false), body(Err(D("e")), true);

        #[desugar]
        async fn body(result: Result<D, D>, flag: bool) -> usize {
            pause("p").await;
            let n = if let Ok(d) = result {
                d.name().len()
            } else if let Err(e) = result {
                e.name().len() + 1
            } else {
                0
            };
            pause("q").await;
            n
        }
    }
}

#[test]
fn macro_that_returns_an_error() {
    compare! {
        body(D("a"), 1), body(D("a"), 0);

        macro_rules! bail {
            ($($message:tt)*) => { return Err(format!($($message)*)) };
        }

        #[desugar]
        async fn body(d: D, n: u32) -> Result<usize, String> {
            pause("p").await;
            if n == 0 {
                bail!("none of {}", d.name());
            }
            pause("q").await;
            Ok(d.name().len())
        }
    }
}

#[test]
fn temporaries_that_a_let_extends() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let pair = (&D("a"), 1);
            let list = [&D("b"), &D("cc")];
            let some = Some(&D("d"));
            let part = &vec![D("e"), D("f")][1..];
            pause("p").await;
            pair.0.name().len() + list.len() + some.map_or(0, |d| d.name().len()) + part[0].name().len()
        }
    }
}

#[test]
fn mutable_constant_lent_to_an_awaitee() {
    compare! {
        body();

        async fn fill(bytes: &mut [u8]) -> usize {
            pause("fill").await;
            bytes[0] = 1;
            bytes.len()
        }

        #[desugar]
        async fn body() -> usize {
            fill(&mut [0; 16]).await
        }
    }
}

#[test]
fn temporary_of_a_match_in_an_awaited_operand() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            value("v", match D("t").name().len() { 1 => 2, n => n }).await
        }
    }
}

#[test]
fn let_else_that_awaits_in_a_loop() {
    compare! {
        body(vec![1, 2, 3]), body(vec![1, 0, 3]);

        #[desugar]
        async fn body(list: Vec<u32>) -> u32 {
            let mut sum = 0;
            for n in list {
                let Some(n) = value("v", Some(n).filter(|n| *n > 0)).await else {
                    pause("else").await;
                    return sum;
                };
                sum += n;
            }
            sum
        }
    }
}

#[test]
fn for_over_what_is_awaited_in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut sum = 0;
            for round in 0..3 {
                for n in value("list", vec![round, 1]).await {
                    sum += value("n", n).await;
                }
                match *value("boxed", Box::new(round)).await {
                    1 => sum += value("one", 10).await,
                    n => sum += n,
                }
            }
            sum
        }
    }
}

#[test]
fn closure_that_counts() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, usize) {
            let mut id = 0;
            let list: Vec<u32> = (0..3).map(|_| { id += 1; id }).collect();
            pause("p").await;
            (id, list.len())
        }
    }
}

#[test]
fn names_of_a_macro_and_of_its_call() {
    macro_rules! two {
        ($x:ident) => {
            compare! {
                body();

                #[desugar]
                async fn body() -> (String, String) {
                    let x = D("the macro's");
                    let $x = D("the call's");
                    let r = &$x;
                    pause("p").await;
                    let name = x.name();
                    drop(x);
                    pause("q").await;
                    (name, r.name())
                }
            }
        };
    }
    two!(x);
}

#[test]
fn borrowed_and_then_matched_by_move() {
    compare! {
        body(Some(D("d"))), body(None);

        #[desugar]
        async fn body(mut state: Option<D>) -> usize {
            tick(&state.is_some().to_string());
            pause("p").await;
            let mut rounds = 0;
            while state.is_some() {
                rounds += 1;
                state = match state {
                    Some(d) => {
                        consume(d).await;
                        (rounds < 3).then(|| D("again"))
                    }
                    None => None,
                };
            }
            pause("q").await;
            rounds
        }
    }
}

#[test]
fn matched_by_move_after_a_borrow_without_guards() {
    compare! {
        body(Ok(D("d"))), body(Err(D("e")));

        #[desugar]
        async fn body(result: Result<D, D>) -> usize {
            let seen = result.is_ok();
            pause("p").await;
            let n = match result {
                Ok(d) => consume(d).await,
                Err(e) => e.name().len() + seen as usize,
            };
            pause("q").await;
            n
        }
    }
}

#[test]
fn awaited_temporary_beside_a_computed_receiver() {
    compare! {
        body(vec![D("a")]);

        fn first(list: &mut Vec<D>) -> &mut D {
            tick("first");
            &mut list[0]
        }

        #[desugar]
        async fn body(mut list: Vec<D>) -> usize {
            first(&mut list).rename(fetch("r").await.name());
            pause("p").await;
            list.len()
        }
    }
}

#[test]
fn items_of_an_inner_block() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> u32 {
            const K: u32 = 1;
            let mut n = K;
            if flag {
                const K: u32 = 2;
                fn two() -> u32 { 2 }
                pause("q").await;
                n += K * 10 + two();
            }
            match n {
                1 => {
                    const K: u32 = 3;
                    pause("p").await;
                    n + K
                }
                n => n,
            }
        }
    }
}

#[test]
fn parts_of_a_value_with_a_destructor_inside_of_another() {
    compare! {
        body(Some(Permit { id: 7, held: D("permit") }));

        struct Permit { id: u32, held: D }

        impl Drop for Permit {
            fn drop(&mut self) {
                tick("permit");
            }
        }

        #[desugar]
        async fn body(permit: Option<Permit>) -> u32 {
            pause("p").await;
            let id = match permit {
                Some(Permit { id, .. }) => id,
                None => 0,
            };
            pause("q").await;
            id
        }
    }
}

#[test]
fn flagged_survivor_across_a_loop_that_is_left() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let mut x = D("x");
            if flag {
                drop(x);
                pause("moved").await;
                x = D("y");
            }
            loop {
                pause("loop").await;
                if flag {
                    break;
                }
                let done = true;
                if done {
                    break;
                }
            }
            pause("after").await;
            x.name().len()
        }
    }
}

#[test]
fn early_exit_from_an_arm_before_its_await() {
    compare! {
        body(Some(D("b")), true), body(Some(D("b")), false), body(None, true);

        fn check(fails: bool) -> Result<(), String> {
            tick("check");
            if fails { Err("no".into()) } else { Ok(()) }
        }

        #[desugar]
        async fn body(option: Option<D>, fails: bool) -> Result<usize, String> {
            pause("p").await;
            let n = match option {
                Some(b) => {
                    let a = D("a");
                    check(fails)?;
                    drop(b);
                    pause("q").await;
                    a.name().len()
                }
                None => 0,
            };
            pause("r").await;
            Ok(n)
        }
    }
}

#[test]
fn let_else_with_a_type_and_temporaries() {
    compare! {
        body(None), body(Some(3));

        #[desugar]
        async fn body(option: Option<usize>) -> usize {
            let Some(n): Option<usize> = value("v", option).await else {
                pause("e").await;
                return 7;
            };
            let Some(m) = fetch("x").await.name().len().checked_sub(n) else {
                pause("f").await;
                return 8;
            };
            n + m
        }
    }
}

#[test]
fn closure_in_a_closure() {
    compare! {
        body(vec![1, 2]);

        #[desugar]
        async fn body(list: Vec<u32>) -> u32 {
            let p = &list;
            pause("p").await;
            let sums: Vec<u32> = (0..2).flat_map(|a| (0..2).map(move |b| p.len() as u32 + a + b)).collect();
            pause("q").await;
            sums.iter().sum()
        }
    }
}

#[test]
fn closure_that_outlives_an_await_and_has_only_copies() {
    compare! {
        body(vec![D("a"), D("b")]);

        #[desugar]
        async fn body(list: Vec<D>) -> usize {
            let mut n = 0;
            for d in list {
                let k = 3;
                let f = || {
                    let e = d;
                    e.name().len() + k
                };
                pause("p").await;
                n += f();
            }
            n
        }
    }
}

#[test]
fn early_exit_from_an_arm_that_awaits_in_a_branch() {
    compare! {
        body(Some((D("a"), D("b"))), 0), body(Some((D("a"), D("b"))), 1), body(Some((D("a"), D("b"))), 2), body(None, 0);

        #[desugar]
        async fn body(pair: Option<(D, D)>, k: u32) -> usize {
            pause("p").await;
            match pair {
                Some((a, b)) => {
                    let c = D("c");
                    if k == 0 {
                        return 0;
                    }
                    drop(b);
                    if k == 1 {
                        pause("q").await;
                    }
                    a.name().len() + c.name().len()
                }
                None => 1,
            }
        }
    }
}

#[test]
fn macros_of_two_statements_before_an_await() {
    compare! {
        body();

        macro_rules! note {
            ($e:expr) => {
                tick("note");
                tick($e);
            };
        }

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            note!("a");
            pause("p").await;
            note!(&d.name());
            pause("q").await;
            d.name().len()
        }
    }
}

#[test]
fn macro_that_takes_an_expression_or_a_name() {
    compare! {
        body();

        macro_rules! doubled {
            ($e:expr) => {
                $e * 2
            };
        }

        #[desugar]
        async fn body() -> u32 {
            let n = 3;
            pause("p").await;
            let m = doubled!(n) + doubled!(n + 1);
            pause("q").await;
            m + n
        }
    }
}

#[test]
fn a_closure_that_assigns_what_survives() {
    compare! {
        body(1), body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let mut yielded = false;
            let (mut a, mut d) = (n, D("first"));
            let mut polled = 0;
            let m = std::future::poll_fn(|cx| {
                if yielded {
                    return std::task::Poll::Ready(n);
                }
                yielded = true;
                (a, polled) = (a + 1, polled + 1);
                d = D("second");
                cx.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
            pause("p").await;
            m + a + polled + d.name().len() as u32
        }
    }
}
