//! What programs that nobody wrote by hand have found, each by what it was.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::vocabulary::*;
use desugar_tests::*;

/// Without its type, `n` was an `i32`, and nothing said so.
#[test]
fn a_deferred_variable_has_the_type_that_it_is_declared_with() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let (n, m): (u64, u8);
            let before: u64;
            let call: Box<dyn Fn() -> usize>;
            let shown: &dyn std::fmt::Debug;
            let unused: D;
            pause("p").await;
            (n, m) = (1, 2);
            before = 3;
            call = Box::new(|| 1);
            shown = &"shown";
            tick(&format!("{} {} {shown:?}", size_of_val(&n), size_of_val(&before)));
            pause("q").await;
            tick(&format!("{} {} {shown:?}", size_of_val(&m), size_of_val(&before)));
            let arm = match flag {
                true => {
                    let n: u64;
                    n = 1;
                    pause("arm").await;
                    size_of_val(&n)
                }
                false => {
                    let n: u16;
                    pause("arm").await;
                    n = 1;
                    size_of_val(&n)
                }
            };
            call() + arm
        }
    }
}

#[test]
fn a_deferred_variable_that_is_moved_on_one_way_has_its_type() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let call: Box<dyn Fn() -> usize>;
            pause("p").await;
            let d = D("d");
            call = Box::new(move || d.name().len());
            if flag {
                drop(call);
            }
            pause("q").await;
            1
        }
    }
}

#[test]
fn what_is_awaited_and_assigned_to_nothing_is_dropped_with_its_statement() {
    compare! {
        body(D("x"));

        #[desugar]
        async fn body(x: D) -> usize {
            _ = value("a", D("a")).await;
            tick("1");
            _ = match Some(x) {
                Some(_x) => fetch("b").await,
                None => D("c"),
            };
            tick("2");
            let mut kept;
            (_, kept) = value("d", (D("d"), D("e"))).await;
            tick("3");
            (kept, _) = if true { value("f", (D("f"), D("g"))).await } else { (D("h"), D("i")) };
            tick("4");
            _ = kept;
            tick("5");
            0
        }
    }
}

#[test]
fn a_guard_that_declares_binds_nothing() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> usize {
            let text = match true {
                true if { let n = 1; n == 2 } => show(&D("b")).await,
                true => String::from("c"),
                false => String::from("d"),
            };
            match option {
                Some(_) if { let d = D("e"); d.name().len() == 2 } => {}
                None if { let d = D("f"); d.name().len() == 2 } => {}
                Some(d) => drop(d),
                None => {}
            }
            pause("p").await;
            text.len()
        }
    }
}

/// What the arm had not taken was forgotten.
#[test]
fn an_arm_that_takes_nothing_under_a_guard_that_declares_leaves_the_value() {
    compare! {
        body(Shape::One(D("a"))), body(Shape::Empty);

        #[desugar]
        async fn body(shape: Shape) -> usize {
            pause("p").await;
            match shape {
                Shape::One(_) if { let d = D("b"); d.name().len() == 1 } => 1,
                Shape::One(d) => d.name().len(),
                _ => 2,
            }
        }
    }
}

#[test]
fn a_struct_literal_is_taken_apart() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            let Item { d: a, n: m } = Item { d: D("a"), n: 2 };
            let number = {
                let (n, d);
                Item { d, n } = Item { d: D("b"), n: 2 };
                pause("p").await;
                drop(d);
                n
            };
            let b;
            Item { d: b, .. } = Item { d: D("c"), n: number + m };
            pause("q").await;
            drop((a, b));
            fetch("d").await
        }
    }
}

#[test]
fn control_flow_in_parentheses_is_a_statement() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            ({
                loop {
                    break weigh_owned(fetch("a").await, 0);
                }
            });
            (match 1 {
                1 => fetch("b").await,
                _ => D("c"),
            });
            ((if true { fetch("d").await } else { D("e") }));
            D("f")
        }
    }
}

#[test]
fn what_an_if_let_looks_at_ends_with_it() {
    compare! {
        body(0), body(1);

        #[desugar]
        async fn body(n: usize) -> usize {
            if let Shape::Empty = match Ok::<usize, String>((&D("a")).peek().await) {
                Ok(_) => Shape::Empty,
                Err(_) => Shape::One(D("b")),
            } {
                tick("1");
            }
            if let Some(_) = Some(format!("{}", (&D("c")).peek().await)) {
                tick("2");
            }
            tick("3");
            if let Some(d) = match is_long(&D("d")) {
                true => value("e", Some(D("e"))).await,
                false => Some(D("f")),
            } {
                tick("4");
            }
            tick("5");
            if let (Shape::Empty, 1) =
                (match n { 0 => Shape::Empty, _ => value("g", Shape::One(D("g"))).await }, 1)
            {
                tick("6");
            } else {
                tick("7");
            }
            tick("8");
            if let None = if let Shape::Empty = value("h", Shape::One(D("h"))).await { None } else { Some(D("i")) } {}
            tick("9");
            n
        }
    }
}

#[test]
fn what_a_match_in_an_awaited_call_looks_at_lives_as_long_as_the_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = ready("a", match Some(D("a")) { Some(_) => 1, None => 0 }).await;
            tick("1");
            let n = weigh_later(match Some(D("b")) { Some(ref d) => d.name().len(), None => n }, &D("c")).await;
            tick("2");
            let n = match Some(D("d")) { Some(ref d) => d.name().len(), None => n } + lend(&D("e")).await.name().len();
            tick("3");
            n
        }
    }
}

#[test]
fn what_a_match_in_a_tail_looks_at_is_dropped_before_the_variables() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("a");
            note("1", match Some(D("b")) { Some(_) => 1, None => 0 })
        }
    }
}

#[test]
fn what_does_not_match_is_gone_before_the_else() {
    compare! {
        body(D("a"), true), body(D("a"), false);

        #[desugar]
        async fn body(d: D, flag: bool) -> usize {
            let lock = Mutex::new(Some(1));
            let Some(mut n) = lock.guard().take().filter(|_| flag) else {
                tick("else");
                drop(lock.guard());
                return 0;
            };
            let (Shape::One(d), m) = (Shape::One(d), n) else {
                tick("not reached");
                return 0;
            };
            pause("p").await;
            let Shape::Empty = Shape::One(d) else {
                tick("else");
                return n;
            };
            n += 1;
            pause("q").await;
            n + m
        }
    }
}

#[test]
fn what_does_not_match_is_gone_before_the_else_that_awaits() {
    compare! {
        body(D("a"), true), body(D("a"), false);

        #[desugar]
        async fn body(d: D, flag: bool) -> usize {
            let lock = Mutex::new(Some(1));
            let Some(mut n) = lock.guard().take().filter(|_| flag) else {
                pause("else").await;
                drop(lock.guard());
                return 0;
            };
            let Shape::Empty = ready("b", Shape::One(d)).await else {
                tick("else");
                return value("c", n).await;
            };
            n
        }
    }
}

#[test]
fn a_branch_that_does_not_match_is_gone_before_the_else_that_awaits() {
    compare! {
        body(D("a"), true), body(D("a"), false);

        #[desugar]
        async fn body(d: D, flag: bool) -> usize {
            let b = D("b");
            let Shape::Two { d, n } = (match weigh_later(3, &b).await {
                0 => Shape::Two { d: D("c"), n: 2 },
                _ if flag => Shape::Two { d, n: 3 },
                _ => Shape::One(d),
            }) else {
                tick("else");
                return consume(D("d")).await;
            };
            n
        }
    }
}

#[test]
fn what_an_awaited_value_was_made_with_is_gone_before_the_else() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let Some(d) = value("a", Some(keep(D("a"), len(&D("b"))))).await.filter(|_| flag) else {
                tick("else");
                return 0;
            };
            let Shape::Empty = (Shape::Two { d: keep_later(d, len(&D("c"))).await, n: 2 }) else {
                tick("else");
                return 1;
            };
            2
        }
    }
}

#[test]
fn what_an_if_let_leaves_of_a_branch_lives_as_long_as_what_awaits_below() {
    compare! {
        body(D("a"), true), body(D("a"), false);

        #[desugar]
        async fn body(d: D, flag: bool) -> usize {
            let n = if let Some(_) = if ask(&d).await == flag { Some(D("b")) } else { None } {
                fetch("c").await.name().len()
            } else {
                0
            };
            if let Some(ref b) = if ask(&d).await == flag { Some(D("d")) } else { None } {
                n + measure(b).await
            } else {
                n
            }
        }
    }
}

#[test]
fn a_variable_of_a_let_whose_else_awaits_may_be_changed() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> D {
            let Some(mut d) = option else {
                return value("b", D("b")).await;
            };
            std::mem::replace(&mut d, D("c"))
        }
    }
}

#[cfg(not(feature = "edition-2021"))]
#[test]
fn a_chain_behind_a_match_that_awaits() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> usize {
            if let Shape::One(d) | Shape::Two { d, n: _ } = match option {
                Some(d) => value("b", Shape::One(d)).await,
                None => Shape::Empty,
            } && let Shape::Empty = Shape::Empty
            {
                return d.name().len();
            }
            0
        }
    }
}

#[test]
fn a_block_takes_what_a_macro_in_it_takes() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(mut d: D) -> usize {
            d.rename("b");
            let list = async { vec![D("c"), d] }.await;
            pause("p").await;
            list.len()
        }
    }
}

#[test]
fn what_a_destructuring_assignment_was_made_with_is_gone_before_it_assigns() {
    compare! {
        body(D("a"), 0);

        #[desugar]
        async fn body(mut d: D, mut n: usize) -> usize {
            (d, n) = (D("b"), sum_later(&[&d, &D("c")]).await);
            tick("1");
            (d, _) = (fetch("d").await, len(&D("e")));
            tick("2");
            _ = (fetch("f").await, len(&D("g")));
            tick("3");
            [n, _] = [measure(&D("h")).await, n];
            n
        }
    }
}

/// The state was still that of the first await, so the second round went on there: it polled a future that was gone.
#[test]
fn a_round_after_an_await_that_is_handed_to_one_that_is_ready() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(d: D) -> usize {
            let mut n = 0;
            while n < 4 {
                n += std::future::ready(measure(&d).await).await;
            }
            let mut rounds = 0;
            while { rounds += 1; rounds <= 2 } && (is_long(&d) || std::future::ready(!ask(&d).await).await) {}
            loop {
                n += match std::future::ready(measure(&d).await).await {
                    1 if n > 6 => break,
                    m => std::future::ready(weigh_later(m, &d).await).await,
                };
            }
            n + rounds
        }
    }
}

/// The macro panicked.
#[test]
fn a_match_on_an_element_whose_index_awaits() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(d: D) -> usize {
            match [measure(&d).await, len(&D("b"))][(1 + weigh_later(1, &D("c")).await) % 2] {
                0 => drop(fetch("d").await),
                n => {
                    tick("1");
                    ready("e", n).await;
                }
            }
            let list = vec![D("f"), D("g")];
            match &list[ready("index", 1).await] {
                d if d.name() == "g" => show(d).await.len(),
                _ => 0,
            }
        }
    }
}

/// What the pattern leaves was dropped after the temporaries; and if one of those panicked, `a` before `b`.
#[test]
fn a_pattern_with_a_type() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let (_, n): (D, usize) = (D("a"), len(&D("b")));
            let (a, b): (D, D) = (D("c"), keep(D("d"), len(&D("e"))));
            let [c, _]: [D; 2] = [D("f"), keep(D("g"), len(&D("h")))];
            pause("p").await;
            n + len(&a) + len(&b) + len(&c)
        }
    }
}

#[test]
fn several_variables_of_one_let() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let (a, b) = (keep(D("a"), len(&D("b"))), keep(D("c"), len(&D("d"))));
            let [c, _] = [D("e"), keep(D("f"), len(&D("g")))];
            pause("p").await;
            len(&a) + len(&b) + len(&c)
        }
    }
}

/// The `if` had the braces of the macro, so it was one of the macro's edition: what it matched on lived longer.
#[cfg(not(feature = "edition-2021"))]
#[test]
fn what_a_chain_that_does_not_hold_has_made() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(mut found: Option<D>) -> usize {
            let n = if let Shape::One(d) = Shape::One(D("b")) && let Shape::Empty = Shape::One(D("c")) {
                len(&d)
            } else {
                measure(&D("d")).await
            };
            let m = if let Some(e) = lend_option(&mut found).await && let Shape::Empty = Shape::One(D("f")) {
                len(&e)
            } else {
                tick("else");
                1
            };
            while let Some(e) = ready("g", Some(D("h"))).await && let Shape::Empty = Shape::One(D("i")) {
                drop(e);
            }
            n + m
        }

        async fn lend_option(found: &mut Option<D>) -> Option<D> {
            found.take()
        }
    }
}

/// Moved before the await and assigned after it: no `let` stands there that would declare it for both.
#[test]
fn what_an_arm_binds_is_assigned_after_the_await() {
    compare! {
        body(Some(D("a")), 3), body(None, 3), body(Some(D("b")), 7);

        #[desugar]
        async fn body(option: Option<D>, k: usize) -> usize {
            match option {
                Some(mut d) => {
                    eat(d).await;
                    d = D("c");
                    tick("assigned");
                }
                None => {}
            }
            while let (mut e, true) = (D("e"), len(&D("i")) == 1) {
                eat(e).await;
                e = D("f");
                break;
            }
            match k {
                mut n @ 2..=4 => {
                    let mut list = vec![D("g")];
                    while let Some(h) = pop(&mut list).await {
                        len(&h);
                    }
                    n = n + 1;
                    n
                }
                _ => 0,
            }
        }

        async fn eat(d: D) {
            pause("eat").await;
            drop(d);
        }

        async fn pop(list: &mut Vec<D>) -> Option<D> {
            pause("pop").await;
            list.pop()
        }
    }
}

/// The value that nobody wants went after what the `match` had been for.
#[test]
fn the_value_of_a_match_that_is_let_go() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) {
            let _ = match Some(D("b")) {
                None if option.is_some() => D("c"),
                Some(_) => D("d"),
                None => make("e").await,
            };
            match Shape::One(D("f")) {
                Shape::One(_) => make("g").await,
                _ => D("h"),
            };
            match (make("i").await, D("j")) {
                (_, ref j) => keep(make("k").await, len(j)),
            };
            _ = if let None = option { make("l").await } else { D("m") };
            let _ = if let Some(_) = make_some("n").await { make("o").await } else { D("p") };
            let _ = {
                match Some(D("q")) {
                    Some(_) => make("r").await,
                    _ => D("s"),
                }
            };
        }

        async fn make(name: &'static str) -> D {
            pause(name).await;
            D(name)
        }

        async fn make_some(name: &'static str) -> Option<D> {
            Some(make(name).await)
        }
    }
}

/// What stands for a variable in a macro that is not known ended the chain, in the edition of the attribute.
#[cfg(not(feature = "edition-2021"))]
#[test]
fn a_chain_in_a_macro() {
    compare! {
        body(Some(D("a")), Shape::Empty), body(None, Shape::One(D("b")));

        #[desugar]
        async fn body(option: Option<D>, shape: Shape) -> usize {
            let n = pass!(if let Some(a) = &option && let Shape::Empty = shape { len(a) } else { 1 });
            let m = pass!(if let Shape::One(ref b) = shape && option.is_none() { len(b) } else { 2 });
            let l = vec![if let Some(c) = make().await.filter(|c| len(c) == 1) && let None = option { len(&c) } else { 3 }];
            pause("p").await;
            drop((option, shape));
            n + m + l[0]
        }

        async fn make() -> Option<D> {
            pause("make").await;
            Some(D("c"))
        }
    }
}

/// What a `match` was for went before its value had a name: a destructor that panics leaked the value.
#[test]
fn the_value_of_a_match_has_a_name_before_what_it_was_for_goes() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> usize {
            let b = match Some(D("b")) {
                Some(_) => make("c").await,
                _ => D("d"),
            };
            let e = match option {
                None => D("e"),
                Some(_) if len(&b) == 0 => make("f").await,
                Some(_) => D("g"),
            };
            let Some(h) = (match Shape::One(make("h").await) {
                Shape::Empty => None,
                _ => Some(make("j").await),
            }) else {
                return 0;
            };
            len(&b) + len(&e) + len(&h)
        }

        async fn make(name: &'static str) -> D {
            pause(name).await;
            D(name)
        }
    }
}

/// What stood for an await at either end of a part was not of the source's edition, which must know chains.
#[cfg(not(feature = "edition-2021"))]
#[test]
fn chains_of_every_part_that_awaits() {
    compare! {
        body(Shape::One(D("a")), 1), body(Shape::Empty, 2);

        #[desugar]
        async fn body(shape: Shape, n: usize) -> usize {
            let mut found = 0;
            if let Shape::One(a) = (note("a", value("1", shape).await)) && let 1 = n {
                found += len(&a);
            }
            if let 3 = 1 + value("2", n).await && let 2 = n {
                found += 10;
            }
            if let -1 = -value("3", 1).await && let 1 = n {
                found += 100;
            }
            if let &1 = &value("4", n).await && let 1 = n {
                found += 1_000;
            }
            if let 2..4 = (3..value("5", 4).await).start && let 1 = n {
                found += 10_000;
            }
            if let 1 = [value("6", n).await][value("7", 0).await] as u8 && let 1 = n {
                found += 100_000;
            }
            while found < 1_000_000 && let 1 = n && let 2 = 1 + value("8", n).await {
                found += 1_000_000;
            }
            found
        }
    }
}
