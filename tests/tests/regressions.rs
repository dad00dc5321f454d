//! What once differed from native or was unsound, each by what it was.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn guard_that_panics_over_a_taken_scrutinee() {
    compare! {
        body(Some(D("d")), true), body(Some(D("d")), false), body(None, true);

        #[desugar]
        async fn body(option: Option<D>, flag: bool) -> usize {
            pause("p").await;
            let n = match option {
                Some(d) if { tick("guard"); flag } => consume(d).await,
                Some(d) => d.name().len(),
                None => 0,
            };
            pause("q").await;
            n
        }
    }
}

#[test]
fn receiver_in_braces_whose_arguments_await() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> usize {
            let n = { d }.finish().await;
            n + make("e").joined(value("v", 3).await)
        }

        fn make(name: &str) -> Joined {
            Joined(D(name))
        }

        struct Joined(D);

        impl Joined {
            fn joined(self, n: usize) -> usize {
                self.0.name().len() + n
            }
        }
    }
}

#[test]
fn receiver_read_by_its_arguments() {
    compare! {
        body(vec![D("a"), D("b")]);

        #[desugar]
        async fn body(mut list: Vec<D>) -> usize {
            for d in list.iter_mut() {
                pause("p").await;
                d.rename(format!("{}!", d.name()));
            }
            list.len()
        }
    }
}

#[test]
fn value_moved_before_a_panic() {
    compare! {
        body(D("d"), 1), body(D("d"), 0);

        #[desugar]
        async fn body(d: D, n: u32) -> usize {
            pause("p").await;
            if n == 0 {
                drop(d);
                panic!("no n");
            }
            pause("q").await;
            d.name().len()
        }
    }
}
