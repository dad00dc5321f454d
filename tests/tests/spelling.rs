//! The other spelling: a plain `fn` with explicit `.await` means the same as the `async fn`.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn plain_function() {
    compare! {
        body(D("a"), 1);

        #[desugar]
        fn body(a: D, n: u32) -> u32 {
            let d = D("d");
            let m = value("v", n).await;
            consume(a).await;
            tick(&d.name());
            m + n
        }
    }
}

#[test]
fn plain_function_without_a_return_type() {
    compare! {
        body(&D("a"));

        #[desugar]
        pub(crate) fn body(a: &D) {
            a.peek().await;
            pause("p").await;
        }
    }
}

#[test]
fn plain_function_with_generics() {
    compare! {
        body(&[D("a"), D("b")], D("c"));

        #[desugar]
        fn body<'a, T, U>(list: &'a [T], other: U) -> Option<&'a T>
        where
            T: PartialEq<U>,
        {
            for x in list {
                pause("p").await;
                if *x == other {
                    return Some(x);
                }
            }
            list.first()
        }
    }
}

#[test]
fn plain_methods() {
    compare! {
        S { d: D("d"), n: 1 }.run();

        struct S {
            d: D,
            n: usize,
        }

        impl S {
            #[desugar]
            fn run(mut self) -> Result<usize, String> {
                self.step().await;
                let more = success("more", 2).await?;
                Ok(self.look(more).await + self.n)
            }

            #[desugar]
            fn step(&mut self) {
                pause("step").await;
                self.n += 1;
            }

            #[desugar]
            fn look(&self, more: usize) -> usize {
                self.d.peek().await + more
            }
        }
    }
}

#[test]
fn both_spellings_side_by_side() {
    use desugar_tests::driver::compare;

    #[desugar::desugar]
    async fn with_async(a: D) -> D {
        pause("p").await;
        a
    }

    #[desugar::desugar]
    fn without_async(a: D) -> D {
        pause("p").await;
        a
    }

    compare(&|run| run.case("body", |run| run.drive(with_async(D("a")))), &|run| {
        run.case("body", |run| run.drive(without_async(D("a"))))
    });
}
