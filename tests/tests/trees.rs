//! Variables in the macros that write out lists and objects.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::fmt::Debug;

/// The grammar of `json!`, which borrows its values.
macro_rules! json {
    ($($tokens:tt)+) => {
        tree!((to_value) $($tokens)+)
    };
}

/// The grammar of `doc!`, which takes them.
macro_rules! doc {
    ($($tokens:tt)*) => {
        tree!((into_value) { $($tokens)* })
    };
}

macro_rules! tree {
    (($to:ident) null) => { String::from("null") };
    (($to:ident) [$($tokens:tt)*]) => {{
        let mut list: Vec<String> = vec![];
        tree!(@list list ($to) $($tokens)*);
        format!("[{}]", list.join(" "))
    }};
    (($to:ident) {$($tokens:tt)*}) => {{
        let mut object: Vec<String> = vec![];
        tree!(@object object () ($to) $($tokens)*);
        format!("({})", object.join(" "))
    }};
    (($to:ident) $value:expr) => { $to!($value) };
    (@list $list:ident ($to:ident)) => {};
    (@list $list:ident ($to:ident) null $(, $($rest:tt)*)?) => {
        $list.push(tree!(($to) null));
        $(tree!(@list $list ($to) $($rest)*);)?
    };
    (@list $list:ident ($to:ident) [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $list.push(tree!(($to) [$($inner)*]));
        $(tree!(@list $list ($to) $($rest)*);)?
    };
    (@list $list:ident ($to:ident) {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $list.push(tree!(($to) {$($inner)*}));
        $(tree!(@list $list ($to) $($rest)*);)?
    };
    (@list $list:ident ($to:ident) $value:expr $(, $($rest:tt)*)?) => {
        $list.push(tree!(($to) $value));
        $(tree!(@list $list ($to) $($rest)*);)?
    };
    (@object $list:ident () ($to:ident)) => {};
    (@object $list:ident ($($key:tt)+) ($to:ident) : null $(, $($rest:tt)*)?) => {
        $list.push(key_of($($key)+) + &tree!(($to) null));
        $(tree!(@object $list () ($to) $($rest)*);)?
    };
    (@object $list:ident ($($key:tt)+) ($to:ident) : [$($inner:tt)*] $(, $($rest:tt)*)?) => {
        $list.push(key_of($($key)+) + &tree!(($to) [$($inner)*]));
        $(tree!(@object $list () ($to) $($rest)*);)?
    };
    (@object $list:ident ($($key:tt)+) ($to:ident) : {$($inner:tt)*} $(, $($rest:tt)*)?) => {
        $list.push(key_of($($key)+) + &tree!(($to) {$($inner)*}));
        $(tree!(@object $list () ($to) $($rest)*);)?
    };
    (@object $list:ident ($($key:tt)+) ($to:ident) : $value:expr $(, $($rest:tt)*)?) => {
        $list.push(key_of($($key)+) + &tree!(($to) $value));
        $(tree!(@object $list () ($to) $($rest)*);)?
    };
    (@object $list:ident ($($key:tt)*) ($to:ident) $next:tt $($rest:tt)*) => {
        tree!(@object $list ($($key)* $next) ($to) $($rest)*);
    };
}

macro_rules! to_value {
    ($value:expr) => {
        value_of(&$value)
    };
}

macro_rules! into_value {
    ($value:expr) => {{
        let value = $value;
        value_of(&value)
    }};
}

fn value_of(value: &dyn Debug) -> String {
    let text = format!("{value:?}");
    tick(&text);
    text
}

fn key_of(key: impl Into<String>) -> String {
    key.into() + "="
}

#[test]
fn an_object_that_borrows() {
    compare! {
        body("user", 3);

        #[desugar]
        async fn body(name: &str, n: u32) -> String {
            let d = D("d");
            let key = String::from("key");
            let e = D("e");
            pause("p").await;
            let text = json!({
                "name": name,
                "d": d,
                "list": [n, d.name(), null, { "e": e.name() }, [n + 1]],
                key: { "inner": e, "sum": n + 2, },
                (format!("{n}")): null,
            });
            pause("q").await;
            text + &d.name() + &json!(n) + &json!([]) + &json!({}) + &json!(null)
        }
    }
}

#[test]
fn values_that_are_used_up() {
    compare! {
        body(D("d"), D("e"));

        struct Named(D);

        impl Named {
            fn into_name(self) -> String {
                self.0.name()
            }
        }

        #[desugar]
        async fn body(d: D, e: D) -> String {
            let named = Named(D("named"));
            pause("p").await;
            let text = json!({ "named": named.into_name(), "d": d });
            pause("q").await;
            let doc = doc! { "e": e, "list": [d.name()], "text": text.as_str() };
            pause("r").await;
            text + &doc
        }
    }
}

#[test]
fn as_an_argument_of_an_awaited_call() {
    compare! {
        body(3, D("d"));

        async fn send(route: String, body: &String) -> usize {
            pause("send").await;
            body.len() + route.len()
        }

        #[desugar]
        async fn body(n: u32, d: impl Debug) -> usize {
            let route = format!("route/{n}");
            let sent = send(route, &json!({ "n": n, "d": d })).await;
            sent + send(String::new(), &json!({ "n": n })).await
        }
    }
}

#[test]
fn fields_with_colons_in_other_macros() {
    macro_rules! point {
        ($($name:ident: $value:expr),*) => { vec![$((stringify!($name), $value)),*] };
    }

    compare! {
        body(1, 2);

        #[desugar]
        async fn body(x: u32, y: u32) -> (Vec<(&'static str, u32)>, u32) {
            pause("p").await;
            let points = point!(x: x, y: y + 1);
            pause("q").await;
            (points, x)
        }
    }
}

#[test]
fn an_awaited_length() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> Vec<String> {
            let list = vec![d.name(); d.peek().await + 1];
            vec![note("element", list[0].len()); value("length", 2).await].iter().map(|n| n.to_string()).collect()
        }
    }
}
