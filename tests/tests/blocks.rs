//! Async blocks in a desugared function: what they capture and how, and where they are awaited, dropped and cancelled.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use std::future::Future;
use std::pin::Pin;

use desugar_tests::*;

#[test]
fn block_that_borrows() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut n = 0;
            let block = async {
                pause("in the block").await;
                n += 1;
                d.name().len()
            };
            let m = block.await;
            pause("after").await;
            n + m
        }
    }
}

#[test]
fn move_block_awaited_at_once() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let b = D("b");
            let n = async move {
                let n = a.peek().await;
                n + 1
            }
            .await;
            n + b.peek().await
        }
    }
}

#[test]
fn move_block_dropped_before_it_is_polled() {
    compare! {
        body(D("a"), D("b"));

        #[desugar]
        async fn body(a: D, b: D) -> usize {
            let c = D("c");
            let block = async move {
                let _keep = (&b, &c);
                pause("never").await;
                a.name().len()
            };
            pause("between").await;
            drop(block);
            pause("after").await;
            1
        }
    }
}

#[test]
fn block_without_an_await() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let n = async { 1 + a.name().len() }.await;
            let m = async { tick("in the block") }.await;
            n
        }
    }
}

#[test]
fn block_with_question_mark_and_return() {
    compare! {
        body(true, 1), body(false, 1), body(false, 2);

        #[desugar]
        async fn body(fails: bool, n: u32) -> Result<u32, String> {
            let d = D("d");
            let result = async {
                if n == 2 {
                    return Ok(7);
                }
                let m: u32 = attempt(fails).await?;
                let _e = D("e");
                pause("p").await;
                Ok::<_, &'static str>(m + n)
            }
            .await;
            Ok(result? + d.name().len() as u32)
        }

        async fn attempt(fails: bool) -> Result<u32, &'static str> {
            pause("attempt").await;
            if fails { Err("failed") } else { Ok(3) }
        }
    }
}

#[test]
fn block_with_an_option() {
    compare! {
        body(None), body(Some(3));

        #[desugar]
        async fn body(n: Option<u32>) -> u32 {
            let block = async move {
                pause("p").await;
                let n = n?;
                pause("q").await;
                Some(n + 1)
            };
            block.await.unwrap_or(0)
        }
    }
}

#[test]
fn nested_blocks() {
    compare! {
        body(D("a"), D("b"));

        #[desugar]
        async fn body(a: D, b: D) -> usize {
            let mut log = Vec::new();
            let outer = async {
                log.push(1);
                let inner = async move {
                    pause("inner").await;
                    b.name().len()
                };
                let n = inner.await;
                log.push(n);
                async {
                    log.push(9);
                    pause("second").await;
                }
                .await;
                n + a.name().len()
            };
            let n = outer.await;
            pause("after").await;
            n + log.len()
        }
    }
}

#[test]
fn boxed_block() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let boxed: Pin<Box<dyn Future<Output = usize>>> = Box::pin(async move {
                let n = a.peek().await;
                pause("p").await;
                n
            });
            pause("before").await;
            boxed.await
        }
    }
}

#[test]
fn blocks_from_closures() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let base = D("base");
            let step = |n: usize| {
                let base = &base;
                async move {
                    pause("step").await;
                    base.name().len() + n
                }
            };
            let a = step(1).await;
            let b = step(a).await;
            let c = twice(|n| async move { n + b }).await;
            c
        }

        #[desugar]
        async fn twice<F: Future<Output = usize>>(mut f: impl FnMut(usize) -> F) -> usize {
            let n = f(1).await;
            f(n).await
        }
    }
}

#[test]
fn block_in_a_loop() {
    compare! {
        body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let mut total = 0;
            for i in 0..n {
                let d = D("d");
                let more = async {
                    if i == 1 {
                        pause("one").await;
                    }
                    d.name().len() as u32 + i
                };
                total += more.await;
            }
            total
        }
    }
}

#[test]
fn block_that_loops() {
    compare! {
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let mut left = n;
            async {
                while left > 0 {
                    let _d = D("round");
                    pause("round").await;
                    left -= 1;
                }
            }
            .await;
            left
        }
    }
}

#[test]
fn block_with_a_match_and_shadowed_names() {
    compare! {
        body(Some(D("a"))), body(None);

        #[desugar]
        async fn body(a: Option<D>) -> usize {
            let n = 1;
            let block = async move {
                let n = n + 1;
                match a {
                    Some(a) => {
                        let m = a.peek().await;
                        m + n
                    }
                    None => {
                        pause("none").await;
                        n
                    }
                }
            };
            let m = n + 10;
            block.await + m
        }
    }
}

#[test]
fn methods_with_blocks() {
    compare! {
        run();

        struct Counter {
            n: usize,
            d: D,
        }

        impl Counter {
            #[desugar]
            async fn shared(&self) -> usize {
                let block = async {
                    pause("shared").await;
                    self.n + self.d.name().len()
                };
                block.await
            }

            #[desugar]
            async fn changed(&mut self) -> usize {
                async {
                    self.n += 1;
                    pause("changed").await;
                    self.n += 1;
                }
                .await;
                async move {
                    self.n += 1;
                    pause("moved").await;
                    self.n
                }
                .await
            }
        }

        #[desugar]
        async fn run() -> usize {
            let mut counter = Counter { n: 0, d: D("d") };
            let n = counter.changed().await;
            n + counter.shared().await
        }
    }
}

#[test]
fn captured_in_format_strings() {
    compare! {
        body(7);

        #[desugar]
        async fn body(n: u32) -> String {
            let name = String::from("name");
            let text = async {
                pause("p").await;
                format!("{name} {n:>3} {}", n + 1)
            }
            .await;
            async move {
                pause("q").await;
                format!("{text} {name}")
            }
            .await
        }
    }
}

#[test]
fn generic_function_with_blocks() {
    compare! {
        body(&D("a"), 1u8), body(&D("b"), 'c');

        #[desugar]
        async fn body<'a, T: std::fmt::Debug + Clone>(d: &'a D, t: T) -> String {
            let copy = t.clone();
            let block = async {
                let n = d.peek().await;
                pause("p").await;
                format!("{:?} {}", copy, n)
            };
            let text = block.await;
            async move {
                pause("q").await;
                format!("{text} {t:?} {}", d.name())
            }
            .await
        }
    }
}

#[test]
fn several_blocks_polled_together() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (usize, u32) {
            let a = D("a");
            let mut n = 0;
            let first = async {
                let n = a.peek().await;
                pause("first").await;
                n
            };
            let second = async {
                pause("second").await;
                n += 1;
                pause("second again").await;
                n
            };
            let both = futures::future::join(first, second).await;
            pause("after").await;
            both
        }
    }
}

#[test]
fn items_in_a_block() {
    compare! {
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            async {
                const STEP: u32 = 3;
                fn add(n: u32) -> u32 {
                    n + STEP
                }
                pause("p").await;
                add(n)
            }
            .await
        }
    }
}

#[test]
fn captures_are_dropped_in_the_order_of_their_first_mention() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(moves: bool) -> usize {
            let (a, b, c, d) = (D("a"), D("b"), D("c"), D("d"));
            let block = async move {
                let e = D("e");
                let n = c.name().len() + a.peek().await;
                if moves {
                    drop(b);
                    pause("moved").await;
                }
                let f = D("f");
                pause("p").await;
                n + d.name().len()
            };
            pause("before").await;
            block.await
        }
    }
}

#[test]
fn captures_in_assignments_format_strings_and_struct_literals() {
    compare! {
        body();

        #[derive(Debug)]
        struct Three {
            x: usize,
            y: usize,
            z: usize,
        }

        #[desugar]
        async fn body() -> String {
            let (a, b, c, d, e, f) = (D("a"), D("b"), D("c"), D("d"), D("e"), D("f"));
            let mut list = vec![0, 0];
            let block = async move {
                list[a.name().len()] = b.peek().await;
                let text = format!("{c} {} {d}", e.name());
                let three = Three { z: f.name().len(), x: 1, y: list.len() };
                pause("p").await;
                format!("{text} {three:?}")
            };
            block.await
        }
    }
}

#[test]
fn a_block_that_borrows_a_mutable_reference_again() {
    compare! {
        body(&mut vec![1]);

        #[desugar]
        async fn body(list: &mut Vec<u32>) -> Result<usize, String> {
            let filled: Result<(), String> = async {
                grow(list, 1).await;
                let n = parse("7").await.map_err(|e| e.to_string())?;
                grow(list, n).await;
                Ok(())
            }
            .await;
            filled?;
            Ok(grow(list, 2).await)
        }
    }
}

#[test]
fn captures_of_a_destructuring_assignment_and_what_is_ignored() {
    compare! {
        body(false), body(true);

        #[desugar]
        async fn body(polled: bool) -> usize {
            let (a, b, c, d) = (D("a"), D("b"), D("c"), D("d"));
            let block = async move {
                let mut v = [0; 9];
                let _ = d;
                (v[a.name().len()], v[c.name().len()]) = (b.name().len(), 0);
                pause("p").await;
                v[1]
            };
            if polled {
                return block.await;
            }
            pause("dropped next").await;
            0
        }
    }
}

#[test]
fn a_block_that_borrows_nothing_in_a_generic_function() {
    compare! {
        (Server { name: D("server") }).run(value("signal", 1));

        fn boxed<T>(task: impl Future<Output = T> + 'static) -> Pin<Box<dyn Future<Output = T>>> {
            Box::pin(task)
        }

        struct Server<N> {
            name: N,
        }

        impl<N: std::fmt::Debug> Server<N> {
            #[desugar]
            async fn run<F: Future<Output = usize> + 'static>(self, signal: F) -> usize {
                let d = D("d");
                let task = boxed(async move { signal.await + d.peek().await });
                let name = &self.name;
                pause("p").await;
                tick(&format!("{name:?}"));
                task.await
            }
        }
    }
}
