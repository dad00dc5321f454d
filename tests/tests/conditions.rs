//! `#[cfg]` inside of functions: what is there is as natively, and what is not is not. And attributes in the body that
//! change nothing.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn statements() {
    compare! {
        body(D("d"));

        #[desugar]
        async fn body(d: D) -> u32 {
            #[cfg(test)]
            let n = value("there", 1).await;
            #[cfg(not(test))]
            let n = value("not there", unknown()).await;
            #[cfg(not(test))]
            drop(d);
            #[cfg(test)]
            pause("p").await;
            #[cfg(test)]
            tick("macro or call");
            #[cfg(not(test))]
            unknown!(n);
            let mut m = 0;
            #[cfg(all(test, not(doc)))]
            {
                m += value("block", n).await;
                #[cfg(doc)]
                return unknown();
            }
            #[cfg(not(not(test)))]
            {
                m = value("assigned", m + 1).await;
            }
            #[cfg(not(test))]
            unknown(&mut m).await;
            m
        }
    }
}

#[test]
fn tails() {
    compare! {
        blocks(), tail();

        #[desugar]
        async fn blocks() -> u32 {
            let d = D("d");
            #[cfg(test)]
            {
                value("there", 1).await
            }
            #[cfg(not(test))]
            {
                value("not there", unknown()).await
            }
        }

        #[desugar]
        async fn tail() -> u32 {
            pause("p").await;
            #[cfg(not(test))]
            return unknown().await;
            #[cfg(test)]
            value("there", 2).await
        }
    }
}

#[test]
fn arms_fields_and_elements() {
    compare! {
        body(Some(1)), body(None);

        #[derive(Debug)]
        struct Fields {
            there: u32,
            #[cfg(not(test))]
            not_there: u32,
        }

        fn sum(#[cfg(not(test))] not_there: u8, there: u32) -> u32 {
            there
        }

        #[desugar]
        async fn body(n: Option<u32>) -> (Fields, Vec<u32>, u32) {
            let fields = match n {
                #[cfg(test)]
                Some(n) => Fields {
                    there: value("some", n).await,
                    #[cfg(not(test))]
                    not_there: unknown().await,
                },
                #[cfg(not(test))]
                None if unknown() => unknown().await,
                _ => Fields {
                    #[cfg(not(test))]
                    not_there: unknown(),
                    there: 2,
                },
            };
            let Fields {
                #[cfg(not(test))]
                not_there: _not_there,
                there,
            } = fields;
            let list = [
                value("first", there).await,
                #[cfg(not(test))]
                unknown().await,
                2,
            ];
            let closure = |#[cfg(not(test))] other: u8, n: u32| n + 1;
            let sum = sum(
                #[cfg(not(test))]
                unknown().await,
                value("argument", 3).await,
            );
            (Fields { there }, list.to_vec(), closure(sum))
        }
    }
}

#[test]
fn parameters() {
    compare! {
        body(D("a"), D("c")), S { d: D("s") }.method(1);

        #[desugar]
        async fn body(a: D, #[cfg(not(test))] b: Unknown, #[cfg_attr(test, allow(unused))] c: D) -> usize {
            pause("p").await;
            #[cfg(not(test))]
            drop(b);
            a.peek().await
        }

        struct S {
            d: D,
        }

        #[desugar]
        impl S {
            async fn method(
                #[cfg(test)] &self,
                #[cfg(not(test))] m: Unknown,
                #[cfg(test)] m: usize,
            ) -> usize {
                self.d.peek().await + m
            }
        }
    }
}

#[test]
fn conditional_attributes() {
    compare! {
        body(3);

        #[desugar]
        async fn body(n: u32) -> u32 {
            #[cfg_attr(test, cfg(not(test)))]
            let n = unknown();
            #[cfg_attr(not(test), cfg(not(test)))]
            let n = value("there", n).await;
            #[cfg_attr(test, allow(unused_parens))]
            let n = (value("kept", n).await);
            n
        }
    }
}

#[test]
fn what_is_refused_in_a_version_that_is_not_there() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            #[cfg(not(test))]
            let n = hidden!(later(1).await);
            #[cfg(test)]
            let n = value("there", 1).await;
            n
        }
    }
}

#[test]
fn attributes_that_change_nothing() {
    compare! {
        body(2), body(0);

        #[desugar]
        async fn body(n: u32) -> u32 {
            #[allow(clippy::needless_bool)]
            if n > 1 {
                pause("p").await;
            }
            #[rustfmt::skip]
            let text = match n {
                #[allow(clippy::match_overlapping_arm)]
                0 => value("zero", "0").await,
                #[allow(unreachable_patterns)]
                0 | 1 => "1",
                // Said of the arm.
                #[warn(unused)]
                _ => value("many", "many").await,
            };
            #[allow(unused_must_use)]
            success("unused", 1).await;
            #[allow(clippy::never_loop)]
            loop {
                #[deny(unused_must_use)]
                pause(text).await;
                break;
            }
            #[allow(unused_mut)]
            let mut sum = 0;
            #[cfg_attr(test, allow(clippy::assign_op_pattern))]
            for i in 0..n {
                sum = sum + value("v", i).await;
            }
            sum
        }
    }
}
