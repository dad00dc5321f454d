//! Temporaries that an awaited call borrows, as they stand in its arguments.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::fmt::{Debug, Write as _};

async fn query(sql: &str, values: &[&dyn Debug]) -> usize {
    pause(sql).await;
    tick(&format!("{values:?}"));
    values.len()
}

async fn join(texts: &[&str]) -> String {
    pause("join").await;
    texts.concat()
}

struct Client {
    log: Vec<D>,
}

impl Client {
    async fn query(&mut self, sql: &D, values: &[&dyn Debug]) -> usize {
        pause("client").await;
        tick(&format!("{sql} {values:?}"));
        self.log.push(D(sql.name()));
        self.log.len()
    }
}

#[test]
fn a_list_of_references_of_one_type() {
    compare! {
        body(3, "m");

        #[desugar]
        async fn body(n: u32, m: &str) -> (usize, String) {
            let (s, d) = (String::from("s"), D("d"));
            let count = query("a", &[&n, &m]).await;
            let text = join(&[&s, &d.name(), m]).await;
            (count + query("b", &[&d, &D("made"), &Some(n)]).await, text)
        }
    }
}

#[test]
fn a_list_after_and_before_what_is_made() {
    compare! {
        body(vec![Client { log: vec![] }], 1);

        fn text(name: &str) -> D {
            tick(name);
            D(name)
        }

        #[desugar]
        async fn body(mut clients: Vec<Client>, n: usize) -> usize {
            let d = D("d");
            let mut count = clients[0].query(&text("first"), &[&n, &text("value")]).await;
            count += clients[n - 1].query(&text("second"), &[&d]).await;
            count += clients.last_mut().unwrap().query(&text("third"), &[&text("x"), &d]).await;
            count
        }
    }
}

#[test]
fn a_list_in_a_loop_and_in_an_arm() {
    compare! {
        body(vec![Some(1), None, Some(3)]);

        #[desugar]
        async fn body(list: Vec<Option<usize>>) -> usize {
            let mut sum = 0;
            for n in list {
                sum += match n {
                    Some(n) => query("some", &[&n, &D("temporary")]).await,
                    None => match query("none", &[&D("scrutinee")]).await {
                        1 => {
                            pause("arm").await;
                            10
                        }
                        n => n,
                    },
                };
            }
            sum
        }
    }
}

#[test]
fn lists_in_lists_and_beside_awaits() {
    compare! {
        body(3);

        async fn all(lists: &[&[&dyn Debug]], more: usize) -> usize {
            pause("all").await;
            lists.iter().map(|list| list.len()).sum::<usize>() + more
        }

        #[desugar]
        async fn body(n: u32) -> usize {
            let d = D("d");
            let first = all(&[&[&n, &d], &[&D("made")], &[]], note("more", 1)).await;
            let second = all(&[], query("inner", &[&n]).await).await;
            first + second + query("last", &[&value("awaited", D("v")).await]).await
        }
    }
}

#[test]
fn closures_and_pairs() {
    compare! {
        body();

        async fn each(f: &dyn Fn(&str) -> usize) -> usize {
            pause("each").await;
            f("abc")
        }

        async fn change(pair: &mut (&dyn Debug, usize)) -> usize {
            pause("change").await;
            pair.1 += 1;
            tick(&format!("{:?}", pair.0));
            pair.1
        }

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut n = each(&|text| text.len() + d.name().len()).await;
            n += change(&mut (&d, n)).await;
            n + each(&str::len).await
        }
    }
}

#[test]
fn references_to_references() {
    compare! {
        body(3, (D("a"), 1));

        async fn of<T: Debug>(value: &&T) -> usize {
            pause("of").await;
            format!("{value:?}").len()
        }

        async fn set(value: &mut &mut usize) -> usize {
            pause("set").await;
            **value += 1;
            **value
        }

        #[desugar]
        async fn body(mut n: usize, pair: (D, u32)) -> usize {
            let mut sum = of(&&n).await + of(&&pair.0).await + of(&&&pair).await;
            sum += set(&mut &mut n).await;
            sum + of(&&-5).await + of(&&[1, 2]).await + n
        }
    }
}

#[test]
fn lists_as_receivers() {
    compare! {
        body(7);

        async fn send(bytes: &[u8]) -> usize {
            pause("send").await;
            bytes.len()
        }

        #[desugar]
        async fn body(n: u8) -> usize {
            let a = send(&[&b"ab"[..], &[n]].concat()).await;
            let b = send(&vec![vec![n].as_slice(), &[n, 1]].concat()).await;
            a + b + send(&[D("a").name(), String::from("b")].concat().into_bytes()).await
        }
    }
}

#[test]
fn temporaries_in_the_arguments_of_macros() {
    compare! {
        body(Mutex::new(3));

        async fn take<T: Debug>(value: T) -> usize {
            pause("take").await;
            format!("{value:?}").len()
        }

        #[desugar]
        async fn body(mutex: Mutex<u32>) -> usize {
            let mut out = String::new();
            let a = take(matches!(*mutex.guard(), 3)).await;
            let b = take(&vec![D("a").twin().name().as_str(), D("bc").name().as_str()]).await;
            let c = take(format!("{}", D("gone").name())).await;
            let d = take(write!(out, "{}", D("kept").name())).await;
            a + b + c + d + out.len()
        }
    }
}

#[test]
fn references_as_receivers() {
    trait Next {
        fn next(&mut self) -> impl std::future::Future<Output = usize>;
    }

    impl Next for &D {
        async fn next(&mut self) -> usize {
            pause("next").await;
            self.name().len()
        }
    }

    compare! {
        body(D("d"));

        #[desugar]
        async fn body(mut d: D) -> usize {
            let mut n = (&d).next().await;
            n += (&mut d).extend().await;
            n + (&d).next().await + (&(D("e"), 1).0).next().await
        }
    }
}

#[test]
fn temporaries_of_lazy_operands() {
    fn check(d: &D) -> bool {
        tick("check");
        d.name() != "no"
    }

    fn make(name: &str) -> D {
        D(name)
    }

    async fn ask(d: &D) -> bool {
        pause("ask").await;
        d.name() != "no"
    }

    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(a: bool) -> Result<(bool, bool), String> {
            let b = value("and", a && check(&make("b"))).await;
            let c = value("or", a || check(&make("c"))).await;
            let d = value("chain", check(&make("d")) && (a || check(&make("e"))) && check(&make("f"))).await;
            let e = ask(&make("g")).await && check(&make("h")) || check(&make("i"));
            let f = value("matched", a && matches!(check(&make("j")), true)).await;
            assert!(value("asserted", !a || check(&make("k"))).await, "{}", make("l").name());
            Ok((b || c, d && e && f))
        }
    }
}

#[test]
fn what_a_match_in_an_operand_matches_on() {
    fn add(a: usize, b: usize) -> usize {
        tick("add");
        a + b
    }

    compare! {
        body(1), body(0);

        #[desugar]
        async fn body(n: usize) -> usize {
            let kept = add(
                n,
                match some("awaited", D("matched")).await {
                    Some(ref d) if n > 0 => d.name().len(),
                    _ => value("otherwise", n).await,
                },
            );
            kept + add(n, match some("plain", D("inner")).await.as_ref() { Some(d) => d.name().len(), None => 0 })
        }
    }
}
