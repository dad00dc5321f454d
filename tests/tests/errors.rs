//! Macros that make errors, and that return them.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::fmt::Display;

#[derive(Debug)]
struct Error(String);

type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(message: impl Display) -> Error {
        tick("error");
        Error(message.to_string())
    }
}

impl From<D> for Error {
    fn from(d: D) -> Error {
        Error::new(d)
    }
}

macro_rules! anyhow {
    ($format:literal $($rest:tt)*) => {
        Error::new(format!($format $($rest)*))
    };
    ($error:expr) => {
        match $error {
            error => Error::from(error),
        }
    };
}

macro_rules! bail {
    ($($tokens:tt)*) => {
        return Err(anyhow!($($tokens)*))
    };
}

macro_rules! ensure {
    ($condition:expr $(,)?) => {
        if !$condition {
            return Err(Error::new("condition failed"));
        }
    };
    ($condition:expr, $($tokens:tt)*) => {
        if !$condition {
            return Err(anyhow!($($tokens)*));
        }
    };
}

#[test]
fn errors_of_a_format_or_a_value() {
    compare! {
        body(D("d"), None), body(D("d"), Some(1));

        #[desugar]
        async fn body(d: D, n: Option<usize>) -> Result<usize> {
            let e = D("e");
            pause("p").await;
            let n = value("n", n).await.ok_or_else(|| anyhow!("no {d}, {}", d.name()))?;
            pause("q").await;
            Err(anyhow!(e)).or(Ok::<_, Error>(n + d.name().len()))
        }
    }
}

#[test]
fn returning_a_format_or_a_value() {
    compare! {
        body(D("d"), 0), body(D("d"), 1), body(D("d"), 2), body(D("d"), 3);

        #[desugar]
        async fn body(d: D, n: u32) -> Result<usize> {
            let width = 5;
            pause("p").await;
            match n {
                0 => bail!("{d:>width$} and {}", n),
                1 => bail!(d),
                2 => bail!("{}: {d}", value("reason", D("r")).await.name()),
                n => {
                    pause("q").await;
                    Ok(d.name().len())
                }
            }
        }
    }
}

#[test]
fn returning_in_a_loop_that_refills() {
    compare! {
        body(0), body(1), body(3);

        async fn step(role: D) -> D {
            pause("step").await;
            D(format!("{role}'"))
        }

        #[desugar]
        async fn body(limit: usize) -> Result<D> {
            let mut role = D("role");
            let mut rounds = 0;
            loop {
                let next = step(role).await;
                if rounds == limit {
                    bail!("{next} in round {rounds}");
                }
                rounds += 1;
                if rounds == 3 {
                    return Ok(next);
                }
                role = next;
            }
        }
    }
}

#[test]
fn ensuring() {
    compare! {
        body(D("d"), 0), body(D("d"), 1), body(D("d"), 2), body(D("d"), 3), body(D("d"), 4);

        #[desugar]
        async fn body(d: D, n: usize) -> Result<usize> {
            let e = D("e");
            ensure!(n > 0, "{e}");
            pause("p").await;
            ensure!(n > 1, "{d} {}", e.name());
            ensure!(n > 2, e);
            let f = || {
                ensure!(n > 4, "in a closure: {d}");
                Ok(1)
            };
            pause("q").await;
            ensure!(value("n", n).await > 3);
            Ok(f().unwrap_or(7))
        }
    }
}

#[test]
fn ensuring_with_other_results() {
    compare! {
        body(3), body(2), body(1), body(0);

        #[desugar]
        async fn body(n: usize) -> std::result::Result<usize, Error> {
            let inner = async {
                ensure!(n != 3, "n is {n}");
                pause("inner").await;
                Ok(n)
            };
            let n = inner.await?;
            unit(n).await?;
            Ok(n)
        }

        #[desugar]
        async fn unit(n: usize) -> Result<()> {
            pause("p").await;
            ensure!(n != 2);
            while n == 1 {
                ensure!(n == value("n", 0).await, "one");
            }
            Ok(())
        }
    }
}

#[test]
fn macros_that_say_that_they_return() {
    macro_rules! fail {
        ($error:expr) => {
            return Err(From::from($error));
        };
    }

    macro_rules! unwrap_or_return {
        ($option:expr, $error:expr) => {
            match $option {
                Some(value) => value,
                None => return Err($error),
            }
        };
    }

    compare! {
        body(Some(D("d")), 1), body(Some(D("d")), 0), body(None, 1);

        #[desugar]
        async fn body(option: Option<D>, n: usize) -> Result<usize> {
            let e = D("e");
            pause("p").await;
            let d = unwrap_or_return!(option.as_ref(), Error::new("none"));
            if n == 0 {
                fail!(D(format!("{d} {e}")));
            }
            pause("q").await;
            Ok(d.name().len())
        }
    }
}

#[test]
fn macros_that_return_by_their_names() {
    macro_rules! fail {
        ($text:expr) => {
            return Err(String::from($text))
        };
    }
    macro_rules! check_even {
        ($n:expr) => {
            if $n % 2 != 0 {
                return Err(format!("{} is odd", $n));
            }
        };
    }
    compare! {
        body(0);
        body(1);
        body(2);

        #[desugar]
        async fn body(n: u32) -> Result<D, String> {
            let d = D("local");
            pause("p").await;
            check_even!(n);
            Ok(match n {
                0 => {
                    fail!("none");
                }
                _ => fetch("d").await,
            })
        }
    }
}
