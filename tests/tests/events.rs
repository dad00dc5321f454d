//! Variables in the macros that log: fields that are only a name, and what comes before the format string.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::fmt::Write as _;

/// The grammar of the macros of `tracing`, as far as it matters here.
macro_rules! info {
    ($($tokens:tt)*) => {{
        let mut out = String::new();
        fields!(out $($tokens)*);
        tick(&out);
    }};
}

macro_rules! info_span {
    ($name:literal $(, $($tokens:tt)*)?) => {{
        let mut out = String::from($name);
        $(fields!(out $($tokens)*);)?
        out
    }};
}

macro_rules! event {
    ($level:expr, $($tokens:tt)*) => {
        match $level {
            level if level > 1 => info!($($tokens)*),
            _ => {}
        }
    };
}

macro_rules! fields {
    ($out:ident) => {};
    ($out:ident target: $value:expr, $($rest:tt)*) => {
        field!($out, "target", "{}", $value);
        fields!($out $($rest)*)
    };
    ($out:ident $($name:ident).+ = % $value:expr $(, $($rest:tt)*)?) => {
        field!($out, stringify!($($name).+), "{}", $value);
        fields!($out $($($rest)*)?)
    };
    ($out:ident $($name:ident).+ = ? $value:expr $(, $($rest:tt)*)?) => {
        field!($out, stringify!($($name).+), "{:?}", $value);
        fields!($out $($($rest)*)?)
    };
    ($out:ident $($name:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        field!($out, stringify!($($name).+), "{}", value_of(&$value));
        fields!($out $($($rest)*)?)
    };
    ($out:ident $name:literal = $value:expr $(, $($rest:tt)*)?) => {
        field!($out, $name, "{}", value_of(&$value));
        fields!($out $($($rest)*)?)
    };
    ($out:ident % $($name:ident).+ $(, $($rest:tt)*)?) => {
        field!($out, stringify!($($name).+), "{}", $($name).+);
        fields!($out $($($rest)*)?)
    };
    ($out:ident ? $($name:ident).+ $(, $($rest:tt)*)?) => {
        field!($out, stringify!($($name).+), "{:?}", $($name).+);
        fields!($out $($($rest)*)?)
    };
    ($out:ident $($name:ident).+ $(, $($rest:tt)*)?) => {
        field!($out, stringify!($($name).+), "{}", value_of(&$($name).+));
        fields!($out $($($rest)*)?)
    };
    ($out:ident $($format:tt)+) => {
        write!($out, $($format)+).unwrap();
    };
}

macro_rules! field {
    ($out:ident, $name:expr, $format:literal, $value:expr) => {
        write!($out, concat!("{}=", $format, " "), $name.replace(' ', ""), $value).unwrap();
    };
}

/// What may be a field without saying how it is written.
trait Value {
    fn value(&self) -> String;
}

impl Value for u32 {
    fn value(&self) -> String {
        format!("u32 {self}")
    }
}

impl Value for str {
    fn value(&self) -> String {
        format!("str {self}")
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> String {
        (**self).value()
    }
}

fn value_of(value: &dyn Value) -> String {
    value.value()
}

#[test]
fn fields_that_are_only_a_name() {
    compare! {
        body("host", 2);

        #[desugar]
        async fn body(host: &str, attempt: u32) {
            let d = D("d");
            pause("p").await;
            info!(attempt, %host, ?d, "text");
            info!(attempt, next = attempt + 1, "{}", attempt + 2);
            pause("q").await;
            info!(host, %attempt);
            info!(%d);
        }
    }
}

#[test]
fn fields_with_names() {
    compare! {
        body(3);

        #[desugar]
        async fn body(n: u32) {
            let d = D("d");
            pause("p").await;
            info!(n = 1, "{d}");
            info!(target: "net", user.id = %d, d = n, n = ?d, "a b" = n, "{d} {n:?} {}", n);
            pause("q").await;
            info!(d.name = %d.name(), n = n, "{n}: {m}", m = n > 1);
        }
    }
}

#[test]
fn fields_of_self() {
    compare! {
        (Client { id: 3, name: D("c") }).body();

        struct Client { id: u32, name: D }

        impl Client {
            #[desugar]
            async fn body(&self) {
                let id = self.id;
                pause("p").await;
                info!(%self.id, ?self.name, id, self.id, "{} {id}", self.name);
                pause("q").await;
                info!(%id, %self.name);
            }
        }
    }
}

#[test]
fn fields_of_a_variable() {
    compare! {
        body(Peer { id: 3, name: D("p") }, 2);

        struct Peer { id: u32, name: D }

        #[desugar]
        async fn body(peer: Peer, level: u32) {
            let other = Peer { id: peer.id, name: D("o") };
            pause("p").await;
            info!(peer.id, %peer.name, other.id, "text {}", other.name);
            pause("q").await;
            event!(level + 1, level, ?peer.name, other.id, %other.name);
            peer.name.peek().await;
        }
    }
}

#[test]
fn a_shadowed_field() {
    compare! {
        body(3);

        #[desugar]
        async fn body(n: u32) {
            pause("p").await;
            let n = n + 1;
            info!(n, "first");
            pause("q").await;
            let n = n + 1;
            let f = || info!(n, %n, "{n}");
            f();
            pause("r").await;
            info!(n, "second {n}");
            f();
        }
    }
}

#[test]
fn spans_and_levels() {
    compare! {
        body(2, "GET"), body(1, "PUT");

        #[desugar]
        async fn body(level: u32, method: &str) -> String {
            pause("p").await;
            let span = info_span!("{level}", method, %level);
            event!(level, method, "{level}");
            pause("q").await;
            span + &info_span!("plain")
        }
    }
}

#[test]
fn what_a_log_may_not_evaluate_is_not_moved() {
    macro_rules! debug {
        ($($tokens:tt)*) => {
            if false {
                tick(&format!($($tokens)*));
            }
        };
    }

    compare! {
        body(D("d"));

        fn name(d: D) -> String {
            d.name()
        }

        #[desugar]
        async fn body(d: D) -> u32 {
            pause("p").await;
            debug!("{}", name(d));
            pause("q").await;
            1
        }
    }
}
