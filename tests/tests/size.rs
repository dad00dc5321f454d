//! The size of the futures, natively and desugared.

#![allow(unused, clippy::all, reason = "the bodies are measured, never run")]

use desugar_tests::{probe::Probe, *};

twice! {
    #[desugar]
    pub(crate) async fn empty() {}

    #[desugar]
    pub(crate) async fn one_await() {
        std::future::ready(()).await;
    }

    #[desugar]
    pub(crate) async fn argument_used_before(buffer: [u8; 512]) -> usize {
        let n = buffer.len();
        std::future::ready(()).await;
        n
    }

    #[desugar]
    pub(crate) async fn argument_survives(buffer: [u8; 512]) -> usize {
        std::future::ready(()).await;
        buffer.len()
    }

    #[desugar]
    pub(crate) async fn argument_passed_on(buffer: [u8; 512]) -> usize {
        argument_survives(buffer).await
    }

    #[desugar]
    pub(crate) async fn argument_passed_on_twice(buffer: [u8; 512]) -> usize {
        argument_passed_on(buffer).await
    }

    #[desugar]
    pub(crate) async fn exclusive_branches(flag: bool) -> usize {
        if flag {
            let a = [1u8; 512];
            std::future::ready(()).await;
            a.len()
        } else {
            let b = [2u8; 512];
            std::future::ready(()).await;
            b.len()
        }
    }

    #[desugar]
    pub(crate) async fn disjoint_scopes() -> usize {
        let n = {
            let a = [1u8; 512];
            std::future::ready(()).await;
            a.len()
        };
        let b = [2u8; 512];
        std::future::ready(()).await;
        n + b.len()
    }

    #[desugar]
    pub(crate) async fn staggered_lifetimes() -> usize {
        let a = [1u8; 512];
        std::future::ready(()).await;
        let n = a.len();
        let b = [2u8; 512];
        std::future::ready(()).await;
        n + b.len()
    }

    #[desugar]
    pub(crate) async fn two_over_one_await() -> usize {
        let a = [1u8; 512];
        let b = [2u8; 512];
        std::future::ready(()).await;
        a.len() + b.len()
    }

    #[desugar]
    pub(crate) async fn local_future_awaited() -> usize {
        let future = argument_survives([0; 512]);
        future.await
    }

    #[desugar]
    pub(crate) async fn copy_loop(mut from: Source, mut to: Sink) -> Result<usize, String> {
        let mut buffer = [0; 512];
        let mut total = 0;
        loop {
            let n = from.read(&mut buffer).await;
            if n == 0 {
                return Ok(total);
            }
            total += to.write(&buffer[..n]).await?;
        }
    }
}

macro_rules! rows {
    ($($name:ident($($argument:expr),*)),+ $(,)?) => {
        [$((
            stringify!($name),
            Probe::of(|| native::$name($($argument),*)).size(),
            Probe::of(|| desugared::$name($($argument),*)).size(),
        )),+]
    };
}

fn any<T>() -> T {
    unreachable!("only measured")
}

/// Where the layout does not share storage yet; each name that goes away is a gain.
const LARGER_SO_FAR: [&str; 1] = ["staggered_lifetimes"];

#[test]
fn never_above_native() {
    let rows = rows! {
        empty(),
        one_await(),
        argument_used_before(any()),
        argument_survives(any()),
        argument_passed_on(any()),
        argument_passed_on_twice(any()),
        exclusive_branches(any()),
        disjoint_scopes(),
        staggered_lifetimes(),
        two_over_one_await(),
        local_future_awaited(),
        copy_loop(any(), any()),
    };
    let mut table = String::new();
    let mut larger = 0;
    for (name, native, desugared) in rows {
        larger += usize::from(desugared > native && !LARGER_SO_FAR.contains(&name));
        table += &format!("{} {name:26} {native:6} {desugared:9}\n", if desugared > native { '>' } else { ' ' });
    }
    println!("  {:26} native desugared\n{table}", "bytes");
    assert_eq!(larger, 0, "larger than native:\n{table}");
}
