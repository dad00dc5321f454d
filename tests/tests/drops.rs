//! The order in which things are dropped, on each way out.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn locals_in_reverse_order() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let _a = D("a");
            let _b = D("b");
            pause("p").await;
            let _c = D("c");
            let _d = D("d");
            value("v", 1).await
        }
    }
}

#[test]
fn locals_of_inner_blocks() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let _a = D("a");
            {
                let _b = D("b");
                {
                    let _c = D("c");
                    pause("innermost").await;
                }
                let _d = D("d");
                pause("inner").await;
            }
            let _e = D("e");
            pause("outer").await;
        }
    }
}

#[test]
fn local_not_alive_across_the_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = {
                let a = D("a");
                let b = D("b");
                a.name().len() + b.name().len()
            };
            pause("p").await;
            let c = D("c");
            n + c.name().len()
        }
    }
}

#[test]
fn awaitee_dropped_before_its_statement_ends() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let n = note("around", show(&d).await.len()) + D("temporary").name().len();
            pause("end").await;
            n
        }
    }
}

#[test]
fn return_value_is_built_before_the_locals_drop() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> D {
            let a = D("a");
            let _b = D("b");
            pause("p").await;
            if flag {
                return a.twin();
            }
            a.twin()
        }
    }
}

#[test]
fn unnamed_values_drop_at_once() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let _ = D("at once");
            let _kept = D("kept");
            D("statement");
            pause("p").await;
            let (_, _b) = (D("left"), D("right"));
            pause("q").await;
        }
    }
}

#[test]
fn explicit_drop_over_several_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let a = D("a");
            let b = D("b");
            let c = D("c");
            pause("p").await;
            drop(b);
            pause("q").await;
            drop(a);
            pause("r").await;
            drop(c);
            pause("s").await;
        }
    }
}

#[test]
fn containers_of_droppables() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let list = vec![D("a"), D("b")];
            let array = [D("c"), D("d")];
            let option = Some(D("e"));
            let boxed = Box::new((D("f"), D("g")));
            pause("p").await;
            list.len() + array.len() + usize::from(option.is_some()) + boxed.0.name().len()
        }
    }
}

#[test]
fn scope_guard_that_reads_another_local() {
    compare! {
        body();

        struct Last<'a>(&'a D);
        impl Drop for Last<'_> {
            fn drop(&mut self) {
                tick(&format!("last look at {}", self.0));
            }
        }

        #[desugar]
        async fn body() {
            let d = D("d");
            let _last = Last(&d);
            pause("p").await;
            tick("end");
        }
    }
}

#[test]
fn droppable_behind_a_trait_object() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let any: Box<dyn std::any::Any> = Box::new(D("any"));
            let shown: &dyn std::fmt::Display = &D("extended");
            pause("p").await;
            shown.to_string().len() + usize::from(any.is::<D>())
        }
    }
}

#[test]
fn extended_temporary() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let r = &D("extended");
            let m = &mut D("also extended");
            pause("p").await;
            m.rename("renamed");
            pause("q").await;
            r.name().len() + m.name().len()
        }
    }
}

#[test]
fn reference_counted_survivors() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let shared = std::rc::Rc::new(D("shared"));
            let other = shared.clone();
            pause("p").await;
            drop(shared);
            pause("q").await;
            std::rc::Rc::strong_count(&other)
        }
    }
}

#[test]
fn loop_locals_drop_each_round() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let _outer = D("outer");
            for i in 0..2 {
                let _first = D(format!("first {i}"));
                pause("p").await;
                let _second = D(format!("second {i}"));
                if i == 1 {
                    break;
                }
                pause("q").await;
            }
            tick("end");
        }
    }
}

#[test]
fn awaited_values_kept_and_discarded() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            fetch("discarded").await;
            let kept = fetch("kept").await;
            let _kept_too = fetch("kept too").await;
            let _ = fetch("at once").await;
            kept.peek().await;
            kept.name()
        }
    }
}
