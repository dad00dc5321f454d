//! Survivors and awaits inside macros.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::fmt::Write as _;

#[test]
fn inline_captures_of_survivors() {
    compare! {
        body(D("a"), 1.5);

        #[desugar]
        async fn body(a: D, x: f64) -> String {
            let n = 7;
            let width = 6;
            pause("p").await;
            let text = format!("{a} {a:?} {x:.2} {n:>width$} {n:#x} {{a}}");
            pause("q").await;
            format!("{text} {n:?} {a:>5}|{0:?}", a)
        }
    }
}

#[test]
fn format_with_awaited_arguments() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            let d = D("d");
            let text = format!("{} {} {}", note("first", 1), value("second", 2).await, d);
            pause("p").await;
            format!("{text} {d} {n}", n = value("named", 3).await)
        }
    }
}

#[test]
fn assert_macros() {
    compare! {
        body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let d = D("d");
            assert!(n > 1, "{d}");
            assert_eq!(value("left", n).await, 2, "{d} {}", n);
            pause("p").await;
            assert_ne!(n, 0);
            assert!(value("condition", n == 2).await);
            debug_assert_eq!(d.name(), "d");
            n
        }
    }
}

#[test]
fn vec_and_matches() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (Vec<u32>, Vec<u32>, bool) {
            let n = 3;
            let list = vec![note("a", 1), value("b", 2).await, n];
            let filled = vec![value("c", n).await; 2];
            let some = matches!(value("d", Some(n)).await, Some(3));
            pause("p").await;
            (list, filled, some && matches!(n, 1..=5))
        }
    }
}

#[test]
fn write_to_a_survivor() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Result<String, std::fmt::Error> {
            let mut out = String::new();
            let d = D("d");
            write!(out, "{d} ")?;
            pause("p").await;
            writeln!(out, "{}", d.name())?;
            write!(&mut out, "{}", value("awaited", 4).await)?;
            Ok(out)
        }
    }
}

#[test]
fn panic_macros_with_captures() {
    compare! {
        body(0), body(1), body(2), body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let d = D("d");
            pause("p").await;
            match n {
                0 => panic!("{d} panics"),
                1 => unreachable!("{} {d}", n),
                2 => todo!(),
                _ => unimplemented!("not {n}"),
            }
        }
    }
}

macro_rules! double {
    ($x:expr) => {
        $x + $x
    };
}

macro_rules! logged {
    ($name:ident, $($rest:tt)*) => {{
        tick(stringify!($name));
        let $name = $($rest)*;
        $name
    }};
}

#[test]
fn user_macros_with_survivors() {
    compare! {
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let m = 3;
            pause("p").await;
            let sum = double!(n) + double!(m * n);
            pause("q").await;
            let other = logged!(other, sum + m);
            pause("r").await;
            other + sum
        }
    }
}

#[test]
fn stringify_keeps_the_source() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (String, &'static str) {
            let d = D("d");
            pause("p").await;
            let text = stringify!(d + other);
            pause("q").await;
            (format!("{d}"), text)
        }
    }
}

#[test]
fn dbg_like_and_nested_macros() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<String> {
            let d = D("d");
            let n = 1;
            pause("p").await;
            let list = vec![format!("{d}{n}"), format!("{}", format_args!("{n}-{d}")), [d.name(), n.to_string()].concat()];
            pause("q").await;
            assert!(matches!(list.as_slice(), [first, ..] if *first == format!("{d}1")), "{list:?}");
            list
        }
    }
}

#[test]
fn macro_in_a_condition_and_an_operand() {
    compare! {
        body(Some(D("some"))), body(None);

        #[desugar]
        async fn body(option: Option<D>) -> usize {
            if matches!(&option, Some(d) if d.name().len() == 4) {
                pause("four").await;
            }
            let text = format!("{option:?}");
            pause("p").await;
            show(&D(format!("{text}{}", option.is_some()))).await.len()
        }
    }
}

#[test]
fn pin_macro() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut future = std::pin::pin!(d.peek());
            tick("pinned");
            let n = future.as_mut().await;
            pause("p").await;
            n
        }
    }
}

#[test]
fn thread_local_and_const_items_from_macros() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, &'static str, bool) {
            let line = line!() > 0;
            let d = D("d");
            pause(concat!("a", "b")).await;
            drop(d);
            (u32::from(cfg!(test)), env!("CARGO_PKG_NAME"), line)
        }
    }
}

#[test]
fn print_macros() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let d = D("d");
            print!("");
            pause("p").await;
            println!("{d} {}", value("printed", 1).await);
            eprintln!("{d:?}");
            1
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Refused by design.
fn macro_defined_in_the_body() {
    compare! {
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let mut sum = n;
            macro_rules! add {
                ($x:expr) => {
                    sum += $x
                };
            }
            pause("p").await;
            add!(n);
            pause("q").await;
            add!(1);
            sum
        }
    }
}

#[test]
fn items_that_macros_declare() {
    macro_rules! declare {
        ($(#[$attribute:meta])* struct $name:ident { $field:ident: $ty:ty }) => {
            $(#[$attribute])*
            struct $name { $field: $ty }
        };
    }

    compare! {
        body(1), body(2);

        #[desugar]
        async fn body(amount: u64) -> u64 {
            let d = D("d");
            declare! {
                /// Declared after a statement, and used before and after an await.
                #[derive(Clone)]
                struct Parcel { amount: u64 }
            }

            impl Parcel {
                fn get(&self) -> u64 {
                    COUNT.with(|count| count.set(self.amount));
                    self.amount
                }
            }

            thread_local! {
                static COUNT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
            }

            let parcel = Parcel { amount };
            let n = value("p", parcel.get()).await;
            if n == 2 {
                thread_local!(static INNER: u64 = 7);
                pause("inner").await;
                return INNER.with(|inner| *inner);
            }
            COUNT.with(|count| count.replace(0)) + Parcel { amount: n }.clone().get()
        }
    }
}
