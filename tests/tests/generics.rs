//! Type, const and lifetime parameters.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::{
    fmt::{Debug, Display},
    future::Future,
};

#[test]
fn type_parameter() {
    compare! {
        body(D("generic")), body(3u8);

        #[desugar]
        async fn body<T>(x: T) -> T {
            let _d = D("d");
            pause("p").await;
            x
        }
    }
}

#[test]
fn bounds_and_where_clause() {
    compare! {
        body(D("shown"), 4u32), body("text", D("other"));

        #[desugar]
        async fn body<T: Display, U>(x: T, y: U) -> String
        where
            U: Debug + PartialEq,
        {
            let text = format!("{x}");
            pause("p").await;
            let same = y == y;
            pause("q").await;
            format!("{text} {y:?} {same}")
        }
    }
}

#[test]
fn const_generics() {
    compare! {
        body([1, 2, 3]), body::<0>([]);

        #[desugar]
        async fn body<const N: usize>(list: [u32; N]) -> u32 {
            let copy = [N as u32; N];
            let mut sum = 0;
            for i in 0..N {
                sum += value("v", list[i] * copy[i]).await;
            }
            sum
        }
    }
}

#[test]
fn type_and_lifetime_parameters() {
    compare! {
        body(&[D("a"), D("b")], &D("b"));

        #[desugar]
        async fn body<'a, T: PartialEq + Display>(list: &'a [T], wanted: &T) -> Option<&'a T> {
            for x in list {
                pause("p").await;
                tick(&x.to_string());
                if x == wanted {
                    return Some(x);
                }
            }
            None
        }
    }
}

#[test]
fn bound_on_a_lifetime() {
    compare! {
        body(&[1, 2], &[3]);

        #[desugar]
        async fn body<'a, 'b: 'a, T: Copy + 'a>(first: &'a [T], second: &'b [T]) -> Vec<T> {
            let mut list = first.to_vec();
            pause("p").await;
            let chosen: &'a [T] = second;
            pause("q").await;
            list.extend(chosen);
            list
        }
    }
}

#[test]
fn default_and_turbofish() {
    compare! {
        body::<String>(), body::<u64>();

        #[desugar]
        async fn body<T: Default + Debug>() -> (T, Vec<T>) {
            let list = Vec::<T>::new();
            pause("p").await;
            let x = value("default", T::default()).await;
            (x, list)
        }
    }
}

#[test]
fn associated_types_of_an_iterator() {
    compare! {
        body(vec![D("a"), D("b")].into_iter()), body(1..3);

        #[desugar]
        async fn body<I>(items: I) -> Vec<I::Item>
        where
            I: IntoIterator,
            I::Item: Debug,
        {
            let mut list = Vec::new();
            for item in items {
                pause("p").await;
                tick(&format!("{item:?}"));
                list.push(item);
            }
            list
        }
    }
}

trait Store {
    type Key: Clone + Debug;

    fn get(&self, key: &Self::Key) -> impl Future<Output = Option<u32>>;

    fn key(&self) -> Self::Key;
}

struct Memory {
    d: D,
}

impl Store for Memory {
    type Key = String;

    async fn get(&self, key: &String) -> Option<u32> {
        pause("get").await;
        (*key == self.d.name()).then_some(1)
    }

    fn key(&self) -> String {
        self.d.name()
    }
}

#[test]
fn trait_with_async_methods_as_a_bound() {
    compare! {
        body(Memory { d: D("memory") }), borrowed(&Memory { d: D("memory") });

        #[desugar]
        async fn body<S: Store>(store: S) -> (u32, S::Key) {
            let key = store.key();
            let n = store.get(&key).await;
            pause("p").await;
            (n.unwrap_or(0), key)
        }

        #[desugar]
        async fn borrowed<S>(store: &S) -> u32
        where
            S: Store,
        {
            let key = store.key().clone();
            match store.get(&key).await {
                Some(n) => value("some", n).await,
                None => 0,
            }
        }
    }
}

#[test]
fn generic_function_called_with_borrowed_locals() {
    compare! {
        outer();

        #[desugar]
        async fn body<T: Display>(x: T) -> String {
            pause("p").await;
            format!("{x}")
        }

        #[desugar]
        async fn outer() -> String {
            let d = D("d");
            let by_reference = body(&d).await;
            let twice = body(&by_reference).await;
            let owned = body(d).await;
            by_reference + &twice + &owned
        }
    }
}

#[test]
fn dyn_trait_parameters() {
    compare! {
        body(&D("shown"), Box::new(|n| n + 1));

        #[desugar]
        async fn body(shown: &dyn Display, f: Box<dyn Fn(u32) -> u32>) -> String {
            let n = f(1);
            pause("p").await;
            format!("{shown} {n} {}", f(n))
        }
    }
}

#[test]
fn unsized_type_parameter() {
    compare! {
        body("text"), body(&D("sized"));

        #[desugar]
        async fn body<T: Display + ?Sized>(x: &T) -> String {
            let d = D("d");
            pause("p").await;
            format!("{x} {d}")
        }
    }
}

#[test]
fn opaque_return_type() {
    compare! {
        outer(), counted("a b"), borrowed(&[1, 2], &D("d")), fails(false), fails(true);

        // A closure's arguments are not inferred from the signature here.
        #[desugar]
        async fn adds(n: u32) -> impl Fn(u32) -> u32 {
            pause("p").await;
            move |m: u32| m + n
        }

        #[desugar]
        async fn counted(text: &str) -> Option<impl Iterator<Item = (usize, String)> + Debug + use<>> {
            let d = fetch(text).await;
            let words: Vec<String> = text.split(' ').map(str::to_string).collect();
            let add = adds(1).await;
            pause("p").await;
            tick(&add(1).to_string());
            Some(words.into_iter().enumerate())
        }

        #[desugar]
        async fn borrowed<'a, T: Copy>(list: &'a [T], d: &D) -> usize {
            async fn kept(n: usize) -> usize {
                value("kept", n).await
            }

            let mut each = each(list, d).await;
            let n = each.by_ref().count();
            kept(n).await
        }

        #[desugar]
        async fn each<'a, T: Copy>(list: &'a [T], d: &D) -> impl Iterator<Item = T> + use<'a, T> {
            d.peek().await;
            let first = [list[0]];
            pause("q").await;
            list.iter().copied().chain(first)
        }

        #[desugar]
        async fn fails(fails: bool) -> Result<impl std::fmt::Debug, String> {
            if fails {
                failing::<u32>("fails").await?;
            }
            Ok(success("ok", D("d")).await?)
        }

        #[desugar]
        async fn body(n: u32) -> impl Iterator<Item = u32> + Clone {
            let m = value("m", n).await;
            (0..m).map(move |i| i * n)
        }

        #[desugar]
        async fn outer() -> Vec<u32> {
            let numbers = body(3).await;
            pause("p").await;
            numbers.clone().chain(numbers).collect()
        }
    }
}

#[test]
fn future_returned_by_a_generic_closure() {
    compare! {
        outer();

        #[desugar]
        async fn twice<F, Fut, T>(mut make: F) -> (T, T)
        where
            F: FnMut(u32) -> Fut,
            Fut: Future<Output = T>,
        {
            let first = make(1).await;
            let second = make(2).await;
            (first, second)
        }

        async fn named(name: String) -> D {
            fetch(&name).await
        }

        #[desugar]
        async fn outer() -> (D, D) {
            let prefix = D("prefix");
            let pair = twice(|n| named(format!("{prefix}{n}"))).await;
            tick(&prefix.name());
            pair
        }
    }
}

#[test]
fn inference_that_flows_backwards() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (Vec<String>, Option<u8>, u64) {
            let mut words = Vec::with_capacity(2);
            let mut last = None;
            let parsed = "12".parse();
            pause("p").await;
            words.push(Default::default());
            let sum = [1, 2].into_iter().sum();
            pause("q").await;
            let total: u64 = sum;
            last.get_or_insert(3);
            pause("r").await;
            let n: u64 = parsed.unwrap();
            (words, last, total + n)
        }
    }
}

#[test]
fn output_that_says_what_is_inferred() {
    compare! {
        count(3);

        trait Start {
            fn start() -> Self;
        }

        impl Start for u32 {
            fn start() -> u32 {
                1
            }
        }

        impl Start for u64 {
            fn start() -> u64 {
                2
            }
        }

        fn repeated<T: Start + Clone>(n: usize) -> std::iter::Take<std::iter::Repeat<T>> {
            std::iter::repeat(T::start()).take(n)
        }

        #[desugar]
        async fn numbers(n: usize) -> Result<impl Iterator<Item = u32>, String> {
            pause("p").await;
            let numbers = repeated(n);
            pause("q").await;
            Ok(numbers)
        }

        #[desugar]
        async fn count(n: usize) -> u32 {
            numbers(n).await.unwrap().sum()
        }
    }
}
