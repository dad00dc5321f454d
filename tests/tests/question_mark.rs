//! `?` on `Result` and `Option`, before, after and on an await.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[derive(Debug)]
enum Error {
    Text(String),
    Number(std::num::ParseIntError),
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        tick("from");
        Error::Text(text)
    }
}

impl From<std::num::ParseIntError> for Error {
    fn from(error: std::num::ParseIntError) -> Self {
        Error::Number(error)
    }
}

#[test]
fn on_an_awaited_result() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(fails: bool) -> Result<u32, String> {
            let a = D("a");
            let n = success("first", 1).await?;
            let _b = D("b");
            let m: u32 = if fails { failing("second").await? } else { success("second", 2).await? };
            consume(a).await;
            Ok(n + m)
        }
    }
}

#[test]
fn with_a_conversion_of_the_error() {
    compare! {
        body("12"), body("x"), body("0");

        #[desugar]
        async fn body(text: &str) -> Result<u32, Error> {
            let _d = D("d");
            let n = parse(text).await?;
            if n == 0 {
                failing("zero").await?
            }
            Ok(n)
        }
    }
}

#[test]
fn on_an_option() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(there: bool) -> Option<usize> {
            let _a = D("a");
            let d = if there { some("d", D("d")).await? } else { missing("d").await? };
            pause("p").await;
            Some(d.name().len())
        }
    }
}

#[test]
fn synchronous_between_awaits() {
    compare! {
        body("5"), body("five");

        #[desugar]
        async fn body(text: &str) -> Result<u32, Error> {
            let a = D("a");
            pause("p").await;
            let n: u32 = text.parse()?;
            let b = D("b");
            pause("q").await;
            let first = text.chars().next().ok_or_else(|| "empty".to_string())?;
            tick(&format!("{a}{b}{first}"));
            Ok(n)
        }
    }
}

#[test]
fn before_the_first_await() {
    compare! {
        body(Some(1)), body(None);

        #[desugar]
        async fn body(n: Option<u32>) -> Option<u32> {
            let _d = D("d");
            let n = n?;
            let m = value("v", n).await;
            Some(n + m)
        }
    }
}

#[test]
fn as_the_tail() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(fails: bool) -> Result<D, String> {
            let _a = D("a");
            let _b = D("b");
            if fails { failing("f").await } else { Ok(success("s", D("out")).await?) }
        }
    }
}

#[test]
fn in_a_loop() {
    compare! {
        body(vec!["1", "2"]), body(vec!["1", "x", "3"]);

        #[desugar]
        async fn body(texts: Vec<&str>) -> Result<u32, Error> {
            let mut sum = 0;
            for text in texts {
                let _d = D(text);
                sum += parse(text).await?;
            }
            Ok(sum)
        }
    }
}

#[test]
fn in_the_middle_of_an_expression() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(fails: bool) -> Result<u32, String> {
            let first = note("first", 1);
            let d = D("d");
            let sum = first
                + note("second", success("second", 2).await?)
                + if fails { failing("third").await? } else { 3 };
            tick(&d.name());
            Ok(sum)
        }
    }
}

#[test]
fn chained_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Result<u32, String> {
            let pool = Pool::new("pool");
            let n = pool.get().await?.query(1).await?;
            let m = Pool::new("other").get().await?.get().await?.query(n).await?;
            Ok(n + m)
        }
    }
}

#[test]
fn map_err_and_ok_or() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(fails: bool) -> Result<u32, usize> {
            let d = D("d");
            let result = if fails { failing("f").await } else { success("s", 1).await };
            let n = result.map_err(|e| e.len() + d.name().len())?;
            let m = some("m", n).await.ok_or(0usize)?;
            Ok(n + m)
        }
    }
}

#[test]
fn option_of_result_transposed() {
    compare! {
        body(Some("3")), body(Some("x")), body(None);

        #[desugar]
        async fn body(text: Option<&str>) -> Result<Option<u32>, Error> {
            let _d = D("d");
            let Some(text) = text else { return Ok(None) };
            match parse(text).await {
                Ok(n) => Ok(Some(value("n", n).await)),
                Err(e) => Err(e)?,
            }
        }
    }
}

#[test]
fn boxed_dyn_error() {
    compare! {
        body("1"), body("x"), body("0");

        #[desugar]
        async fn body(text: &str) -> Result<u32, Box<dyn std::error::Error>> {
            let _d = D("d");
            let n: u32 = parse(text).await?;
            if n == 0 {
                return Err("zero".into());
            }
            pause("p").await;
            Err(std::io::Error::other("last"))?
        }
    }
}

#[test]
fn control_flow() {
    use std::ops::ControlFlow;
    compare! {
        body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> ControlFlow<D, u32> {
            let _d = D("d");
            let flow = if n == 1 { ControlFlow::Break(D("broken")) } else { ControlFlow::Continue(n) };
            let m = value("flow", flow).await?;
            ControlFlow::Continue(m + 1)
        }
    }
}

#[test]
fn in_an_inner_closure() {
    compare! {
        body("4"), body("x");

        #[desugar]
        async fn body(text: &str) -> usize {
            let check = |t: &str| -> Result<u32, std::num::ParseIntError> {
                let n: u32 = t.parse()?;
                Ok(n + 1)
            };
            let result = check(text);
            pause("p").await;
            match result {
                Ok(n) => n as usize,
                Err(_) => value("err", text.len()).await,
            }
        }
    }
}

#[test]
fn ok_unit_at_the_end() {
    compare! {
        body(&mut Sink::default(), b"ok"), body(&mut Sink::default(), b"!");

        #[desugar]
        async fn body(sink: &mut Sink, bytes: &[u8]) -> Result<(), String> {
            sink.write(b"head").await?;
            sink.write(bytes).await?;
            for byte in bytes {
                sink.write(std::slice::from_ref(byte)).await?;
            }
            Ok(())
        }
    }
}
