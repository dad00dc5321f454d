//! Methods of traits, whose signatures an impl cannot add to: what borrows from several places, is generic, or takes
//! `self`. And functions that are taken for what natively they are: `AsyncFn`s, parts of other futures.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;

/// What a trait says about its methods, natively.
trait Store {
    async fn put(&mut self, key: &str, value: &D) -> usize;

    async fn longest<'a>(&self, a: &'a str, b: &str) -> &'a str;

    async fn find(&self, key: &str) -> Option<&D>;

    async fn take(self, key: &str) -> D
    where
        Self: Sized;
}

#[test]
fn borrows_from_two_places() {
    compare! {
        memory().put("key", &D("value")), memory().longest("long", "longer"), memory().find("one"), memory().find("two"),
        memory().take("one");

        struct Memory {
            list: Vec<D>,
            text: String,
        }

        fn memory() -> Memory {
            Memory { list: vec![D("one"), D("last")], text: "text".to_string() }
        }

        #[desugar]
        impl Store for Memory {
            async fn put(&mut self, key: &str, value: &D) -> usize {
                let local = D("local");
                // Each alive over an await, and borrowed for the shorter of two lifetimes.
                let name = if key.len() > 9 { key } else { &self.text };
                pause("p").await;
                let both = [name, key];
                let of_value = value.peek().await;
                self.text = both.concat();
                pause(&self.text).await;
                of_value + local.name().len()
            }

            async fn longest<'a>(&self, a: &'a str, b: &str) -> &'a str {
                let mut all: Vec<&str> = vec![a, b, &self.text];
                pause("p").await;
                all.sort();
                tick(&all.join(","));
                let chosen: &'a str = a;
                pause("q").await;
                chosen
            }

            async fn find(&self, key: &str) -> Option<&D> {
                'key: for d in &self.list {
                    pause("p").await;
                    if d.name() == key {
                        return Some(d);
                    }
                    continue 'key;
                }
                None
            }

            async fn take(mut self, key: &str) -> D {
                self.text.push_str(key);
                let text = &self.text;
                pause(text).await;
                self.list.remove(0)
            }
        }
    }
}

#[test]
fn borrows_from_two_places_with_the_attribute_on_the_method() {
    compare! {
        Memory(D("memory")).put("key", &D("value")), Memory(D("m")).longest("long", "longer"), Memory(D("m")).find("m"),
        Memory(D("m")).take("m");

        struct Memory(D);

        impl Store for Memory {
            #[desugar]
            async fn put(&mut self, key: &str, value: &D) -> usize {
                let both = [key, "put"];
                self.0.extend().await;
                value.peek().await + both.concat().len()
            }

            #[desugar]
            async fn longest<'a>(&self, a: &'a str, b: &str) -> &'a str {
                self.0.peek().await;
                pause(b).await;
                a
            }

            #[desugar]
            async fn find(&self, key: &str) -> Option<&D> {
                pause(key).await;
                Some(&self.0)
            }

            // Whether there is an impl of a trait around, and whether `Self` borrows, is not seen from here.
            async fn take(self, key: &str) -> D {
                pause(key).await;
                self.0
            }
        }
    }
}

trait Convert<T> {
    async fn convert(&self, value: T) -> String;

    async fn all<I: Iterator<Item = T>>(&self, values: I) -> Vec<String>;

    async fn shown(&self, value: &impl Display, by: &str) -> String;
}

#[test]
fn generic_methods() {
    compare! {
        Quote("'").convert(D("converted")), Quote("'").all(vec![1, 2].into_iter()), Convert::<u8>::shown(&Quote("'"), &D("shown"), "by");

        struct Quote(&'static str);

        #[desugar]
        impl<T: Debug> Convert<T> for Quote {
            async fn convert(&self, value: T) -> String {
                let quote = &self.0;
                let text = format!("{quote}{value:?}{quote}");
                pause(quote).await;
                drop(value);
                pause("q").await;
                text
            }

            async fn all<I: Iterator<Item = T>>(&self, values: I) -> Vec<String> {
                let mut all = Vec::new();
                for value in values {
                    all.push(self.convert(value).await);
                }
                all
            }

            async fn shown(&self, value: &impl Display, by: &str) -> String {
                pause(by).await;
                self.0.to_string() + &value.to_string()
            }
        }
    }
}

#[test]
fn generic_methods_that_borrow_what_they_are_given() {
    compare! {
        Log(vec![]).log(&D("x"), "key"), Log(vec![]).owned(D("x")), Log(vec![]).each(&[D("a"), D("b")]);

        trait Logger {
            async fn log<T: Display>(&mut self, value: &T, key: &str) -> usize;

            async fn owned<T: Display + 'static>(&mut self, value: T) -> usize;

            async fn each<T: Display>(&mut self, values: &[T]) -> usize;
        }

        struct Log(Vec<String>);

        #[desugar]
        impl Logger for Log {
            async fn log<T: Display>(&mut self, value: &T, key: &str) -> usize {
                let pair = (value, key);
                pause(key).await;
                self.0.push(format!("{}{}", pair.0, pair.1));
                self.0.len()
            }

            async fn owned<T: Display + 'static>(&mut self, value: T) -> usize {
                let borrowed = &value;
                pause("p").await;
                self.log(borrowed, "owned").await
            }

            async fn each<T: Display>(&mut self, values: &[T]) -> usize {
                for value in values {
                    self.log(value, "each").await;
                }
                self.0.len()
            }
        }
    }
}

trait Job {
    type Output;

    async fn run(self) -> Self::Output;

    async fn boxed(self: Box<Self>, n: u32) -> Self::Output;

    async fn make(name: &str, other: &str) -> Self;
}

#[test]
fn by_value() {
    compare! {
        One { d: D("one"), n: 1 }.run(), Box::new(One { d: D("one"), n: 1 }).boxed(3), One::make("a", "b"),
        Pair(D("a"), 2).run(), Box::new(Pair(D("a"), 2)).boxed(3), Pair::<u32>::make("a", "b");

        #[derive(Debug)]
        struct One {
            d: D,
            n: u32,
        }

        #[desugar]
        impl Job for One {
            type Output = (D, u32);

            async fn run(self) -> Self::Output {
                let n = &self.n;
                self.d.peek().await;
                (D("new"), *n)
            }

            async fn boxed(mut self: Box<Self>, n: u32) -> (D, u32) {
                let d = &mut self.d;
                d.extend().await;
                pause("p").await;
                (D(&self.d.name()), n)
            }

            async fn make(name: &str, other: &str) -> Self {
                let both = [name, other];
                let d = fetch(name).await;
                let n = value(both[1], 2).await;
                One { d, n }
            }
        }

        #[derive(Debug)]
        struct Pair<T>(D, T);

        // `T` may borrow, and there is no lifetime to say for how long: nothing of a `T` can be borrowed over an await.
        #[desugar]
        impl<T: Debug + Default> Job for Pair<T> {
            type Output = (D, T);

            async fn run(self) -> (D, T) {
                let Pair(d, t) = self;
                pause("run").await;
                (d, t)
            }

            async fn boxed(self: Box<Self>, n: u32) -> Self::Output {
                let n = value("boxed", n).await;
                (D(&self.0.name()), T::default())
            }

            async fn make(name: &str, other: &str) -> Self {
                let both = [name, other];
                let d = fetch(name).await;
                pause(both[1]).await;
                Pair(d, T::default())
            }
        }
    }
}

trait Lexer<'t> {
    type Token: Debug;

    async fn next(&mut self, skip: &str) -> Option<Self::Token>;

    async fn with<'s>(&'s mut self, text: &'t str, mark: &'s str) -> (&'t str, &'s str);
}

#[test]
fn types_and_traits_with_lifetimes() {
    compare! {
        Words { rest: "a b c", mark: "" }.next("b"), Words { rest: "a b", mark: "" }.with("c d", "x"), Lines("x").next("y");

        struct Words<'t, 'm> {
            rest: &'t str,
            mark: &'m str,
        }

        #[desugar]
        impl<'t, 'm> Lexer<'t> for Words<'t, 'm> {
            type Token = &'t str;

            async fn next(&mut self, skip: &str) -> Option<&'t str> {
                loop {
                    let (word, rest) = self.rest.split_once(' ')?;
                    self.rest = rest;
                    pause(word).await;
                    let both = [word, skip];
                    if both[0] != both[1] {
                        return Some(word);
                    }
                    pause(skip).await;
                }
            }

            async fn with<'s>(&'s mut self, text: &'t str, mark: &'s str) -> (&'t str, &'s str) {
                self.rest = text;
                let first = self.next(mark).await;
                let kept: &'s str = mark;
                pause(kept).await;
                (first.unwrap_or(text), kept)
            }
        }

        struct Lines<'t>(&'t str);

        #[desugar]
        impl<'x> Lexer<'x> for Lines<'_> {
            type Token = String;

            async fn next(&mut self, skip: &str) -> Option<Self::Token> {
                pause(self.0).await;
                let both = [self.0, skip];
                pause("p").await;
                Some(both.concat())
            }

            async fn with<'s>(&'s mut self, text: &'x str, mark: &'s str) -> (&'x str, &'s str) {
                pause(mark).await;
                (text, mark)
            }
        }
    }
}

#[test]
fn provided_methods() {
    compare! {
        D("d").both("x", "y"), D("d").consumed("z"), D("d").pinned("z");

        #[desugar]
        trait Named: Debug {
            async fn name_of(&self) -> String;

            async fn both<'a>(&self, first: &'a str, second: &str) -> &'a str {
                let local = D("local");
                let name = self.name_of().await;
                let all = [first, second, &name];
                pause(&all.concat()).await;
                first
            }

            async fn consumed(self, key: &str) -> usize
            where
                Self: Sized,
            {
                pause(key).await;
                let text = format!("{:?}", self);
                drop(self);
                pause(&text).await;
                key.len()
            }

            async fn pinned(&mut self, key: &str) -> usize
            where
                Self: Unpin,
            {
                let pinned = Pin::new(self);
                pause(key).await;
                0
            }
        }

        #[desugar]
        impl Named for D {
            async fn name_of(&self) -> String {
                self.peek().await;
                self.name()
            }
        }
    }
}

#[test]
fn bounds_that_speak_of_lifetimes() {
    compare! {
        Tool(D("tool")).apply(&D("a"), &D("b"), Show("c")), Tool(D("tool")).longer(&D("a"), &D("b"));

        trait Use<'u> {
            fn used(&self, d: &'u D) -> &'u D;
        }

        #[derive(Debug)]
        struct Show(&'static str);

        impl<'u> Use<'u> for Show {
            fn used(&self, d: &'u D) -> &'u D {
                tick(self.0);
                d
            }
        }

        trait Tools {
            async fn apply<'u, U: Use<'u> + 'static>(&self, d: &'u D, e: &D, by: U) -> &'u D;

            async fn longer<'a, 'b: 'a>(&'a self, d: &'b D, e: &D) -> &'a D;
        }

        struct Tool(D);

        #[desugar]
        impl Tools for Tool {
            async fn apply<'u, U: Use<'u> + 'static>(&self, d: &'u D, e: &D, by: U) -> &'u D {
                pause("p").await;
                let used = by.used(d);
                e.peek().await;
                used
            }

            async fn longer<'a, 'b: 'a>(&'a self, d: &'b D, e: &D) -> &'a D {
                let list: [&'a D; 2] = [d, &self.0];
                e.peek().await;
                list[1]
            }
        }
    }
}

#[test]
fn an_associated_function_of_a_generic_impl() {
    compare! {
        Shelf::of(D("d")), Shelf::<D>::both(&"a", D("b"));

        #[derive(Debug)]
        struct Shelf<T>(Vec<T>);

        #[desugar]
        impl<T: Debug> Shelf<T> {
            async fn of(item: T) -> usize {
                let list = vec![item];
                let first = &list[0];
                pause("p").await;
                tick(&format!("{first:?}"));
                pause("q").await;
                list.len()
            }

            async fn both<U: Display>(a: &U, item: T) -> Self {
                let list = vec![item];
                let first = (&list[0], a);
                pause("p").await;
                tick(&format!("{first:?}", first = first.0));
                Shelf(list)
            }
        }
    }
}

#[test]
fn methods_of_a_type_with_a_lifetime() {
    compare! {
        Cursor { text: "a b", at: 0 }.len(), Cursor { text: "a b", at: 0 }.skip("a"), Cursor::at("a b", &1), Open("x").shut("y");

        #[derive(Debug)]
        struct Cursor<'t> {
            text: &'t str,
            at: usize,
        }

        #[desugar]
        impl<'t> Cursor<'t> {
            async fn len(&self) -> usize {
                let rest = &self.text[self.at..];
                pause("p").await;
                rest.len()
            }

            async fn skip(mut self, what: &str) -> usize {
                let both = [what, self.text];
                pause(both[0]).await;
                self.at += both[1].len();
                self.at
            }

            async fn at(text: &'t str, at: &usize) -> Self {
                let both = (text, at);
                pause("p").await;
                Cursor { text: both.0, at: *both.1 }
            }
        }

        struct Open<'t>(&'t str);

        #[desugar]
        impl Open<'_> {
            async fn shut(self, what: &str) -> usize {
                let both = [what, self.0];
                pause(both[0]).await;
                both[1].len()
            }
        }
    }
}

async fn call<F: AsyncFn(&str, &str) -> usize>(f: F) -> usize {
    let (a, b) = (String::from("one"), String::from("three"));
    f(&a, &b).await
}

fn wrap<T: Display>(t: &T) -> impl Future<Output = usize> + use<'_, T> {
    shown(t)
}

#[desugar::desugar]
async fn shown<T: Display>(t: &T) -> usize {
    let text = (t, t.to_string());
    std::future::ready(()).await;
    text.1.len()
}

#[test]
fn a_function_with_two_lifetimes_is_an_async_fn() {
    #[desugar::desugar]
    async fn lengths(a: &str, b: &str) -> usize {
        let both = [a, b];
        std::future::ready(()).await;
        both.concat().len()
    }

    fn pointer(
        f: for<'a, 'b> fn(&'a str, &'b mut String) -> Pin<Box<dyn Future<Output = &'a str> + 'a>>,
    ) -> &'static str {
        "a pointer"
    }

    assert_eq!(desugar::block_on(call(lengths)), 8);
    assert_eq!(desugar::block_on(wrap(&"four")), 4);
}

#[test]
fn a_method_that_borrows_a_parameter_of_its_impl() {
    compare! {
        run();

        trait FromParts<S>: Sized {
            async fn from_parts(parts: &mut Vec<D>, state: &S) -> Result<Self, String>;
        }

        struct First(usize);

        async fn load<S: Debug>(parts: &mut Vec<D>, state: &S) -> usize {
            pause("load").await;
            parts.push(D("loaded"));
            format!("{state:?}").len()
        }

        impl<S: Debug> FromParts<S> for First {
            #[desugar]
            async fn from_parts(parts: &mut Vec<D>, state: &S) -> Result<Self, String> {
                let n = load(parts, state).await;
                parts.push(D("after"));
                pause("p").await;
                Ok(First(n))
            }
        }

        #[desugar]
        async fn run() -> usize {
            let mut parts = vec![D("first")];
            First::from_parts(&mut parts, &"state").await.unwrap().0
        }
    }
}

#[test]
fn what_an_argument_returns_is_awaited_in_a_method_alone() {
    compare! {
        (After { inner: 3, and: |n: usize| value("after", n + 1) }).call(&D("d"));

        trait Endpoint {
            type Output;
            fn call(&self, request: &D) -> impl Future<Output = Self::Output>;
        }

        impl Endpoint for usize {
            type Output = usize;

            #[desugar]
            async fn call(&self, request: &D) -> usize {
                request.peek().await + *self
            }
        }

        struct After<E, F> {
            inner: E,
            and: F,
        }

        impl<E, F, Fut, R> Endpoint for After<E, F>
        where
            E: Endpoint,
            F: Fn(E::Output) -> Fut,
            Fut: Future<Output = R>,
        {
            type Output = R;

            #[desugar]
            async fn call(&self, request: &D) -> R {
                (self.and)(self.inner.call(request).await).await
            }
        }
    }
}
