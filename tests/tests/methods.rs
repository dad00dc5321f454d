//! Methods: every receiver, in inherent impls and in trait impls.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::future::Future;

#[test]
fn shared_receiver() {
    compare! {
        S { d: D("self"), n: 1 }.shared(2), S { d: D("self"), n: 1 }.name_of(&D("other"));

        struct S {
            d: D,
            n: u32,
        }

        impl S {
            #[desugar]
            async fn shared(&self, more: u32) -> u32 {
                let local = D("local");
                let n = self.d.peek().await as u32;
                tick(&local.name());
                self.n + n + more
            }

            #[desugar]
            async fn name_of(&self, other: &D) -> &D {
                other.peek().await;
                &self.d
            }
        }
    }
}

#[test]
fn mutable_receiver() {
    compare! {
        S { d: D("self"), list: vec![] }.mutable(2);

        struct S {
            d: D,
            list: Vec<u32>,
        }

        impl S {
            #[desugar]
            async fn mutable(&mut self, n: u32) -> &mut Vec<u32> {
                self.d.extend().await;
                grow(&mut self.list, n).await;
                self.push(3).await;
                let list = &mut self.list;
                pause("p").await;
                list.push(9);
                &mut self.list
            }

            #[desugar]
            async fn push(&mut self, n: u32) {
                self.list.push(n);
                pause("push").await;
                self.list.push(self.list.len() as u32);
            }
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn owned_receiver() {
    compare! {
        S { d: D("self"), e: D("e") }.owned(), S { d: D("self"), e: D("e") }.chained(D("f")), S { d: D("self"), e: D("e") }.mutated();

        #[derive(Debug)]
        struct S {
            d: D,
            e: D,
        }

        impl S {
            #[desugar]
            async fn owned(self) -> usize {
                let _local = D("local");
                pause("p").await;
                self.d.name().len() + self.e.name().len()
            }

            #[desugar]
            async fn chained(self, f: D) -> Self {
                let n = self.d.peek().await;
                tick(&n.to_string());
                Self { d: f, ..self }
            }

            #[desugar]
            async fn mutated(mut self) -> S {
                self.d = fetch("fresh").await;
                pause("p").await;
                self.e.rename("renamed");
                self
            }
        }
    }
}

#[test]
fn receiver_taken_apart() {
    compare! {
        S { d: D("d"), e: D("e") }.apart(true), S { d: D("d"), e: D("e") }.apart(false);

        struct S {
            d: D,
            e: D,
        }

        impl S {
            #[desugar]
            async fn apart(self, flag: bool) -> usize {
                let S { d, e } = self;
                if flag {
                    drop(d);
                }
                pause("p").await;
                consume(e).await
            }
        }
    }
}

#[test]
fn smart_pointer_receivers() {
    compare! {
        Box::new(S { d: D("d") }).boxed(), std::rc::Rc::new(S { d: D("d") }).counted();

        struct S {
            d: D,
        }

        impl S {
            #[desugar]
            async fn boxed(self: Box<Self>) -> usize {
                pause("p").await;
                self.d.name().len()
            }

            #[desugar]
            async fn counted(self: std::rc::Rc<Self>) -> usize {
                let other = self.clone();
                pause("p").await;
                drop(self);
                pause("q").await;
                other.d.name().len()
            }
        }
    }
}

#[test]
fn associated_function_without_receiver() {
    compare! {
        S::open("name"), S::<u32>::default_count();

        #[derive(Debug)]
        struct S<T = u8> {
            d: D,
            t: T,
        }

        impl S {
            #[desugar]
            async fn open(name: &str) -> Result<Self, String> {
                let d = fetch(name).await;
                pause("p").await;
                Ok(Self { d, t: 0 })
            }
        }

        impl<T: Default> S<T> {
            const COUNT: u32 = 3;

            #[desugar]
            async fn default_count() -> (u32, T) {
                pause("p").await;
                (Self::COUNT, T::default())
            }
        }
    }
}

#[test]
fn methods_of_a_generic_type() {
    compare! {
        S { item: D("item"), list: vec![1] }.get(), S { item: 'c', list: vec![] }.set('d'), S { item: D("x"), list: vec![] }.map(|d| d.name());

        #[derive(Debug)]
        struct S<T> {
            item: T,
            list: Vec<u32>,
        }

        impl<T: std::fmt::Debug> S<T> {
            #[desugar]
            async fn get(&self) -> &T {
                let local = D("local");
                pause("p").await;
                tick(&local.name());
                &self.item
            }

            #[desugar]
            async fn set(&mut self, item: T) -> T {
                grow(&mut self.list, 1).await;
                let old = std::mem::replace(&mut self.item, item);
                pause("p").await;
                old
            }

            #[desugar]
            async fn map<U>(self, f: impl FnOnce(T) -> U) -> S<U> {
                pause("p").await;
                let item = f(self.item);
                pause("q").await;
                S { item, list: self.list }
            }
        }
    }
}

#[test]
fn methods_of_a_type_with_a_lifetime() {
    compare! {
        Cursor { text: "one two", at: 0 }.word(), Cursor { text: "one two", at: 0 }.both();

        struct Cursor<'t> {
            text: &'t str,
            at: usize,
        }

        impl<'t> Cursor<'t> {
            #[desugar]
            async fn word(&mut self) -> Option<&'t str> {
                let rest = &self.text[self.at..];
                pause("p").await;
                let end = rest.find(' ').unwrap_or(rest.len());
                self.at += end + 1;
                Some(&rest[..end])
            }

            #[desugar]
            async fn both(mut self) -> Vec<String> {
                let mut words = Vec::new();
                while self.at < self.text.len() {
                    if let Some(word) = self.word().await {
                        words.push(word.to_string());
                    }
                }
                words
            }
        }
    }
}

#[test]
fn methods_calling_each_other() {
    compare! {
        S { d: D("d"), total: 0 }.run(2);

        struct S {
            d: D,
            total: usize,
        }

        impl S {
            #[desugar]
            async fn run(&mut self, rounds: usize) -> Result<usize, String> {
                for i in 0..rounds {
                    let n = self.step(i).await?;
                    self.total += n;
                }
                self.finish().await;
                Ok(self.total)
            }

            #[desugar]
            async fn step(&self, i: usize) -> Result<usize, String> {
                let n = success("step", i).await?;
                Ok(n + self.d.peek().await)
            }

            #[desugar]
            async fn finish(&mut self) {
                pause("finish").await;
                self.total *= 2;
            }
        }
    }
}

trait Service {
    type Output;

    fn call(&mut self, n: u32) -> impl Future<Output = Self::Output>;

    fn ready(&self) -> impl Future<Output = bool>;
}

#[test]
fn methods_of_a_trait_impl() {
    compare! {
        through(Echo { d: D("echo"), calls: 0 });

        struct Echo {
            d: D,
            calls: u32,
        }

        impl Service for Echo {
            type Output = u32;

            #[desugar]
            async fn call(&mut self, n: u32) -> u32 {
                self.calls += 1;
                self.d.extend().await;
                n + self.calls
            }

            #[desugar]
            async fn ready(&self) -> bool {
                self.d.peek().await > 0
            }
        }

        #[desugar]
        async fn through<S: Service>(mut service: S) -> (S::Output, S::Output) {
            while !service.ready().await {
                pause("not ready").await;
            }
            (service.call(1).await, service.call(2).await)
        }
    }
}

#[test]
fn generic_trait_impl() {
    compare! {
        Wrap { inner: D("inner") }.call(3);

        struct Wrap<T> {
            inner: T,
        }

        impl<T: std::fmt::Display> Service for Wrap<T> {
            type Output = String;

            #[desugar]
            async fn call(&mut self, n: u32) -> String {
                let local = D("local");
                pause("p").await;
                format!("{} {n} {local}", self.inner)
            }

            #[desugar]
            async fn ready(&self) -> bool {
                true
            }
        }
    }
}

#[test]
fn fields_borrowed_apart() {
    compare! {
        S { source: Source::new("abc", 2), sink: Sink::default(), count: 0 }.pump();

        struct S {
            source: Source,
            sink: Sink,
            count: usize,
        }

        impl S {
            #[desugar]
            async fn pump(&mut self) -> Result<usize, String> {
                let mut buffer = vec![0; 2];
                loop {
                    let n = self.source.read(&mut buffer).await;
                    if n == 0 {
                        break Ok(self.count);
                    }
                    let sink = &mut self.sink;
                    self.count += 1;
                    sink.write(&buffer[..n]).await?;
                }
            }
        }
    }
}

#[test]
fn the_word_self_in_closures_and_macros() {
    compare! {
        S { d: D("d"), n: 2 }.text();

        struct S {
            d: D,
            n: u32,
        }

        impl S {
            #[desugar]
            async fn text(&mut self) -> String {
                let len = || self.d.name().len();
                let n = len();
                pause("p").await;
                let mut add = |by| self.n += by;
                add(n as u32);
                pause("q").await;
                format!("{} {}", self.d, self.n)
            }
        }
    }
}

// Left over, the fields that are taken would be dropped in the order of their mention, before the others: here that is
// the order of the struct.
#[test]
fn fields_moved_out_of_self() {
    compare! {
        One { client: D("client"), n: 2, guard: D("guard"), last: D("last") }.run(true),
        One { client: D("client"), n: 2, guard: D("guard"), last: D("last") }.run(false),
        Three { list: vec![D("x"), D("y")], n: 1, client: D("client"), guard: D("guard") }.run(),
        Four(Some(D("name")), D("after"), D("guard")).run(2), Four(Some(D("name")), D("after"), D("guard")).run(0),
        Four(None, D("after"), D("guard")).run(0);

        struct One {
            client: D,
            n: usize,
            guard: D,
            last: D,
        }

        impl One {
            #[desugar]
            async fn run(self, moves: bool) -> usize {
                let local = D("local");
                let n = self.n;
                if moves {
                    let m = consume(self.client).await;
                    pause("moved").await;
                    return m + n;
                }
                pause("kept").await;
                local.name().len()
            }
        }

        struct Three {
            list: Vec<D>,
            n: usize,
            client: D,
            guard: D,
        }

        impl Three {
            #[desugar]
            async fn run(self) -> usize {
                let mut sum = self.n;
                for d in self.list {
                    sum += d.peek().await;
                }
                let add = |n: usize| n + self.n;
                sum = add(sum);
                pause("after").await;
                sum + consume(self.client).await
            }
        }

        struct Four(Option<D>, D, D);

        impl Four {
            #[desugar]
            async fn run(self, n: usize) -> usize {
                match self.0 {
                    Some(d) if n > 1 => d.finish().await,
                    Some(d) => {
                        pause("some").await;
                        d.name().len()
                    }
                    None => consume(self.1).await,
                }
            }
        }
    }
}

#[test]
fn fields_that_are_taken_late() {
    compare! {
        Upload { first: D("first"), name: D("name"), data: Some(D("data")), last: D("last") }.finish(true);
        Upload { first: D("first"), name: D("name"), data: None, last: D("last") }.finish(false);

        struct Upload {
            first: D,
            name: D,
            data: Option<D>,
            last: D,
        }

        async fn store(last: D, first: D) -> usize {
            pause("store").await;
            last.name().len()
        }

        impl Upload {
            #[desugar]
            async fn finish(self, early: bool) -> usize {
                let id = fetch("id").await;
                pause("begun").await;
                if early {
                    let d = D("local");
                    tick("early");
                }
                let n = store(self.last, self.first).await;
                tick("stored");
                n + id.name().len()
            }
        }
    }
}

#[test]
fn a_method_of_a_type_that_borrows() {
    compare! {
        (Log { text: &mut String::new() }).body("a"), (Log { text: &mut String::new() }).body("b");

        struct Log<'log> {
            text: &'log mut String,
        }

        impl<'log> Log<'log> {
            #[desugar]
            async fn body(mut self, key: &str) -> usize {
                let n = self.write(key).await;
                n + self.copied(&Words { words: key }, &mut 3).await
            }

            #[desugar]
            async fn write(&mut self, text: &str) -> usize {
                pause(text).await;
                self.text.push_str(text);
                value("len", self.text.len()).await
            }

            // An argument with the name of the impl's lifetime.
            #[desugar]
            async fn copied(&mut self, log: &Words<'_>, n: &mut usize) -> usize {
                *n += self.write(log.words).await;
                *n
            }
        }

        impl Log<'_> {
            #[desugar]
            async fn clear(&mut self) {
                pause("clear").await;
                self.text.clear();
            }
        }

        struct Words<'w> {
            words: &'w str,
        }
    }
}
