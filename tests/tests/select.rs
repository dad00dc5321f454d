//! `select!` of tokio. Traces are of `biased;` ones, since the others begin anywhere; of those, what is the same wherever
//! they begin.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn the_first_that_is_ready() {
    compare! {
        body(0, 0), body(1, 2), body(2, 1), body(3, 3);

        #[desugar]
        async fn body(m: usize, n: usize) -> &'static str {
            let d = D("d");
            let first = tokio::select! {
                biased;
                () = pauses("a", m) => "a",
                () = pauses("b", n) => "b",
            };
            tick("selected");
            pause("p").await;
            first
        }
    }
}

#[test]
fn futures_are_dropped_before_the_handler_runs() {
    compare! {
        body(0, 1), body(2, 0);

        #[desugar]
        async fn body(m: usize, n: usize) -> usize {
            let (x, y, z) = (D("x"), D("y"), D("z"));
            tokio::select! {
                biased;
                _ = async_drop(m, x) => {
                    tick("handler of x");
                    1
                }
                _ = async_drop(n, y) => {
                    let inner = D("inner");
                    pause("handler of y").await;
                    2
                }
                n = z.finish() => n,
            }
        }

        async fn async_drop(n: usize, d: D) {
            pauses("async_drop", n).await;
        }
    }
}

#[test]
fn handlers_that_await_return_and_fail() {
    compare! {
        body(0), body(1), body(2), body(3), body(4);

        #[desugar]
        async fn body(n: usize) -> Result<String, String> {
            let d = D("d");
            let at = |m: usize| if n == m { 0 } else { 3 };
            let text = tokio::select! {
                biased;
                () = pauses("a", at(0)) => value("handler", "awaited").await.to_string(),
                () = pauses("b", at(1)) => return Ok("returned".to_string()),
                () = pauses("c", at(2)) => failing::<String>("c").await?,
                () = pauses("d", at(3)) => Err("at once".to_string())?,
                () = pauses("e", at(4)) => {
                    let inner = D("inner");
                    let text = success("e", inner.name()).await?;
                    if text.is_empty() { return Err(text) }
                    text
                },
            };
            tick("behind");
            Ok(text)
        }
    }
}

#[test]
fn in_a_loop_with_break_and_continue() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, u32) {
            let mut long = pauses("long", 5);
            tokio::pin!(long);
            let mut turns = 0;
            let result = loop {
                turns += 1;
                tokio::select! {
                    biased;
                    () = &mut long => break turns,
                    n = value("short", turns) => {
                        let d = D("d");
                        if n == 1 {
                            continue;
                        }
                        pause("handler").await;
                    }
                }
                tick("turn");
            };
            pause("p").await;
            (result, turns)
        }
    }
}

#[test]
fn labelled_loops() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut n = 0;
            'outer: loop {
                let d = D("outer");
                for i in 0..3 {
                    let e = D("inner");
                    tokio::select! {
                        biased;
                        m = value("a", i) => {
                            n += 1;
                            if m == 1 && n < 4 { continue 'outer }
                            if n > 4 { break 'outer }
                        }
                        () = pauses("never", 9) => unreachable!(),
                    }
                }
            }
            n
        }
    }
}

#[test]
fn conditions_over_survivors() {
    compare! {
        body(false, false), body(true, false), body(false, true), body(true, true);

        #[desugar]
        async fn body(a: bool, b: bool) -> Vec<u32> {
            let mut list = vec![0];
            let d = D("d");
            let other = &b;
            for turn in 0..3 {
                let n = tokio::select! {
                    biased;
                    n = value(note("first", "a"), 1), if note("condition a", a && list.len() < 2) => n,
                    n = value(note("second", "b"), 2), if *other && d.name().len() == 1 => n,
                    n = value(note("third", "c"), 3), if value("condition", list.len() > 2).await => n,
                    else => value("else", 4).await,
                };
                list.push(n);
            }
            list
        }
    }
}

#[test]
fn a_disabled_future_is_made_and_not_polled() {
    compare! {
        body(D("x"));

        #[desugar]
        async fn body(x: D) -> usize {
            let enabled = false;
            tokio::select! {
                biased;
                n = x.finish(), if enabled => n,
                d = fetch("d") => {
                    pause("p").await;
                    d.name().len()
                }
            }
        }
    }
}

#[test]
fn patterns_that_do_not_match() {
    compare! {
        body(Some(1), Ok(2)), body(None, Ok(2)), body(Some(1), Err("x")), body(None, Err("x"));

        #[desugar]
        async fn body(a: Option<u32>, b: Result<u32, &'static str>) -> u32 {
            let d = D("d");
            tokio::select! {
                biased;
                Some(n) = value("a", a.map(|n| (D("in a"), n))) => n.1,
                Ok(n @ (2 | 3)) = value("b", b.map_err(D)) => {
                    pause("p").await;
                    n
                }
                (D1(_), Err(e)) = pair() => e,
                else => 0,
            }
        }

        struct D1(D);

        async fn pair() -> (D1, Result<D, u32>) {
            pauses("pair", 3).await;
            (D1(D("d1")), Ok(D("ok")))
        }
    }
}

#[test]
fn all_disabled_and_no_else() {
    compare! {
        body(None), body(Some(1)), at_once();

        #[desugar]
        async fn body(a: Option<u32>) -> u32 {
            let d = D("d");
            tokio::select! {
                biased;
                Some(n) = value("a", a) => n,
            }
        }

        #[desugar]
        async fn at_once() {
            let d = D("d");
            tokio::select! {
                biased;
                n = fetch("never"), if false => drop(n),
            }
        }
    }
}

#[test]
fn only_an_else() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let n = tokio::select! { else => value("else", 1).await };
            n + tokio::select! { biased; else => { 2 }, }
        }
    }
}

#[test]
fn what_a_pattern_leaves_lives_as_long_as_natively() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> usize {
            let at = |m: u32| if n == m { 0 } else { 2 };
            let len = tokio::select! {
                biased;
                _ = Leaf2(at(0)) => {
                    tick("handler");
                    pause("a").await;
                    1
                }
                (a, _) = Leaf2(at(1)) => {
                    pause("b").await;
                    a.name().len()
                }
                (_, b) = Leaf2(at(2)) => b.name().len(),
            };
            tick("behind");
            pause("p").await;
            len
        }

        struct Leaf2(usize);

        impl std::future::IntoFuture for Leaf2 {
            type Output = (D, D);
            type IntoFuture = Leaf<(D, D)>;
            fn into_future(self) -> Leaf<(D, D)> {
                tick("into_future");
                match self.0 {
                    0 => ready("pair", (D("left"), D("right"))),
                    n => value("pair", (D("late left"), D("late right"))),
                }
            }
        }
    }
}

#[test]
fn what_no_handler_awaits_lives_as_long_as_natively() {
    compare! {
        body(0), body(1);

        #[desugar]
        async fn body(n: u32) -> usize {
            let text = format!(
                "{} {}",
                tokio::select! {
                    biased;
                    (a, _) = value("pair", (D("left"), D("right"))), if n == 0 => a.name(),
                    d = fetch("d") => d.name(),
                },
                note("behind", 1),
            );
            text.len()
        }
    }
}

#[test]
fn bindings_of_every_kind() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> usize {
            let at = |m: u32| if n == m { 0 } else { 9 };
            tokio::select! {
                biased;
                mut d = delayed(at(0), D("mutable")) => {
                    d.rename("renamed");
                    pause("a").await;
                    d.name().len()
                }
                Some(D1(d)) = delayed(at(1), Some(D1(D("in depth")))) => {
                    pause("b").await;
                    d.name().len()
                }
                Point { x, y: (_, mut z) } = delayed(at(2), Point { x: D("x"), y: (1, D("z")) }) => {
                    z.rename("zz");
                    pause("c").await;
                    x.name().len() + z.name().len()
                }
                whole @ (1..=3, _) = delayed(at(3), (2, D("range"))) => {
                    pause("d").await;
                    whole.1.name().len()
                }
            }
        }

        struct D1(D);

        struct Point { x: D, y: (u32, D) }

        async fn delayed<T>(n: usize, value: T) -> T {
            pauses("delayed", n).await;
            value
        }
    }
}

#[test]
fn bindings_by_reference() {
    compare! {
        body(0), body(1);

        #[desugar]
        async fn body(n: u32) -> usize {
            let at = |m: u32| if n == m { 0 } else { 9 };
            tokio::select! {
                biased;
                Some(ref d) = delayed(at(0), Some(D("borrowed"))) => {
                    pause("b").await;
                    d.name().len()
                }
                (_, ref mut z) = delayed(at(1), (D("x"), D("z"))) => {
                    z.rename("zz");
                    pause("c").await;
                    z.name().len()
                }
            };
            tokio::select! {
                biased;
                Some(ref d) = delayed(at(0), Some(D("borrowed"))) => d.name().len(),
                (x, ref mut z) = delayed(at(1), (D("x"), D("z"))) => {
                    z.rename("zz");
                    x.name().len()
                }
            }
        }

        async fn delayed<T>(n: usize, value: T) -> T {
            pauses("delayed", n).await;
            value
        }
    }
}

#[test]
fn a_survivor_moved_in_one_handler_and_borrowed_in_another() {
    compare! {
        body(0, D("x"), D("y")), body(1, D("x"), D("y")), body(2, D("x"), D("y"));

        #[desugar]
        async fn body(n: u32, x: D, mut y: D) -> usize {
            let at = |m: u32| if n == m { 1 } else { 9 };
            let len = tokio::select! {
                biased;
                () = pauses("a", at(0)) => consume(x).await,
                () = pauses("b", at(1)) => show(&x).await.len(),
                n = y.extend(), if n == 2 => {
                    y.rename("borrowed again");
                    n
                }
            };
            tick("behind");
            pause("p").await;
            len + y.name().len()
        }
    }
}

#[test]
fn what_the_futures_borrow_is_free_in_the_handlers() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (Vec<u32>, usize) {
            let mut list = vec![1];
            let mut d = D("d");
            for turn in 0..2 {
                tokio::select! {
                    biased;
                    n = grow(&mut list, turn), if turn == 0 => list.push(n as u32),
                    n = d.extend() => {
                        d.rename("named");
                        pause("p").await;
                        list.clear();
                    }
                }
            }
            (list, d.name().len())
        }
    }
}

#[test]
fn temporaries_of_futures_and_conditions() {
    fn borrow(d: &D) -> &D {
        d
    }

    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: usize) -> usize {
            let at = |m: usize| if n == m { 0 } else { 2 };
            let len = tokio::select! {
                biased;
                () = &mut Box::pin(pauses("extended", at(0))) => 1,
                () = pauses(&D("a").name(), at(1)), if D("b").name().len() == 1 => 2,
                () = Box::pin(async_hold(&mut D("kept in the box"), at(2))) => {
                    pause("p").await;
                    3
                }
                n = value("never", borrow(&D("c")).name().len()), if false => n,
            };
            tick("behind");
            len
        }

        fn async_hold(d: &mut D, n: usize) -> Leaf<()> {
            d.rename("held");
            pauses("hold", n)
        }
    }
}

#[test]
fn early_exits_from_operands() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> Result<u32, String> {
            let d = D("d");
            let checked = |m: u32| if n == m { Err("checked".to_string()) } else { Ok(m) };
            for turn in 0..2 {
                tokio::select! {
                    biased;
                    d = fetch("a"), if checked(0)? == 0 => drop(d),
                    n = consume(D("moved")) => tick("moved"),
                    m = value("b", checked(1)?) => tick("b"),
                    m = value("c", value("operand", if n == 2 { break } else { 3 }).await) => return Ok(m),
                }
            }
            Err("behind".to_string())
        }
    }
}

#[test]
fn in_a_method_that_changes_itself() {
    compare! {
        Actor { name: D("actor"), seen: Vec::new() }.run(3);

        #[derive(Debug)]
        struct Actor {
            name: D,
            seen: Vec<u32>,
        }

        impl Actor {
            #[desugar]
            async fn run(mut self, turns: u32) -> Result<Vec<u32>, String> {
                for turn in 0..turns {
                    tokio::select! {
                        biased;
                        n = self.next(turn), if turn != 1 => self.handle(n?).await,
                        () = pauses("idle", 5) => self.seen.push(99),
                        else => unreachable!(),
                    }
                }
                Ok(self.seen.clone())
            }

            #[desugar]
            async fn next(&mut self, turn: u32) -> Result<u32, String> {
                tokio::select! {
                    biased;
                    n = self.name.extend() => Ok(n as u32 + turn),
                    result = failing("late"), if turn > 3 => result,
                }
            }

            #[desugar]
            async fn handle(&mut self, n: u32) {
                pause("handle").await;
                self.seen.push(n);
            }
        }
    }
}

#[test]
fn one_inside_of_another() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> usize {
            let at = |m: u32| if n == m { 0 } else { 2 };
            tokio::select! {
                biased;
                () = pauses("a", at(0)) => {
                    let d = D("d");
                    tokio::select! {
                        biased;
                        n = d.peek() => n,
                        n = value("inner", 3) => tokio::select! { n = value("innermost", n) => n, else => 7 },
                    }
                }
                m = value("b", at(1)) => tokio::join!(value("c", m), fetch("joined")).0,
                m = value("c", tokio::select! { biased; n = value("operand", 1), if n == 2 => n, else => 4 }) => m,
            }
        }
    }
}

#[test]
fn a_statement_without_a_value() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let d = D("d");
            tokio::select! {
                biased;
                () = pause("a") => tick("handler"),
                () = pause("b") => {}
            }
            tokio::select! {
                biased;
                n = value("value", D("unwanted")) => n,
                n = fetch("fetched") => n,
            };
            tick("behind");
            tokio::select!(biased; _ = pause("c") => (), _ = pause("d") => pause("e").await)
        }
    }
}

#[test]
fn diverging_handlers() {
    compare! {
        body(0), body(1);

        #[desugar]
        async fn body(n: usize) -> u32 {
            loop {
                let d = D("d");
                let n: u32 = tokio::select! {
                    biased;
                    m = value("a", n), if n == 0 => return m as u32,
                    () = pause("b") => break,
                };
            }
            tokio::select! {
                biased;
                () = pause("c") => panic!("selected"),
                n = fetch("late") => 1,
            }
        }
    }
}

#[test]
fn names_of_the_users_that_are_like_ours() {
    compare! {
        body(1);

        #[desugar]
        async fn body(select: u32) -> (u32, u32, Selected) {
            let selected = Selected(D("selected"));
            let output = 3;
            let value_disabled = false;
            let value_2 = 7;
            let context = 8;
            let mut futures = D("futures");
            let n = tokio::select! {
                biased;
                output = value("a", select), if !value_disabled && output == 3 => {
                    pause("p").await;
                    output + value_2 + context
                }
                n = value("b", value_2), if value_disabled => n + output,
                n = futures.extend(), if context > 10 => n as u32 + futures.name().len() as u32,
                else => match selected { Selected(d) => d.name().len() as u32 },
            };
            enum Disabled { Disabled }
            (n, output, Selected(D("made")))
        }

        #[derive(Debug)]
        struct Selected(D);
    }
}

#[test]
fn by_a_bare_name() {
    use tokio::select;
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            select! {
                biased;
                n = value("a", 1) => n,
                n = value("b", 2) => n,
            }
        }
    }
}

#[test]
fn a_random_start_polls_every_branch_once() {
    #[desugared]
    async fn selected() -> u32 {
        tokio::select! {
            n = async_value(1) => n,
            n = async_value(2) => n,
            n = async_value(3) => n,
        }
    }
    async fn async_value(n: u32) -> u32 {
        tokio::task::yield_now().await;
        n
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut seen = [false; 4];
    for _ in 0..200 {
        seen[runtime.block_on(selected()) as usize] = true;
    }
    assert_eq!(seen, [false, true, true, true]);
}

#[test]
fn it_is_send_if_its_futures_are() {
    #[desugared]
    async fn body() -> u32 {
        let text = String::from("text");
        tokio::select! {
            n = std::future::ready(1), if text.len() > 3 => n,
            n = std::future::pending::<u32>() => {
                std::future::ready(()).await;
                n + text.len() as u32
            }
        }
    }
    fn assert_send<T: Send>(_: &T) {}
    let future = body();
    assert_send(&future);
    assert_eq!(desugar::block_on(future), 1);
}

#[test]
fn in_a_function_that_a_macro_makes() {
    macro_rules! make {
        ($name:ident, $var:ident) => {
            #[desugar]
            async fn $name(selected: u32) -> u32 {
                let ($var, futures) = (3, 4);
                let (join, b) = tokio::join!(value("a", $var), value("b", futures));
                let pinned = std::pin::pin!(value("c", join));
                tokio::select! {
                    biased;
                    futures = value("d", selected + futures) => futures + $var + b + pinned.await,
                    () = pauses("never", 9) => $var,
                }
            }
        };
    }

    compare! {
        same_name(1), other_name(2);

        make!(same_name, futures);
        make!(other_name, select);
    }
}

/// `async` blocks are refused where they stand alone, so far.
#[test]
fn blocks() {
    compare! {
        body(0, D("x")), body(1, D("x"));

        #[desugar]
        async fn body(n: u32, x: D) -> usize {
            let at = |m: u32| if n == m { 1 } else { 9 };
            let mut list = vec![0];
            let long = async {
                pauses("long", 5).await;
                x.name().len()
            };
            tokio::pin!(long);
            loop {
                tokio::select! {
                    biased;
                    n = &mut long => break n,
                    n = async {
                        let d = D("d");
                        list.push(value("pushed", n).await);
                        list.len()
                    }, if list.len() < 3 => {
                        pause("handler").await;
                        list.push(n as u32);
                    }
                    () = async move { pauses("moved", at(1)).await } => list.clear(),
                }
            }
        }
    }
}
