//! Panics of the body itself; the driver injects one at every tick and drop of every other test as well.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn panic_before_the_first_await() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let _b = D("b");
            if a.name() == "a" {
                panic!("early {a}");
            }
            pause("never").await;
            0
        }
    }
}

#[test]
fn panic_after_an_await_with_moved_locals() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let b = D("b");
            let c = D("c");
            pause("p").await;
            drop(b);
            assert_eq!(consume(a).await, 2, "{c}");
            0
        }
    }
}

#[test]
fn index_out_of_bounds() {
    compare! {
        body(vec![1, 2]);

        #[desugar]
        async fn body(list: Vec<u32>) -> u32 {
            let _d = D("d");
            let i = value("index", 2).await;
            list[i]
        }
    }
}

#[test]
fn unwrap_of_an_awaited_error() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let _d = D("d");
            let n: u32 = failing("f").await.unwrap();
            n + 1
        }
    }
}

#[test]
fn panic_while_arguments_are_half_built() {
    compare! {
        body();

        fn three(_: D, n: u32, _: D) -> u32 {
            n
        }

        #[desugar]
        async fn body() -> u32 {
            let _a = D("a");
            three(D("first"), value("second", 2).await, note("third", D("third")))
        }
    }
}

#[test]
fn panic_in_a_branch() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) {
            let a = D("a");
            let b = D("b");
            if flag {
                drop(a);
                pause("p").await;
                tick("then");
            } else {
                pause("q").await;
                drop(b);
                tick("else");
            }
            tick("end");
        }
    }
}

#[test]
fn panic_between_rounds() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut held = Vec::new();
            for i in 0..2 {
                tick("head");
                let d = D(format!("d{i}"));
                pause("p").await;
                tick("middle");
                held.push(d);
            }
            held.len() as u32
        }
    }
}

#[test]
fn caught_panic_of_a_synchronous_part() {
    compare! {
        body();

        #[desugar]
        async fn body() -> bool {
            let d = D("d");
            pause("p").await;
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _e = D("e");
                assert_eq!(d.name(), "other");
            }));
            pause("q").await;
            result.is_err()
        }
    }
}
