//! Temporaries that live across the await of their statement.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn borrowed_temporary() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let text = show(&D("temporary")).await;
            tick("gone");
            pause("p").await;
            text.len()
        }
    }
}

#[test]
fn mutably_borrowed_temporary() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = grow(&mut Vec::new(), 3).await;
            grow(&mut vec![1, 2], 3).await + n
        }
    }
}

#[test]
fn several_temporaries() {
    compare! {
        body();

        async fn both(a: &D, b: &mut D) -> usize {
            tick("both");
            pause("both").await;
            b.rename("renamed");
            a.name().len()
        }

        #[desugar]
        async fn body() -> usize {
            both(&D("a"), &mut D("b")).await;
            both(&D("c"), &mut fetch("d").await).await
        }
    }
}

#[test]
fn temporary_of_a_method_chain() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            D("chained").peek().await + D("extended").extend().await + D("finished").finish().await
        }
    }
}

#[test]
fn temporary_before_and_after_in_one_expression() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = D("before").name().len() + value("v", 1).await + D("after").name().len();
            pause("p").await;
            n
        }
    }
}

#[test]
fn temporary_guard_in_the_same_statement() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mutex = Mutex::new(3);
            let n = *mutex.guard() + value("while locked", 1).await;
            tick("unlocked");
            let m = value("argument", *mutex.guard()).await;
            n + m
        }
    }
}

#[test]
fn temporary_in_a_condition() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            if show(&D("condition")).await.len() > 3 {
                tick("then");
                value("then", 1).await
            } else {
                0
            }
        }
    }
}

#[test]
fn temporary_in_a_match_scrutinee() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            match show(&D("scrutinee")).await.as_str() {
                "" => 0,
                text => {
                    tick(text);
                    value("arm", 1).await
                }
            }
        }
    }
}

#[test]
fn temporary_in_an_if_let_scrutinee() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> u32 {
            let n = if let Some(text) = show(&D("scrutinee")).await.get(usize::from(!flag) * 50..) {
                tick(text);
                pause("then").await;
                1
            } else {
                pause("else").await;
                2
            };
            tick("end");
            n
        }
    }
}

#[test]
fn temporary_in_a_while_let_scrutinee() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mutex = Mutex::new(vec![1, 2]);
            let mut sum = 0;
            while let Some(n) = mutex.lock().await.pop() {
                tick("the guard is held");
                pause("body").await;
                sum += n;
            }
            sum
        }
    }
}

#[test]
fn temporary_in_a_for_head() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut sum = 0;
            for byte in show(&D("head")).await.bytes().take(2) {
                tick("round");
                pause("body").await;
                sum += byte as usize;
            }
            for d in [D("x"), D("y")].iter() {
                sum += d.peek().await;
            }
            sum
        }
    }
}

#[test]
fn temporary_in_the_tail_expression() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let _local = D("local");
            show(&D("tail")).await.len()
        }
    }
}

#[test]
fn temporary_in_the_tail_of_a_block() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = {
                let _local = D("local");
                show(&D("tail")).await.len()
            };
            tick("after");
            n
        }
    }
}

#[test]
fn temporary_in_a_return() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let _local = D("local");
            if flag {
                return show(&D("returned")).await.len();
            }
            pause("p").await;
            0
        }
    }
}

#[test]
fn temporary_with_a_question_mark() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(fails: bool) -> Result<usize, String> {
            let _local = D("local");
            let checked = |d: &D| if fails { Err(d.name()) } else { Ok(D("checked")) };
            let n = consume(checked(&D("temporary"))?).await;
            Ok(n + checked(&D("other"))?.peek().await)
        }
    }
}

#[test]
fn awaited_temporary_of_an_index() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            vec![D("a"), D("bb")][value("index", 1).await].peek().await
        }
    }
}

#[test]
fn format_arguments_as_a_temporary() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let text = show(&D(format!("{d}-{}", value("n", 1).await))).await;
            text.len()
        }
    }
}

#[test]
fn temporaries_of_an_assignment() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut n = 0;
            n += show(&D("added")).await.len();
            n = show(&D("assigned")).await.len() + n;
            pause("p").await;
            n
        }
    }
}

#[test]
fn a_literal_with_a_base_that_is_made_for_it() {
    compare! {
        body();

        #[derive(Debug)]
        struct Config {
            name: D,
            size: usize,
            list: Vec<D>,
            next: Option<Box<Config>>,
        }

        impl Default for Config {
            fn default() -> Self {
                tick("default");
                Config { name: D("default name"), size: 1, list: vec![D("in the list")], next: None }
            }
        }

        async fn by_value(config: Config) -> usize {
            pause("by value").await;
            config.size
        }

        async fn by_reference(config: &Config, n: usize) -> usize {
            pause("by reference").await;
            config.size + n
        }

        impl Config {
            async fn insert(self, n: usize) -> usize {
                pause("insert").await;
                self.size + n
            }
        }

        fn name(n: &str) -> D {
            tick("name");
            D(n)
        }

        #[desugar]
        async fn body() -> usize {
            let a = by_value(Config { name: name("a"), ..Default::default() }).await;
            let b = by_reference(&Config { size: 7, ..Config::default() }, a).await;
            let c = Config { name: D("x"), list: vec![D("c")], ..Default::default() }.insert(b).await;
            let d = by_value(Config { next: Some(Box::new(Config { size: 2, ..Default::default() })), ..Default::default() });
            c + d.await
        }
    }
}

#[test]
fn what_an_if_let_among_operands_looks_at() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> Result<usize, String> {
            let n = value("n", if let Ok(d) = Ok::<D, D>(D("taken")) { d.name().len() } else { 0 }).await;
            let m = std::cmp::max(D("w").name().len(), if let Err(_) = Ok::<D, D>(D("left")) { 1 } else { 2 }).min(value("m", 3).await);
            let k = consume(if let Some(text) = D("kept").name().get(usize::from(flag)..) {
                tick(text);
                D("then")
            } else {
                D("else")
            })
            .await;
            let list = vec![value("first", 1).await, if let None = Some(D("in a macro")) { 5 } else { 6 }, value("last", 2).await];
            tick("end");
            Ok(n + m + k + list.len())
        }
    }
}

#[test]
fn what_a_block_among_operands_makes() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let a = { D("a").name().len() } + value("x", 3).await;
            tick("first");
            let b = std::cmp::max({ D("b").name().len() }, value("y", 1).await);
            tick("second");
            let c = std::cmp::max(3, {
                pause("p").await;
                D("c").name().len()
            })
            .min(value("z", 4).await);
            tick("third");
            let d = value(
                "w",
                {
                    let _local = D("local");
                    D("d").name().len()
                },
            )
            .await;
            tick("end");
            a + b + c + d
        }
    }
}
