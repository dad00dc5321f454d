//! Parameters: how they are bound, when they drop, what they may borrow.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::future::Future;

#[test]
fn unused_parameters_drop_in_order() {
    compare! {
        body(D("a"), D("b"), D("c"), (D("d"), D("e"), D("f")));

        #[desugar]
        async fn body(a: D, _b: D, _: D, (d, _, _f): (D, D, D)) -> usize {
            pause("p").await;
            let g = D("g");
            pause("q").await;
            a.name().len() + d.name().len() + g.name().len()
        }
    }
}

#[test]
fn underscore_parameter_without_use() {
    compare! {
        body(D("a"), D("b"));

        #[desugar]
        async fn body(_: D, _b: D) {
            pause("p").await;
        }
    }
}

#[test]
fn unused_parameters_without_an_await() {
    compare! {
        body(D("a"), D("b"), (D("c"), D("d")));

        #[desugar]
        async fn body(_: D, b: D, (c, _): (D, D)) -> usize {
            b.name().len() + c.name().len()
        }
    }
}

#[test]
fn some_parameters_moved() {
    compare! {
        body(D("a"), D("b"), D("c"), true), body(D("a"), D("b"), D("c"), false);

        #[desugar]
        async fn body(a: D, _b: D, c: D, flag: bool) -> usize {
            let _local = D("local");
            pause("p").await;
            if flag {
                drop(a);
            }
            consume(c).await
        }
    }
}

#[test]
fn mutable_parameters() {
    compare! {
        body(1, D("a"), vec![1]);

        #[desugar]
        async fn body(mut n: u32, mut d: D, mut list: Vec<u32>) -> (u32, D, Vec<u32>) {
            n += value("v", 2).await;
            d = D(format!("{d}{n}"));
            grow(&mut list, n).await;
            n += 1;
            (n, d, list)
        }
    }
}

#[test]
fn destructured_parameters() {
    compare! {
        body((D("a"), 2), Pair { left: D("left"), right: D("right") }, &(3, 4));

        struct Pair {
            left: D,
            right: D,
        }

        #[desugar]
        async fn body((a, mut n): (D, u32), Pair { left, right: renamed }: Pair, &(x, _): &(u32, u32)) -> u32 {
            n += value("v", x).await;
            drop(left);
            pause("p").await;
            n + a.name().len() as u32 + renamed.name().len() as u32
        }
    }
}

#[test]
fn parameter_shadowed_by_a_local() {
    compare! {
        body(D("a"), 1);

        #[desugar]
        async fn body(a: D, n: u32) -> u32 {
            let n = n + value("v", 1).await;
            let a = D(format!("{a} again"));
            pause("p").await;
            n + a.name().len() as u32
        }
    }
}

#[test]
fn elided_reference_parameters() {
    compare! {
        body(&D("a"), &mut vec![1], "text");

        #[desugar]
        async fn body(d: &D, list: &mut Vec<u32>, text: &str) -> usize {
            grow(list, 2).await;
            let n = d.peek().await;
            list.push(n as u32);
            n + text.len() + list.len()
        }
    }
}

#[test]
fn named_lifetimes() {
    compare! {
        body(&D("a"), &D("b"), true), body(&D("a"), &D("b"), false);

        #[desugar]
        async fn body<'a>(first: &'a D, second: &'a D, flag: bool) -> &'a D {
            let local = D("local");
            pause("p").await;
            tick(&local.name());
            if flag { first } else { second }
        }
    }
}

#[test]
fn two_lifetimes_and_a_returned_reference() {
    compare! {
        body(&D("a"), "text");

        #[desugar]
        async fn body<'a, 'b>(first: &'a D, text: &'b str) -> &'a D {
            let owned = text.to_string();
            first.peek().await;
            tick(&owned);
            first
        }
    }
}

#[test]
fn elided_lifetime_in_the_return_type() {
    compare! {
        body("one two");

        #[desugar]
        async fn body(text: &str) -> Option<&str> {
            let _d = D("d");
            pause("p").await;
            let mut words = text.split(' ');
            pause("q").await;
            words.next()
        }
    }
}

#[test]
fn lifetimes_inside_types() {
    compare! {
        body(Holder { d: &D("held") }, &[D("a"), D("b")]);

        struct Holder<'a> {
            d: &'a D,
        }

        #[desugar]
        async fn body(holder: Holder<'_>, list: &[D]) -> usize {
            let n = holder.d.peek().await;
            for d in list {
                d.peek().await;
            }
            n + holder.d.name().len()
        }
    }
}

#[test]
fn impl_trait_arguments() {
    compare! {
        body(|n| n + 1, ["a", "b"].iter(), D("display"));

        #[desugar]
        async fn body(f: impl Fn(u32) -> u32, names: impl Iterator<Item = &'static &'static str>, d: impl std::fmt::Display) -> u32 {
            let mut n = f(0);
            for name in names {
                pause(name).await;
                n = f(n);
            }
            tick(&d.to_string());
            n
        }
    }
}

#[test]
fn future_as_an_argument() {
    compare! {
        body(value("v", D("out"))), body(ready("r", D("out")));

        #[desugar]
        async fn body<F>(future: F) -> String
        where
            F: Future<Output = D>,
        {
            let _d = D("local");
            let out = future.await;
            pause("p").await;
            out.name()
        }
    }
}

#[test]
fn closure_and_function_arguments() {
    compare! {
        body(|d| consume(d), &mut |n| n + 1);

        #[desugar]
        async fn body<F, Fut>(make: F, change: &mut dyn FnMut(usize) -> usize) -> usize
        where
            F: FnOnce(D) -> Fut,
            Fut: Future<Output = usize>,
        {
            pause("p").await;
            let n = make(D("made")).await;
            change(n)
        }
    }
}

#[test]
fn static_and_slice_references() {
    compare! {
        body(&[1, 2, 3], &["x"]);

        #[desugar]
        async fn body(list: &'static [u32], names: &[&str]) -> (u32, String) {
            let first = list.first();
            pause("p").await;
            let rest = &list[1..];
            pause("q").await;
            (first.copied().unwrap_or(0) + rest.len() as u32, names.concat())
        }
    }
}

#[test]
fn attributes_and_visibility_are_kept() {
    compare! {
        body(1);

        /// Documented.
        #[desugar]
        #[must_use]
        #[allow(unused_variables)]
        pub(crate) async fn body(n: u32) -> u32 {
            let unused = D("unused");
            value("v", n).await
        }
    }
}

#[test]
fn raw_identifiers() {
    compare! {
        r#match(D("a"));

        #[desugar]
        async fn r#match(r#type: D) -> usize {
            let r#loop = D("loop");
            pause("p").await;
            r#type.name().len() + r#loop.name().len()
        }
    }
}

#[test]
fn names_that_generated_code_might_use() {
    compare! {
        body(1, D("cx"), D("frame"));

        #[desugar]
        async fn body(this: u32, cx: D, frame: D) -> usize {
            let state = D("state");
            let future = value("future", this).await;
            let poll = D("poll");
            let check = pause("pin").await;
            let resume = 3;
            pause("waker").await;
            let () = check;
            cx.name().len() + frame.name().len() + state.name().len() + poll.name().len() + (future + resume) as usize
        }
    }
}

#[test]
fn tuple_struct_and_reference_patterns() {
    compare! {
        body(Wrapper(D("wrapped"), 1), &mut (D("borrowed"), 2), [D("x"), D("y")]);

        struct Wrapper(D, u32);

        #[desugar]
        async fn body(Wrapper(d, n): Wrapper, (name, count): &mut (D, u32), [first, _]: [D; 2]) -> u32 {
            *count += n;
            pause("p").await;
            name.rename("renamed");
            tick(&format!("{d}{first}"));
            *count
        }
    }
}

#[test]
fn higher_ranked_closure_argument() {
    compare! {
        body(|d| d.name().len(), |d: &mut D| d.rename("changed"));

        #[desugar]
        async fn body(len: impl Fn(&D) -> usize, change: impl for<'a> FnOnce(&'a mut D)) -> usize {
            let mut d = D("d");
            let n = len(&d);
            pause("p").await;
            change(&mut d);
            pause("q").await;
            n + len(&d)
        }
    }
}

#[test]
fn unsafe_functions() {
    compare! {
        // SAFETY: the list has an element.
        unsafe { body(&[3]) };

        /// # Safety
        /// The list has an element.
        #[desugar]
        async unsafe fn body(list: &[u32]) -> u32 {
            pause("p").await;
            // SAFETY: the caller says that there is an element.
            unsafe { *list.get_unchecked(0) }
        }
    }
}

#[test]
fn attributes_on_parameters() {
    compare! {
        body(D("a"), 1);

        #[desugar]
        async fn body(#[allow(unused_variables)] a: D, #[cfg(any())] never: NoSuchType, #[cfg(not(any()))] n: u32) -> u32 {
            value("v", n).await
        }
    }
}

// As in `methods.rs`, where `self` is taken apart.
#[test]
fn fields_moved_out_of_an_argument() {
    compare! {
        body(Config::new(), D("other"), true), body(Config::new(), D("other"), false), two(Config::new(), Config::new()),
        shadowed(Config::new());

        struct Config {
            name: D,
            limit: Option<usize>,
            list: Vec<D>,
            rest: D,
            last: D,
        }

        impl Config {
            fn new() -> Self {
                Config { name: D("name"), limit: Some(2), list: vec![D("x"), D("y")], rest: D("rest"), last: D("last") }
            }
        }

        #[desugar]
        async fn body(config: Config, other: D, moves: bool) -> usize {
            let n = if moves { consume(config.name).await } else { 0 };
            let limit = config.limit;
            let mut sum = n + limit.unwrap_or(1);
            for d in config.list {
                sum += d.peek().await;
            }
            sum + other.name().len()
        }

        #[desugar]
        async fn two(a: Config, b: Config) -> usize {
            let c = Config { name: a.name, limit: b.limit, list: b.list, rest: D("new rest"), last: D("new last") };
            pause("p").await;
            c.limit.unwrap_or(0) + c.name.name().len()
        }

        #[desugar]
        async fn shadowed(config: Config) -> usize {
            let limit = config.limit;
            pause("p").await;
            let config = D("config");
            config.peek().await + limit.unwrap_or(1)
        }
    }
}

#[test]
fn fields_without_a_name() {
    compare! {
        named(parcel());
        nested(Wrapper(parcel()), (D("x"), D("y")));
        counted(Many(D("m0"), D("m1"), D("m2"), 3));
        behind_a_reference(&parcel());

        struct Parcel {
            first: D,
            content: D,
            weight: u32,
            last: D,
        }

        struct Wrapper(Parcel);

        struct Many(D, D, D, u32);

        fn parcel() -> Parcel {
            Parcel { first: D("first"), content: D("content"), weight: 3, last: D("last") }
        }

        #[desugar]
        async fn named(Parcel { content, weight, .. }: Parcel) -> u32 {
            pause("p").await;
            let n = consume(content).await;
            pause("q").await;
            weight + n as u32
        }

        #[desugar]
        async fn nested(Wrapper(Parcel { last, mut first, .. }): Wrapper, (x, _): (D, D)) -> usize {
            pause("p").await;
            first.rename("renamed");
            show(&first).await.len() + consume(last).await
        }

        #[desugar]
        async fn counted(Many(a, _, ..): Many) -> usize {
            pause("p").await;
            a.name().len()
        }

        #[desugar]
        async fn behind_a_reference(Parcel { first, weight, .. }: &Parcel) -> usize {
            show(first).await.len() + *weight as usize
        }
    }
}

#[test]
fn several_that_leave_something() {
    compare! {
        both((abc(), abc()));
        beside((abc(), D("second"), D("third")));

        struct Abc {
            a: D,
            b: D,
            c: D,
        }

        fn abc() -> Abc {
            Abc { a: D("a"), b: D("b"), c: D("c") }
        }

        #[desugar]
        async fn both((Abc { a, .. }, Abc { b, .. }): (Abc, Abc)) -> usize {
            pause("p").await;
            a.name().len()
        }

        #[desugar]
        async fn beside((Abc { a, .. }, _, third): (Abc, D, D)) -> usize {
            pause("p").await;
            third.name().len()
        }
    }
}
