//! Bodies without branches: an await in each position of a statement.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn await_as_statement() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) {
            tick("before");
            pause("p").await;
            tick("after");
            drop(a);
        }
    }
}

#[test]
fn no_await_at_all() {
    compare! {
        body(D("a"), 3);

        #[desugar]
        async fn body(_a: D, n: u32) -> u32 {
            let b = D("b");
            tick("only");
            n + b.name().len() as u32
        }
    }
}

#[test]
fn empty_body() {
    compare! {
        body(), with_parameter(D("a"));

        #[desugar]
        async fn body() {}

        #[desugar]
        async fn with_parameter(a: D) {}
    }
}

#[test]
fn await_as_tail() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(_a: D) -> usize {
            let _b = D("b");
            consume(D("c")).await
        }
    }
}

#[test]
fn await_as_the_whole_body() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            value("v", 7).await
        }
    }
}

#[test]
fn await_in_let() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, usize) {
            let n = value("n", 20).await;
            let d = fetch("d").await;
            let m: usize = consume(d).await;
            (n + 1, m)
        }
    }
}

#[test]
fn await_of_a_future_ready_at_once() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> u32 {
            let n = ready("first", 1).await;
            pause("second").await;
            let m = ready("third", 2).await;
            tick(&a.name());
            n + m
        }
    }
}

#[test]
fn await_that_is_pending_several_times() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(_a: D) {
            pauses("first", 3).await;
            let _b = D("b");
            pauses("second", 2).await;
        }
    }
}

#[test]
fn await_of_a_local_made_earlier() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let first = consume(D("a"));
            let second = consume(D("bb"));
            tick("both made");
            let b = second.await;
            let a = first.await;
            a * 10 + b
        }
    }
}

#[test]
fn await_of_a_parameter() {
    compare! {
        body(value("v", D("out")), D("other"));

        #[desugar]
        async fn body(future: Leaf<D>, _other: D) -> D {
            tick("before");
            future.await
        }
    }
}

#[test]
fn into_future_runs_at_the_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let a = deferred("a");
            tick("made");
            let n = a.await;
            n + deferred("bb").await
        }
    }
}

#[test]
fn result_discarded_with_underscore() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let _ = fetch("a").await;
            tick("a is gone");
            let _b = fetch("b").await;
            tick("b is not");
            fetch("c").await;
            pause("end").await;
        }
    }
}

#[test]
fn shadowing_keeps_the_old_value_until_the_end() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let x = D("first");
            pause("p").await;
            let x = D(format!("second after {x}"));
            pause("q").await;
            let x = x.name().len();
            pause("r").await;
            x
        }
    }
}

#[test]
fn shadowing_in_an_inner_block() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            let x = D("outer");
            {
                let x = show(&x).await;
                tick(&x);
                let x = D(x);
                pause("inner").await;
                tick(&x.name());
            }
            pause("outer").await;
            x.name()
        }
    }
}

#[test]
fn block_with_a_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let _a = D("a");
            let n = {
                let b = D("b");
                let n = b.peek().await;
                let _c = D("c");
                n + consume(D("dd")).await
            };
            pause("end").await;
            n
        }
    }
}

#[test]
fn deferred_initialisation() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let x;
            let y;
            pause("before").await;
            x = D("x");
            pause("between").await;
            y = fetch("y").await;
            pause("after").await;
            x.name().len() + y.name().len()
        }
    }
}

#[test]
fn deferred_initialisation_in_branches() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> D {
            let _first = D("first");
            let x;
            let _second = D("second");
            if flag {
                x = fetch("then").await;
            } else {
                pause("else").await;
                x = D("else");
            }
            pause("end").await;
            x
        }
    }
}

#[test]
fn assignment_of_an_awaited_value_drops_the_old_one_late() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            let mut x = D("old");
            x = fetch("new").await;
            pause("end").await;
            x = D(format!("newer than {x}"));
            pause("end again").await;
            x
        }
    }
}

#[test]
fn compound_assignment() {
    compare! {
        body(5);

        #[desugar]
        async fn body(mut n: u32) -> (u32, String) {
            let mut text = String::new();
            n += value("add", 3).await;
            n *= value("multiply", 2).await;
            text += &value("text", "abc".to_string()).await;
            text += &format!("{n}");
            n -= 1;
            pause("end").await;
            text.push('.');
            (n, text)
        }
    }
}

#[test]
fn assignment_to_a_field_and_an_element() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (Vec<u32>, (D, u32)) {
            let mut list = vec![1, 2, 3];
            let mut pair = (D("old"), 0);
            list[note("index", 1)] = value("element", 20).await;
            pair.0 = fetch("new").await;
            pair.1 += value("count", 4).await;
            list[0] += pair.1;
            pause("end").await;
            (list, pair)
        }
    }
}

#[test]
fn integer_type_inferred_from_a_later_use() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u64 {
            let mut list = Vec::new();
            let n = value("n", 1).await;
            let mut none = None;
            pause("p").await;
            list.push(n);
            pause("q").await;
            if list.len() == 1 {
                none = Some(n);
            }
            none.unwrap_or_default()
        }
    }
}

#[test]
fn return_as_last_statement() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> String {
            let _b = D("b");
            pause("p").await;
            return show(&a).await;
        }
    }
}

#[test]
fn items_inside_the_body() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            const FACTOR: u32 = 3;
            #[derive(Debug)]
            struct Held {
                d: D,
            }
            impl Held {
                fn len(&self) -> u32 {
                    self.d.name().len() as u32
                }
            }
            fn triple(n: u32) -> u32 {
                n * FACTOR
            }
            use std::convert::identity as same;
            let held = Held { d: D("held") };
            pause("p").await;
            triple(same(held.len()))
        }
    }
}

#[test]
fn unsafe_blocks() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let list = vec![1u32, 2, 3];
            // SAFETY: the list has three elements.
            let pointer = unsafe { list.as_ptr().add(1) };
            // SAFETY: the list has three elements.
            let first = unsafe { *list.get_unchecked(0) } + value("v", 10).await;
            first + list[2] + u32::from(pointer.is_null())
        }
    }
}

#[test]
fn await_in_an_unsafe_block() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let list = vec![1u32, 2, 3];
            // SAFETY: the list has three elements.
            unsafe {
                let n = value("v", 10).await;
                n + *list.get_unchecked(2)
            }
        }
    }
}

#[test]
fn unit_pattern() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let () = pause("p").await;
            let unit = pause("q").await;
            unit
        }
    }
}

#[test]
fn empty_statements() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            pause("p").await;
            ;
            pause("q").await;
        }
    }
}

#[test]
fn a_coercion_in_the_tail() {
    compare! {
        Listener { connection: Some(Box::new(String::from("c"))) }.body();

        struct Listener {
            connection: Option<Box<String>>,
        }

        impl Listener {
            #[desugar]
            async fn body(mut self) -> usize {
                let len = self.connection().await.map_or(0, |c| c.len());
                len + self.text().await.unwrap().len()
            }

            async fn connection(&mut self) -> Result<&mut String, ()> {
                Self::of(self).await
            }

            #[desugar]
            async fn of(this: &mut Self) -> Result<&mut String, ()> {
                pause("of").await;
                Ok(this.connection.as_mut().unwrap())
            }

            #[desugar]
            async fn text(&self) -> Option<&str> {
                pause("text").await;
                Some(self.connection.as_ref().unwrap())
            }
        }
    }
}
