//! What macros that are not known capture inline, in their strings: a mention like any other.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

/// A macro that hands its tokens on: nothing tells that its string is a format.
macro_rules! log {
    ($($tokens:tt)*) => {
        tick(&format!($($tokens)*))
    };
}

macro_rules! text {
    ($($tokens:tt)*) => {
        format!($($tokens)*)
    };
}

#[test]
fn the_last_mention() {
    compare! {
        body("a");

        #[desugar]
        async fn body(s: &str) {
            value(s, 1).await;
            pause("p").await;
            log!("{s}");
        }
    }
}

#[test]
fn the_only_mention_after_an_await() {
    compare! {
        body(vec![D("a"), D("b")]);

        #[desugar]
        async fn body(list: Vec<D>) {
            for d in list.iter() {
                pause("p").await;
                log!("{d}");
            }
            for (n, d) in list.iter().enumerate() {
                pause("q").await;
                log!("{n} {d:?}");
            }
            for d in list {
                pause("r").await;
                log!("{d:>4} is gone");
            }
        }
    }
}

#[test]
fn beside_a_move_on_another_way() {
    compare! {
        body(D("d"), true), body(D("d"), false);

        #[desugar]
        async fn body(d: D, flag: bool) -> usize {
            pause("p").await;
            if flag {
                log!("{d} goes");
                return consume(d).await;
            }
            pause("q").await;
            log!("{d} stays");
            0
        }
    }
}

#[test]
fn widths_and_precisions() {
    compare! {
        body(5, 1.5);

        #[desugar]
        async fn body(width: usize, x: f64) -> String {
            let precision = 2;
            pause("p").await;
            log!("{x:width$}");
            let f = |n: u32| text!("{n:>width$}|{x:.precision$}");
            pause("q").await;
            f(1) + &text!("{:width$.precision$}", x)
        }
    }
}

#[test]
fn a_shadowed_variable() {
    compare! {
        body(vec![1, 2]);

        #[desugar]
        async fn body(id: Vec<u32>) -> String {
            let first = &id;
            pause("p").await;
            let id = id.len();
            log!("{id} {first:?}");
            pause("q").await;
            let id = D(format!("{}{id}", first[0]));
            let mut text = text!("{id}");
            for id in first.iter() {
                pause("r").await;
                log!("{id:02}");
                text += &(text!("{id}") + &text!("{id:?}"));
            }
            text + &text!("{id:?}")
        }
    }
}

#[test]
fn a_variable_with_the_name_of_a_function() {
    compare! {
        body();

        fn name() -> D {
            D("called")
        }

        #[desugar]
        async fn body() -> String {
            let name = name();
            pause("p").await;
            log!("{name}");
            pause("q").await;
            text!("{name}!")
        }
    }
}

#[test]
fn an_address() {
    compare! {
        body();

        #[desugar]
        async fn body() -> bool {
            let n = 1;
            let r = &n;
            pause("p").await;
            let same = text!("{r:p}") == text!("{:p}", &n);
            let r = Box::new(2);
            pause("q").await;
            same && text!("{r:p}") == text!("{:p}", &*r)
        }
    }
}

#[test]
fn in_arms_and_guards() {
    compare! {
        body(Ok(D("a"))), body(Err("no".to_string())), body(Err("other".to_string()));

        #[desugar]
        async fn body(result: Result<D, String>) -> String {
            pause("p").await;
            match result {
                Ok(d) => {
                    pause("q").await;
                    text!("{d}")
                }
                Err(e) if { log!("{e}"); text!("{e}") == "no" } => {
                    let n = e.len();
                    pause("r").await;
                    log!("{n}");
                    e
                }
                Err(e) => text!("{e}!"),
            }
        }
    }
}

#[test]
fn in_closures() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> String {
            let n = 1;
            let f = || text!("{d}{n}");
            pause("p").await;
            let text = f();
            let g = move |m: u32| text!("{m}{d}{text}");
            pause("q").await;
            g(2)
        }
    }
}

#[test]
fn in_async_blocks() {
    compare! {
        body(D("d"), 4);

        #[desugar]
        async fn body(d: D, width: usize) -> String {
            let first = async {
                pause("p").await;
                text!("{d:width$}")
            };
            let text = first.await;
            let second = async move {
                pause("q").await;
                let text = text!("{d}{text}");
                pause("r").await;
                text!("{text:?}")
            };
            second.await
        }
    }
}

#[test]
fn a_string_that_only_looks_like_a_format() {
    macro_rules! same {
        ($text:literal) => {
            $text
        };
    }

    compare! {
        body(1);

        #[desugar]
        async fn body(n: u32) -> (&'static str, u32) {
            let name = "a";
            pause("p").await;
            let name = same!("{name} {n}");
            pause("q").await;
            (name, n)
        }
    }
}

#[test]
fn statements_of_a_macro() {
    macro_rules! twice {
        ($text:literal) => {
            tick(&format!($text));
            tick(&format!($text));
        };
    }

    compare! {
        body(1);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let m = n;
            pause("p").await;
            let n = m + n;
            twice!("{n} {m}");
            pause("q").await;
            if n > 0 {
                twice!("{n}");
            }
            n
        }
    }
}

#[test]
fn errors_that_return() {
    macro_rules! bail {
        ($($tokens:tt)*) => { return Err(format!($($tokens)*)) };
    }

    macro_rules! anyhow {
        ($($tokens:tt)*) => { format!($($tokens)*) };
    }

    compare! {
        body("a", 0), body("a", 1), body("a", 2);

        #[desugar]
        async fn body(id: &str, n: u32) -> Result<usize, String> {
            let len = fetch(id).await.name().len();
            let n = value("n", (n > 0).then_some(n)).await.ok_or_else(|| anyhow!("no {id}"))?;
            if n > 1 {
                pause("q").await;
                bail!("too many of {id}: {n}");
            }
            pause("p").await;
            Ok(len)
        }
    }
}

#[test]
fn the_receiver_in_a_known_macro() {
    compare! {
        (Named(D("s"))).body();

        struct Named(D);

        impl std::fmt::Display for Named {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self:?}")
            }
        }

        impl std::fmt::Debug for Named {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "<{}>", self.0)
            }
        }

        impl Named {
            #[desugar]
            async fn body(self) -> String {
                pause("p").await;
                let text = format!("{self}");
                pause("q").await;
                format!("{text}{self:?}{n}", n = value("n", 1).await)
            }
        }
    }
}

#[test]
fn a_closure_changes_what_no_await_keeps() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            fn call(change: impl FnOnce(usize)) {
                change(3);
            }
            let mut length = 0;
            let mut text: usize = 1;
            call(|n| {
                length = n;
                text += n;
            });
            let d = D("d");
            let n = value("n", length + text).await;
            drop(d);
            pause("p").await;
            n
        }
    }
}
