//! Other attributes beside `#[desugar]`: what they ask of a function they get, in the order in which they stand.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

#[path = "attributes/spans.rs"]
mod spans;

use async_trait::async_trait;
use desugar_tests::*;
use std::any::type_name;
use std::future::Future;

/// Whether a future is a machine itself, and not an `async fn` around one.
fn is_machine<F: Future>(_: &F) -> bool {
    type_name::<F>().starts_with("desugar::private::machine::Machine<")
        || type_name::<F>().starts_with("desugar::__private::machine::Machine<")
}

/// What the language itself knows leaves the function as it is without: in either order.
#[test]
fn attributes_of_the_language() {
    /// Documented.
    #[desugar::desugar]
    #[must_use = "it counts"]
    #[inline]
    #[allow(non_snake_case)]
    #[expect(unused_variables)]
    #[deprecated(note = "count yourself")]
    #[cfg(test)]
    #[cfg_attr(test, inline(never), cold)]
    #[rustfmt::skip]
    #[doc(alias = "number")]
    async fn below(Number: u32) -> u32 {
        let unused = 1;
        std::future::ready(Number).await
    }

    #[must_use = "it counts"]
    #[inline]
    #[allow(non_snake_case)]
    #[deprecated(note = "count yourself")]
    #[cfg(test)]
    #[clippy::cognitive_complexity = "100"]
    #[desugar::desugar]
    /// Documented.
    async fn above(Number: u32) -> u32 {
        std::future::ready(Number).await
    }

    #[allow(deprecated)]
    let (below, above) = (below(1), above(2));
    assert!(is_machine(&below) && is_machine(&above));
    assert_eq!((desugar::block_on(below), desugar::block_on(above)), (1, 2));
}

#[test]
fn track_caller() {
    compare! {
        located();

        #[desugar]
        async fn located() -> u32 {
            let here = std::panic::Location::caller().line();
            pause("p").await;
            std::panic::Location::caller().line() - here
        }
    }
}

#[test]
fn an_attribute_that_is_not_known_gets_an_async_fn() {
    // It is known to this test only: it leaves an `async fn` alone.
    #[desugar::desugar]
    #[desugar_tests_native::native]
    async fn unknown() -> u32 {
        std::future::ready(1).await
    }

    #[desugar::desugar]
    #[cfg_attr(test, desugar_tests_native::native)]
    fn conditional() -> u32 {
        std::future::ready(1).await
    }

    let (unknown, conditional) = (unknown(), conditional());
    assert!(!is_machine(&unknown) && !is_machine(&conditional));
    assert_eq!(desugar::block_on(unknown), 1);
    assert_eq!(desugar::block_on(conditional), 1);
}

/// The `async fn` that is handed on does what a native one does, drops of arguments included.
#[test]
fn what_is_handed_on_behaves_as_natively() {
    compare! {
        whole(D("a"), D("b"), &D("c"), D("d")), Shelf { d: D("shelf") }.find("label", (D("e"), D("f")));

        #[desugar]
        #[desugar_tests_native::native]
        async fn whole<T: std::fmt::Debug>(a: T, _b: D, c: &D, _: D) -> (T, usize) {
            let local = D("local");
            let n = c.peek().await;
            tick(&local.name());
            pause("p").await;
            (a, n)
        }

        struct Shelf {
            d: D,
        }

        #[desugar]
        impl Shelf {
            #[desugar_tests_native::native]
            async fn find(&self, label: &str, (one, _): (D, D)) -> &D {
                let name = if label.is_empty() { "empty" } else { label };
                pause(name).await;
                self.d.peek().await;
                &self.d
            }
        }
    }
}

mod tokio_runs {
    use desugar::desugar;

    async fn number(n: u32) -> u32 {
        tokio::task::yield_now().await;
        n
    }

    #[desugar]
    #[tokio::main]
    async fn main() -> Result<u32, std::num::ParseIntError> {
        let n: u32 = "1".parse()?;
        Ok(number(n).await + number(2).await)
    }

    #[desugar]
    #[tokio::main(flavor = "current_thread")]
    async fn main_with_arguments() -> u32 {
        number(1).await + number(2).await
    }

    #[test]
    #[cfg_attr(miri, ignore = "needs epoll")]
    fn tokio_main_below() {
        assert_eq!(main(), Ok(3));
        assert_eq!(main_with_arguments(), 3);
    }

    #[desugar]
    #[tokio::test]
    #[cfg_attr(miri, ignore = "needs epoll")]
    async fn tokio_test_below() {
        assert_eq!(number(1).await, 1);
    }

    #[desugar]
    #[cfg_attr(miri, ignore = "needs epoll")]
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn tokio_test_with_arguments_below() {
        let task = tokio::spawn(number(1));
        assert_eq!(task.await.unwrap(), 1);
    }

    #[desugar]
    #[tokio::test]
    #[should_panic(expected = "seen")]
    #[cfg_attr(miri, ignore = "needs epoll")]
    async fn tokio_test_that_should_panic() {
        assert_eq!(number(1).await, 2, "seen");
    }

    #[desugar]
    mod in_a_module {
        #[tokio::test]
        #[cfg_attr(miri, ignore = "needs epoll")]
        async fn tokio_test() {
            let numbers = [super::number(1).await, super::number(2).await];
            assert_eq!(numbers, [1, 2]);
        }
    }

    #[tokio::test]
    #[cfg_attr(miri, ignore = "needs epoll")]
    #[desugar]
    async fn tokio_test_above() {
        assert_eq!(number(1).await, 1);
    }

    #[tokio::main]
    #[desugar]
    async fn main_above() -> u32 {
        number(1).await + number(2).await
    }
}

#[test]
fn instrument_below_is_about_the_body() {
    mod native {
        use desugar_tests::*;

        #[tracing::instrument(skip(d))]
        pub(super) async fn whole(d: D, count: u32) -> usize {
            tracing::info!("begins");
            pause("p").await;
            tracing::info!(count = count, "goes on");
            d.peek().await
        }

        #[tracing::instrument(ret, err, fields(twice = n * 2), name = "parsed")]
        pub(super) async fn fails(n: u32) -> Result<u32, String> {
            pause("p").await;
            if n > 1 { Err("large".to_string()) } else { Ok(n) }
        }
    }

    mod desugared {
        use desugar_tests::*;

        #[desugar::desugar]
        #[tracing::instrument(skip(d))]
        pub(super) async fn whole(d: D, count: u32) -> usize {
            tracing::info!("begins");
            pause("p").await;
            tracing::info!(count = count, "goes on");
            d.peek().await
        }

        #[desugar::desugar]
        #[tracing::instrument(ret, err, fields(twice = n * 2), name = "parsed")]
        pub(super) async fn fails(n: u32) -> Result<u32, String> {
            pause("p").await;
            if n > 1 { Err("large".to_string()) } else { Ok(n) }
        }
    }

    let native = spans::seen(|| {
        drop(native::whole(D("d"), 1));
        desugar::block_on(native::whole(D("d"), 2));
        let _ = desugar::block_on(native::fails(1));
        let _ = desugar::block_on(native::fails(2));
    });
    let desugared = spans::seen(|| {
        drop(desugared::whole(D("d"), 1));
        desugar::block_on(desugared::whole(D("d"), 2));
        let _ = desugar::block_on(desugared::fails(1));
        let _ = desugar::block_on(desugared::fails(2));
    });
    assert!(native.len() > 20, "{native:#?}");
    assert_eq!(native, desugared);
}

/// `#[instrument]` above hands over an `async fn` with an async block in it.
#[test]
fn instrument_above() {
    #[tracing::instrument]
    #[desugar::desugar]
    async fn whole(count: u32) -> u32 {
        tracing::info!("begins");
        std::future::ready(count).await
    }

    let seen = spans::seen(|| assert_eq!(desugar::block_on(whole(1)), 1));
    assert!(seen.iter().any(|line| line.contains("begins")), "{seen:#?}");
}

#[test]
fn async_trait_below() {
    compare! {
        dynamic(&mut Cup(D("cup"))), dynamic(&mut Bowl), Cup(D("cup")).fill("x", D("y"));

        #[desugar]
        #[async_trait(?Send)]
        trait Vessel {
            async fn fill(&mut self, with: &str, d: D) -> usize;

            async fn twice(&mut self, with: &str) -> usize {
                let local = D("local");
                let first = self.fill(with, D("first")).await;
                tick(&local.name());
                first + self.fill("second", D("second")).await
            }
        }

        struct Cup(D);

        #[desugar]
        #[async_trait(?Send)]
        impl Vessel for Cup {
            async fn fill(&mut self, with: &str, d: D) -> usize {
                pause(with).await;
                let old = std::mem::replace(&mut self.0, d);
                self.0.extend().await;
                old.peek().await
            }
        }

        struct Bowl;

        #[desugar]
        #[async_trait(?Send)]
        impl Vessel for Bowl {
            async fn fill(&mut self, with: &str, _: D) -> usize {
                pause(with).await;
                with.len()
            }
        }

        #[desugar]
        async fn dynamic(vessel: &mut (dyn Vessel + '_)) -> usize {
            vessel.twice("with").await
        }
    }
}

#[test]
fn async_trait_that_is_send() {
    #[desugar::desugar]
    #[async_trait]
    trait Count<T: Sync> {
        async fn count(&self, list: &[T]) -> usize;

        async fn twice(&self, list: &[T]) -> usize {
            self.count(list).await + self.count(list).await
        }
    }

    #[desugar::desugar]
    #[async_trait]
    impl<T: Sync> Count<T> for usize {
        async fn count(&self, list: &[T]) -> usize {
            let local = (list, self);
            std::future::ready(*self).await + local.0.len()
        }
    }

    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }

    let count: &(dyn Count<u8> + Sync) = &3;
    assert_eq!(desugar::block_on(is_send(count.twice(&[1, 2]))), 10);
}

#[test]
fn async_trait_above() {
    compare! {
        Cup(D("cup")).fill("x");

        #[async_trait(?Send)]
        trait Vessel {
            async fn fill(&mut self, with: &str) -> usize;
        }

        struct Cup(D);

        #[async_trait(?Send)]
        impl Vessel for Cup {
            #[desugar]
            async fn fill(&mut self, with: &str) -> usize {
                pause(with).await;
                self.0.peek().await
            }
        }
    }
}
