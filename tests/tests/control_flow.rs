//! `if`, `match`, `let else`, early `return` and labelled blocks, with awaits in conditions and arms.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn await_in_one_branch() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let a = D("a");
            if flag {
                let _b = D("b");
                pause("then").await;
                tick("then");
            }
            tick("after");
            a.name().len()
        }
    }
}

#[test]
fn await_in_both_branches() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> String {
            let a = D("a");
            let text = if flag {
                let b = D("b");
                pause("then").await;
                format!("{a}{b}")
            } else {
                let c = D("c");
                pause("else").await;
                format!("{c}")
            };
            pause("end").await;
            text
        }
    }
}

#[test]
fn else_if_chain() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let _d = D("d");
            if n == 0 {
                value("zero", 10).await
            } else if value("is one", n == 1).await {
                11
            } else if n == 2 {
                let _e = D("e");
                pause("two").await;
                12
            } else {
                value("many", n).await
            }
        }
    }
}

#[test]
fn await_in_the_condition() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> &'static str {
            if value("condition", flag).await {
                tick("yes");
                "yes"
            } else {
                "no"
            }
        }
    }
}

#[test]
fn branches_that_leave() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> String {
            let a = D("a");
            let b = D("b");
            if n == 0 {
                drop(b);
                pause("zero").await;
                return "zero".to_string();
            }
            if value("one", n == 1).await {
                return show(&a).await;
            }
            pause("end").await;
            format!("{a} {b}")
        }
    }
}

#[test]
fn if_let_on_an_awaited_value() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let option = if flag { Some(D("inner")) } else { None };
            if let Some(d) = value("option", option).await {
                pause("then").await;
                d.name().len()
            } else {
                pause("else").await;
                0
            }
        }
    }
}

#[test]
fn if_let_on_a_local() {
    compare! {
        body(Some(D("inner"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> Option<D> {
            if let Some(d) = &option {
                show(d).await;
            }
            if let Some(d) = option.as_ref() {
                d.peek().await;
            }
            pause("end").await;
            option
        }
    }
}

#[test]
fn if_let_moving_out_of_a_local() {
    compare! {
        body(Some(D("inner"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> usize {
            pause("start").await;
            if let Some(d) = option { consume(d).await } else { value("none", 0).await }
        }
    }
}

#[test]
fn if_let_chain() {
    compare! {
        body(Some(4)), body(Some(1)), body(None);

        #[desugar]
        async fn body(option: Option<u32>) -> u32 {
            let _a = D("a");
            if let Some(n) = option
                && n > 2
            {
                value("large", n).await
            } else {
                value("other", 0).await
            }
        }
    }
}

#[test]
fn let_else_on_an_awaited_value() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let _a = D("a");
            let Some(d) = value("option", flag.then(|| D("d"))).await else {
                let _b = D("b");
                pause("else").await;
                return 0;
            };
            pause("end").await;
            d.name().len()
        }
    }
}

#[test]
fn let_else_with_a_local() {
    compare! {
        body(Ok(3)), body(Err(D("e")));

        #[desugar]
        async fn body(result: Result<u32, D>) -> u32 {
            let Ok(n) = result else {
                pause("else").await;
                return 0;
            };
            n + value("v", 1).await
        }
    }
}

#[test]
fn match_with_awaiting_arms() {
    compare! {
        body(0), body(1), body(2), body(9);

        #[desugar]
        async fn body(n: u32) -> usize {
            let a = D("a");
            let r = match n {
                0 => 100,
                1 => a.peek().await,
                2 => {
                    let b = D("b");
                    pause("two").await;
                    consume(b).await
                }
                _ => {
                    tick("other");
                    return consume(a).await;
                }
            };
            pause("end").await;
            r
        }
    }
}

#[test]
fn match_on_an_awaited_value() {
    compare! {
        body(Ok(D("fine"))), body(Err("bad".to_string()));

        #[desugar]
        async fn body(result: Result<D, String>) -> usize {
            match value("result", result).await {
                Ok(d) => consume(d).await,
                Err(text) if text.is_empty() => 0,
                Err(text) => {
                    pause("err").await;
                    text.len()
                }
            }
        }
    }
}

#[test]
fn match_arms_with_guards() {
    compare! {
        body(Some(1), true), body(Some(1), false), body(Some(50), false), body(None, true);

        #[desugar]
        async fn body(n: Option<u32>, flag: bool) -> u32 {
            let d = D("d");
            match n {
                Some(n) if note("guard one", n > 10) => value("large", n).await,
                Some(n) if note("guard two", flag) => n + d.peek().await as u32,
                Some(_) => {
                    drop(d);
                    value("small", 3).await
                }
                None => 0,
            }
        }
    }
}

#[test]
fn match_or_patterns_and_ranges() {
    compare! {
        body(1), body(2), body(5), body(70);

        #[desugar]
        async fn body(n: u8) -> u8 {
            match n {
                1 | 2 => value("one or two", n).await,
                m @ 3..=9 => value("digit", m * 2).await,
                _ => 0,
            }
        }
    }
}

#[test]
fn match_binding_by_reference() {
    compare! {
        body(Some(D("x"))), body(None);

        #[desugar]
        async fn body(mut option: Option<D>) -> Option<D> {
            match &option {
                Some(d) => {
                    show(d).await;
                }
                None => pause("none").await,
            }
            match option {
                Some(ref mut d) => {
                    d.extend().await;
                }
                None => {}
            }
            match option {
                Some(ref d) => {
                    d.peek().await;
                }
                None => {}
            }
            match &mut option {
                Some(d) => {
                    d.rename("renamed");
                    pause("renamed").await;
                    d.rename("again");
                }
                slot @ None => *slot = Some(fetch("filled").await),
            }
            option
        }
    }
}

#[test]
fn match_with_partial_moves() {
    compare! {
        body((D("a"), Some(D("b")))), body((D("a"), None));

        #[desugar]
        async fn body(pair: (D, Option<D>)) -> usize {
            match pair {
                (a, Some(b)) => {
                    let n = consume(b).await;
                    pause("still a").await;
                    n + a.name().len()
                }
                (_, None) => value("none", 0).await,
            }
        }
    }
}

#[test]
fn match_scrutinee_temporary_lives_through_the_arms() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mutex = Mutex::new(vec![1, 2]);
            let n = match mutex.lock().await.len() {
                2 => {
                    tick("the guard is held");
                    pause("arm").await;
                    20
                }
                other => other,
            };
            tick("the guard is free");
            n + mutex.lock().await.len()
        }
    }
}

#[test]
fn match_on_a_borrow_of_a_temporary() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            match D("temporary").name().len() {
                0 => 0,
                n => {
                    pause("arm").await;
                    n
                }
            }
        }
    }
}

#[test]
fn match_as_operand_of_await() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> u32 {
            let d = D("d");
            let n = match flag {
                true => value("true", 1),
                false => value("false", 2),
            }
            .await;
            tick(&d.name());
            n
        }
    }
}

#[test]
fn if_as_operand_of_await() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let (a, b) = (D("a"), D("bb"));
            consume(if flag { a } else { b }).await
        }
    }
}

#[test]
fn labelled_block() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let _a = D("a");
            let r = 'out: {
                let _b = D("b");
                if n == 0 {
                    break 'out 10;
                }
                let m = value("m", n).await;
                let _c = D("c");
                if m == 1 {
                    break 'out value("break operand", 11).await;
                }
                pause("end of block").await;
                12
            };
            pause("end").await;
            r
        }
    }
}

#[test]
fn nested_conditions() {
    compare! {
        body(true, true), body(true, false), body(false, true), body(false, false);

        #[desugar]
        async fn body(a: bool, b: bool) -> u32 {
            let outer = D("outer");
            let mut n = 1;
            if a {
                let _inner = D("inner");
                if b {
                    n += value("a and b", 10).await;
                } else {
                    pause("a only").await;
                    n *= 2;
                }
                pause("a").await;
            } else if b {
                n += outer.peek().await as u32;
            }
            n
        }
    }
}

#[test]
fn early_return_of_an_awaited_value() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> D {
            let _a = D("a");
            if flag {
                return fetch("early").await;
            }
            let _b = D("b");
            fetch("late").await
        }
    }
}

#[test]
fn diverging_after_an_await() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(_a: D) -> u32 {
            let _b = D("b");
            pause("p").await;
            panic!("on purpose")
        }
    }
}

#[test]
fn state_machine_enum() {
    compare! {
        body();

        #[derive(Debug)]
        enum Step {
            Start,
            Middle { d: D, n: u32 },
            End(D),
        }

        #[desugar]
        async fn body() -> u32 {
            let mut step = Step::Start;
            loop {
                step = match step {
                    Step::Start => Step::Middle { d: fetch("d").await, n: 2 },
                    Step::Middle { d, n: 0 } => Step::End(d),
                    Step::Middle { d, n } => {
                        pause("middle").await;
                        Step::Middle { d, n: n - 1 }
                    }
                    Step::End(d) => return consume(d).await as u32,
                };
            }
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn await_in_a_match_guard() {
    compare! {
        body(Some(1)), body(Some(2)), body(None);

        #[desugar]
        async fn body(n: Option<u32>) -> u32 {
            let d = D("d");
            match n {
                Some(n) if value("guard", n == 1).await => n + d.peek().await as u32,
                Some(n) => value("second arm", n).await,
                None => 0,
            }
        }
    }
}

#[test]
fn if_let_else_if_let() {
    compare! {
        body(Some(D("a")), Ok(1)), body(None, Ok(1)), body(None, Err(D("e")));

        #[desugar]
        async fn body(first: Option<D>, second: Result<u32, D>) -> u32 {
            let r = if let Some(d) = first {
                consume(d).await as u32
            } else if let Ok(n) = second {
                value("n", n).await
            } else {
                pause("else").await;
                0
            };
            pause("end").await;
            r
        }
    }
}

#[test]
fn let_else_in_a_loop() {
    compare! {
        body(vec![Some(1), None, Some(3)]);

        #[desugar]
        async fn body(list: Vec<Option<u32>>) -> u32 {
            let mut sum = 0;
            for item in list {
                let _d = D("round");
                let Some(n) = item else {
                    pause("none").await;
                    continue;
                };
                sum += value("n", n).await;
                let 1 = n else { break };
            }
            sum
        }
    }
}

#[test]
fn attributes_on_statements_and_arms() {
    compare! {
        body(1);

        #[desugar]
        async fn body(n: u32) -> u32 {
            #[allow(unused_variables)]
            let d = D("d");
            #[cfg(any())]
            {
                pause("never").await;
            }
            #[cfg(not(any()))]
            pause("always").await;
            match n {
                #[cfg(any())]
                1 => no_such_function(),
                #[allow(unreachable_patterns)]
                1 => value("one", 1).await,
                _ => 0,
            }
        }
    }
}

#[test]
fn leaving_several_scopes_at_once() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let _a = D("a");
            let r = 'outer: loop {
                let _b = D("b");
                loop {
                    let _c = D("c");
                    match value("n", n).await {
                        0 => return 100,
                        1 => break 'outer 1,
                        2 => {
                            let _d = D("d");
                            break;
                        }
                        _ => {
                            let _e = D("e");
                            pause("three").await;
                            break 'outer 3;
                        }
                    }
                }
                let _f = D("f");
                pause("after the inner loop").await;
                break 2;
            };
            pause("end").await;
            r
        }
    }
}

#[test]
fn value_of_a_diverging_branch() {
    compare! {
        body(Some(1)), body(None);

        #[desugar]
        async fn body(option: Option<u32>) -> u32 {
            let d = D("d");
            let n = match option {
                Some(n) => n,
                None => return value("none", 0).await,
            };
            pause("p").await;
            let m = if n == 1 { 2 } else { panic!("never") };
            tick(&d.name());
            n + m + value("v", 1).await
        }
    }
}

#[test]
fn control_flow_with_a_value_that_nobody_wants() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let d = D("d");
            if n == 0 { fetch("if").await } else { D("else") };
            match n {
                0 => D("arm"),
                1 => fetch("awaited").await,
                _ => return value("early", n).await,
            };
            {
                let inner = D("inner");
                pause("block").await;
                D("tail")
            };
            loop {
                pause("turn").await;
                break D("broken");
            };
            tick("behind");
            value("last", n).await
        }
    }
}

#[test]
fn conditions_that_begin_with_a_method_that_may_move() {
    compare! {
        body(vec![1, 2], 2), body(vec![1], 2);

        #[desugar]
        async fn body(data: Vec<usize>, n: usize) -> usize {
            let name = D("name");
            let k = if name.name().len() + 1 > n { value("more", 1).await } else { 0 };
            if data.len() == n { value("equal", n).await + k } else { k }
        }
    }
}

#[test]
fn else_if_let_that_awaits() {
    compare! {
        body(Some(D("m")), true), body(Some(D("m")), false), body(None, false);

        #[desugar]
        async fn body(manager: Option<D>, is_one: bool) -> usize {
            let first = if is_one {
                value("one", 1).await
            } else if let Some(manager) = &manager {
                manager.peek().await
            } else if let 2 = value("two", 2).await {
                2
            } else {
                value("none", 0).await
            };
            if is_one {
                pause("again").await;
            } else if let Some(manager) = manager {
                consume(manager).await;
            }
            first
        }
    }
}

#[test]
fn chains_of_let_over_methods_that_may_move() {
    compare! {
        body(Some(D("q")), true), body(Some(D("q")), false), body(None, true);

        #[desugar]
        async fn body(queued: Option<D>, ready: bool) -> usize {
            let other = Some(D("other"));
            pause("p").await;
            if let Some(d) = queued.and_then(|d| { tick("then"); Some(d) })
                && ready
                && let Some(e) = other.filter(|e| e.name().len() > d.name().len())
                && e.name().len() == 5
            {
                return d.name().len();
            }
            pause("q").await;
            0
        }
    }
}

#[test]
fn conditions_above_what_awaits_nothing() {
    async fn query(text: &D) -> Vec<D> {
        pause("query").await;
        vec![D(format!("{text}1")), D(format!("{text}2"))]
    }

    async fn pair(n: &D) -> Option<(D, D)> {
        pause("pair").await;
        (n.name() != "0").then(|| (D("left"), D("right")))
    }

    compare! {
        first("a", true), first("", false), second(2), third(true, "0"), third(true, "1"), third(false, "1");

        #[desugar]
        async fn first(text: &str, early: bool) -> usize {
            let mut sum = 0;
            if let Some(d) = query(&D(text)).await.first() {
                tick("found");
                if early {
                    return d.name().len();
                }
            }
            tick("behind");
            if let Some((left, _)) = pair(&D("p")).await {
                sum += left.name().len();
                tick("left");
            } else {
                sum += value("else", 1).await;
            }
            if let [.., last] = &query(&D("q")).await[..] {
                sum += last.name().len();
            } else {
                tick("none");
            }
            sum
        }

        #[desugar]
        async fn second(mut n: usize) -> usize {
            let mut sum = 0;
            while let Some((_, right)) = pair(&D(n.to_string())).await {
                sum += right.name().len();
                n -= 1;
                if sum > 100 {
                    continue;
                }
                tick("turn");
            }
            tick("over");
            sum
        }

        #[desugar]
        async fn third(flag: bool, text: &str) -> usize {
            if value("flag", flag).await
                && let Some((left, _)) = pair(&D(text)).await
                && let n = left.name().len()
                && n > 3
            {
                tick("all");
                return n;
            }
            if flag && let Some(d) = query(&D("end")).await.pop() { d.name().len() } else { 0 }
        }
    }
}

#[test]
fn what_never_returns() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn serve(list: &[usize]) -> ! {
            let d = D("served");
            let mut n = 0;
            loop {
                n += value("n", list.len()).await;
                if n > 5 {
                    panic!("{n}, {}", d.name());
                }
            }
        }

        #[desugar]
        async fn forward(list: Vec<usize>) -> ! {
            let _d = D("forwarded");
            serve(&list).await
        }

        #[desugar]
        async fn body(n: usize) -> usize {
            if n == 1 {
                serve(&[1, 2]).await;
            }
            let m = match n {
                2 => forward(vec![1]).await,
                n => value("n", n).await,
            };
            if n == 3 {
                forward(vec![m, m, m]).await
            } else {
                m
            }
        }
    }
}
