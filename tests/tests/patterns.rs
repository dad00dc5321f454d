//! Destructuring in `let`, `match`, `for`.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn tuple_of_an_awaited_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let (a, b) = value("pair", (D("a"), D("b"))).await;
            pause("p").await;
            let n = consume(a).await;
            n + b.name().len()
        }
    }
}

#[test]
fn nested_with_underscores() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let (a, (_, mut n), ..) = value("nested", (D("a"), (D("b"), 3), D("c"))).await;
            pause("p").await;
            n += 1;
            pause("q").await;
            tick(&a.name());
            n
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn struct_pattern() {
    compare! {
        body();

        struct Record {
            key: D,
            value: u32,
            rest: D,
        }

        #[desugar]
        async fn body() -> u32 {
            let record = Record { key: D("key"), value: 4, rest: D("rest") };
            pause("p").await;
            let Record { key, value: count, .. } = record;
            pause("q").await;
            tick(&key.name());
            count + value("v", 1).await
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn pattern_of_a_local_with_underscore_leaves_the_rest() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let pair = (D("a"), D("b"));
            pause("p").await;
            let (a, _) = pair;
            pause("q").await;
            a.name().len()
        }
    }
}

#[test]
fn binding_by_reference() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (D, u32) {
            let mut pair = (D("a"), 1);
            let (ref name, ref mut n) = pair;
            pause("p").await;
            *n += name.name().len() as u32;
            pause("q").await;
            *n += 1;
            pair
        }
    }
}

#[test]
fn default_binding_modes() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (D, Vec<u32>) {
            let mut pair = (D("a"), vec![1]);
            let (name, list) = &mut pair;
            name.rename("b");
            grow(list, 2).await;
            let (name, list) = &pair;
            show(name).await;
            tick(&list.len().to_string());
            pair
        }
    }
}

#[test]
fn array_and_slice_patterns() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let [a, _, c] = [D("a"), D("b"), D("c")];
            pause("p").await;
            drop(a);
            let list = [1usize, 2, 3];
            let [first, rest @ ..] = &list;
            pause("q").await;
            first + rest.len() + c.name().len()
        }
    }
}

#[test]
fn at_bindings() {
    compare! {
        body(Some(3)), body(Some(30)), body(None);

        #[desugar]
        async fn body(option: Option<u32>) -> u32 {
            match option {
                whole @ Some(n @ 1..=9) => {
                    pause("digit").await;
                    whole.unwrap() + n
                }
                Some(n) => value("n", n).await,
                None => 0,
            }
        }
    }
}

#[test]
fn bindings_of_the_same_name_in_each_arm() {
    compare! {
        body(Ok(D("ok"))), body(Err(7));

        #[desugar]
        async fn body(result: Result<D, u32>) -> String {
            match result {
                Ok(x) => {
                    x.peek().await;
                    x.name()
                }
                Err(x) => {
                    let x = value("x", x + 1).await;
                    x.to_string()
                }
            }
        }
    }
}

#[test]
fn or_pattern_with_a_binding() {
    compare! {
        body(Ok(3)), body(Err(4));

        #[desugar]
        async fn body(result: Result<u32, u32>) -> u32 {
            let (Ok(n) | Err(n)) = result;
            pause("p").await;
            n * 2
        }
    }
}

#[test]
fn constants_and_paths_in_patterns() {
    compare! {
        body(0), body(42), body(1);

        const ANSWER: u32 = 42;

        #[desugar]
        async fn body(n: u32) -> &'static str {
            match n {
                ANSWER => {
                    pause("answer").await;
                    "answer"
                }
                u32::MIN => "none",
                _ => value("v", "other").await,
            }
        }
    }
}

#[test]
fn destructuring_assignment() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, D) {
            let (mut a, mut b) = (1, D("b"));
            pause("p").await;
            (a, b) = value("pair", (a + 1, D("new"))).await;
            pause("q").await;
            (a, _) = (a * 10, D("ignored"));
            pause("r").await;
            (a, b)
        }
    }
}

#[test]
fn for_loop_patterns() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut sum = 0;
            for (i, (name, _)) in [("a", D("x")), ("bb", D("y"))].into_iter().enumerate() {
                pause(name).await;
                sum += i + name.len();
            }
            for &n in &[1, 2] {
                sum += value("n", n).await;
            }
            sum
        }
    }
}

#[test]
fn if_let_with_nested_patterns() {
    compare! {
        body(Some(Ok(D("d")))), body(Some(Err(1))), body(None);

        #[desugar]
        async fn body(x: Option<Result<D, u32>>) -> usize {
            if let Some(Ok(d)) = x {
                consume(d).await
            } else {
                value("else", 0).await
            }
        }
    }
}

#[test]
fn guards_in_a_loop_over_what_the_arm_takes() {
    compare! {
        body(vec![Ok(D("a")), Err(D("e")), Ok(D("")), Ok(D("b"))]);

        #[desugar]
        async fn body(list: Vec<Result<D, D>>) -> usize {
            let mut list = list.into_iter();
            let mut kept = vec![];
            let mut last = None;
            loop {
                match value("next", list.next()).await {
                    Some(Ok(d)) if d.name() == "a" => {
                        kept.push(d.finish().await);
                    }
                    Some(Err(e)) if !e.name().is_empty() => {
                        pause("error").await;
                        last = Some(e);
                    }
                    Some(Ok(d)) => drop(d),
                    Some(Err(_)) | None => break,
                }
                (kept, last) = match (kept, last) {
                    (mut k, Some(l)) if l.name().len() == k.len() => {
                        k.push(consume(l).await);
                        (k, None)
                    }
                    other => other,
                };
            }
            kept.len()
        }
    }
}

#[test]
fn what_a_pattern_leaves_of_the_value_of_a_block() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(first: bool) -> usize {
            let n = match {
                let inner = D("inner");
                (value("a", D("left")).await, D("right"))
            } {
                (a, _) if first => {
                    pause("arm").await;
                    a.name().len()
                }
                _ => {
                    pause("other").await;
                    1
                }
            };
            let m = match if first { fetch("then").await } else { D("else") } {
                ref d if d.name() == "then" => {
                    pause("borrowed").await;
                    d.name().len()
                }
                ref mut d => {
                    d.rename("renamed");
                    pause("changed").await;
                    d.name().len()
                }
            };
            tick("behind");
            n + m
        }
    }
}

#[test]
fn guards_that_read_what_the_arm_assigns() {
    compare! {
        body(Some(1)), body(Some(2)), body(Some(3)), body(None);

        #[desugar]
        async fn body(status: Option<u32>) -> u32 {
            let (mut retry, mut limit) = (false, 2);
            let mut rounds = 0;
            loop {
                rounds += 1;
                match status {
                    Some(1 | 2) if !retry => {
                        retry = true;
                        pause("retry").await;
                    }
                    Some(n) if n > limit => {
                        limit = n;
                        pause("limit").await;
                    }
                    _ => return rounds,
                }
            }
        }
    }
}

#[test]
fn parts_of_what_is_in_a_variant() {
    compare! {
        body(Some(Reply::Sign { key: D("key"), data: (D("d1"), 2) }));
        body(Some(Reply::Failed { left: D("left"), partial: true }));
        body(Some(Reply::Done));
        body(None);
        nested(Ok(Outer(Inner { a: D("a"), n: 1 }, D("b"))));
        nested(Err(D("e")));

        enum Reply {
            Done,
            Failed { left: D, partial: bool },
            Sign { key: D, data: (D, u32) },
        }

        struct Inner { a: D, n: u32 }

        struct Outer(Inner, D);

        #[desugar]
        async fn body(reply: Option<Reply>) -> Result<usize, D> {
            pause("p").await;
            let n = match reply {
                Some(Reply::Done) => return Ok(0),
                Some(Reply::Failed { left, partial }) => return Err(left),
                Some(Reply::Sign { key, data: (d, n) }) => {
                    let text = show(&key).await;
                    consume(d).await + text.len() + n as usize
                }
                None => {
                    pause("none").await;
                    3
                }
            };
            pause("q").await;
            Ok(n)
        }

        #[desugar]
        async fn nested(result: Result<Outer, D>) -> usize {
            pause("p").await;
            if let Ok(Outer(Inner { a, n }, b)) = result {
                pause("q").await;
                drop(a);
                return consume(b).await + n as usize;
            }
            7
        }
    }
}

#[test]
fn parts_of_what_is_in_a_reference() {
    compare! {
        body(Some(Guarded { n: 3 }));

        struct Guarded { n: usize }

        impl Drop for Guarded {
            fn drop(&mut self) {
                tick("drop guarded");
            }
        }

        #[desugar]
        async fn body(mut guarded: Option<Guarded>) -> usize {
            pause("p").await;
            let seen = &guarded;
            let first = match seen {
                Some(Guarded { n }) => { pause("q").await; *n }
                None => 0,
            };
            let changed = guarded.as_mut();
            if let Some(Guarded { n }) = changed {
                *n += 1;
                pause("r").await;
                return *n + first;
            }
            0
        }
    }
}

#[test]
fn parts_of_what_is_behind_a_reference() {
    compare! {
        body(Some(&Outer { inner: Inner { a: D("a"), b: D("b") }, n: 3 }));
        body(None);

        struct Inner {
            a: D,
            b: D,
        }

        struct Outer {
            inner: Inner,
            n: usize,
        }

        #[desugar]
        async fn body(outer: Option<&Outer>) -> usize {
            pause("p").await;
            match outer {
                Some(Outer { inner: Inner { a, b }, n }) => {
                    pause("q").await;
                    a.name().len() + *n
                }
                None => 0,
            }
        }
    }
}
