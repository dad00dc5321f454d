//! Parts that are moved out of a variable, while the rest of it stays.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

struct Config {
    first: D,
    name: D,
    port: u32,
    inner: Inner,
    last: Option<D>,
}

struct Inner {
    left: D,
    right: D,
}

impl Config {
    fn new() -> Self {
        Config {
            first: D("first"),
            name: D("name"),
            port: 80,
            inner: Inner { left: D("left"), right: D("right") },
            last: Some(D("last")),
        }
    }

    fn look(&self) -> usize {
        tick("look");
        self.port as usize
    }
}

impl Inner {
    async fn close(self) -> usize {
        tick("close");
        pause("close").await;
        2
    }

    async fn look(&self) -> usize {
        pause("look").await;
        3
    }
}

#[test]
fn a_field_of_a_local() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (D, u32) {
            let config = Config::new();
            pause("p").await;
            let name = config.name;
            pause("q").await;
            tick("end");
            (name, config.port)
        }
    }
}

#[test]
fn fields_of_a_local_into_calls() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let config = Config::new();
            let before = D("before");
            let a = consume(config.inner.right).await;
            let b = consume(config.first).await;
            tick("between");
            a + b + consume(config.name).await
        }
    }
}

#[test]
fn beside_a_borrow_of_another() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            let mut config = Config::new();
            let first = &mut config.first;
            let name = config.name;
            pause("p").await;
            first.rename("renamed");
            let text = show(&config.first).await;
            drop(name);
            text
        }
    }
}

#[test]
fn on_one_way_only() {
    compare! {
        body(true, false);
        body(false, true);
        body(false, false);

        #[desugar]
        async fn body(a: bool, b: bool) -> usize {
            let config = Config::new();
            let look = config.look();
            if a {
                consume(config.name).await;
            }
            pause("p").await;
            if b {
                drop(config.last);
            }
            pause("q").await;
            look
        }

    }
}

#[test]
fn in_a_loop_that_is_left() {
    compare! {
        body(0);
        body(2);

        #[desugar]
        async fn body(at: u32) -> usize {
            let config = Config::new();
            let mut n = 0;
            loop {
                pause("round").await;
                if n == at {
                    break consume(config.inner.left).await;
                }
                n += 1;
            }
        }
    }
}

#[test]
fn of_a_variable_in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut n = 0;
            for round in 0..3 {
                let config = Config::new();
                n += config.look();
                if round == 1 {
                    continue;
                }
                n += consume(config.first).await;
                pause("after").await;
            }
            n
        }
    }
}

#[test]
fn filled_again() {
    compare! {
        body(true);
        body(false);

        #[desugar]
        async fn body(moves: bool) -> String {
            let mut config = Config::new();
            if moves {
                consume(config.name).await;
            }
            config.name = D("another");
            pause("p").await;
            let text = show(&config.name).await;
            consume(config.first).await;
            config.first = fetch("fetched").await;
            text
        }
    }
}

#[test]
fn and_then_the_whole_again() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut config = Config::new();
            consume(config.name).await;
            pause("p").await;
            config = Config::new();
            pause("q").await;
            config.look()
        }
    }
}

#[test]
fn behind_a_question_mark_and_a_pattern() {
    compare! {
        body(Some(1));
        body(None);

        #[desugar]
        async fn body(n: Option<u32>) -> Option<usize> {
            let config = Config::new();
            pause("p").await;
            let last = config.last?;
            n?;
            Some(consume(last).await)
        }
    }
}

#[test]
fn of_self() {
    compare! {
        Of(Config::new()).finish();
        Of(Config::new()).scrutinee(true);
        Of(Config::new()).scrutinee(false);
        Of(Config::new()).receivers();
        Of(Config::new()).destructured();

        struct Of(Config);

        impl Of {
            fn look(&self) -> usize {
                self.0.look()
            }

            #[desugar]
            async fn finish(self) -> usize {
                let n = self.look();
                pause("p").await;
                let closed = self.0.inner.close().await;
                tick("closed");
                n + closed + self.0.port as usize
            }

            #[desugar]
            async fn scrutinee(mut self, some: bool) -> usize {
                pause("p").await;
                if !some {
                    self.0.last = None;
                }
                let n = self.look();
                if let Some(last) = self.0.last {
                    consume(last).await;
                }
                pause("q").await;
                n
            }

            #[desugar]
            async fn receivers(self) -> usize {
                let n = self.0.inner.look().await;
                let inner = self.0.inner.close();
                pause("made").await;
                n + inner.await
            }

            #[desugar]
            async fn destructured(self) -> usize {
                let n = self.look();
                pause("p").await;
                let Inner { left, right } = self.0.inner;
                pause("q").await;
                consume(left).await + n
            }
        }
    }
}

#[test]
fn futures_in_fields() {
    compare! {
        Request { guard: D("guard"), future: pause("future"), name: D("name") }.send();

        struct Request<F> { guard: D, future: F, name: D }

        impl<F: std::future::Future<Output = ()>> Request<F> {
            #[desugar]
            async fn send(self) -> String {
                self.future.await;
                show(&self.name).await
            }
        }
    }
}

#[test]
fn in_macros() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let config = Config::new();
            pause("p").await;
            let list = vec![config.first, config.name];
            pause("q").await;
            assert_eq!(config.port, 80);
            list.len()
        }
    }
}

#[test]
fn of_a_box_and_a_tuple() {
    compare! {
        body(Box::new(Config::new()), (D("zero"), (D("one"), 2)));

        #[desugar]
        async fn body(boxed: Box<Config>, pair: (D, (D, u32))) -> usize {
            let n = boxed.look();
            consume(boxed.name).await;
            consume(pair.1.0).await;
            n + pair.1.1 as usize
        }
    }
}

#[test]
fn copies_of_what_has_a_destructor() {
    compare! {
        body(Counter { n: 3 });

        struct Counter { n: u32 }

        impl Drop for Counter {
            fn drop(&mut self) {
                tick("drop counter");
            }
        }

        #[desugar]
        async fn body(counter: Counter) -> u32 {
            let n = value("value", counter.n).await;
            pause("p").await;
            n + value("again", counter.n).await
        }
    }
}

#[test]
fn copies_through_a_guard() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let lock = Mutex::new(Inner2 { n: 1, d: D("d") });
            let mut guard = lock.lock().await;
            guard.n = 5;
            let n = value("value", guard.n).await;
            guard.n = 6;
            pause("p").await;
            n + value("again", guard.n).await
        }

        struct Inner2 { n: u32, d: D }
    }
}

#[test]
fn types_that_are_known_late() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut pair = Default::default();
            fill(&mut pair);
            pause("p").await;
            let list = pair.0;
            pause("q").await;
            list.len()
        }

        fn fill(pair: &mut (Vec<u32>, String)) {
            pair.0.push(1);
        }
    }
}
