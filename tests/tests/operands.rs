//! Awaits inside expressions, and the order of evaluation around them.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

fn sum(a: u32, b: u32, c: u32) -> u32 {
    tick("sum");
    a + b + c
}

#[test]
fn call_arguments() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let _d = D("d");
            sum(note("first", 1), value("second", 2).await, note("third", 3))
        }
    }
}

#[test]
fn call_arguments_that_are_droppable() {
    compare! {
        body();

        fn three(a: D, b: D, c: &D) -> usize {
            tick(&format!("{a}{b}{c}"));
            a.name().len()
        }

        #[desugar]
        async fn body() -> usize {
            let moved = D("moved");
            let n = three(moved, fetch("fetched").await, &D("temporary"));
            pause("p").await;
            n
        }
    }
}

#[test]
fn several_awaits_in_one_call() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            sum(value("first", 1).await, value("second", 2).await, value("third", 3).await)
        }
    }
}

#[test]
fn nested_calls() {
    compare! {
        body();

        async fn add(a: u32, b: u32) -> u32 {
            tick("add");
            pause("add").await;
            a + b
        }

        #[desugar]
        async fn body() -> u32 {
            add(value("a", 1).await, add(2, value("b", 3).await).await).await
        }
    }
}

#[test]
fn function_chosen_before_the_argument() {
    compare! {
        body(true), body(false);

        fn one(n: u32) -> u32 {
            tick("one");
            n + 1
        }
        fn two(n: u32) -> u32 {
            tick("two");
            n + 2
        }
        fn choose(flag: bool) -> fn(u32) -> u32 {
            tick("choose");
            if flag { one } else { two }
        }

        #[desugar]
        async fn body(flag: bool) -> u32 {
            choose(flag)(value("argument", 10).await)
        }
    }
}

#[test]
fn binary_operators() {
    compare! {
        body(4);

        #[desugar]
        async fn body(n: u32) -> (u32, u32, bool, bool) {
            let a = note("left", n) + value("right", 2).await;
            let b = value("left", 30).await - note("right", n) * value("factor", 2).await;
            let c = value("left", a).await == note("right", b);
            let d = value("x", a).await < value("y", b).await;
            (a, b, c, d)
        }
    }
}

#[test]
fn left_operand_read_before_the_await() {
    compare! {
        body();

        async fn set(cell: &std::cell::Cell<u32>) -> u32 {
            cell.set(10);
            value("set", 100).await
        }

        #[desugar]
        async fn body() -> (u32, u32) {
            let cell = std::cell::Cell::new(1);
            let a = cell.get() + set(&cell).await;
            let mut n = 1;
            let b = n + {
                n = 5;
                value("block", n).await
            };
            (a, b + n)
        }
    }
}

#[test]
fn lazy_operators() {
    compare! {
        body(true, true), body(true, false), body(false, true), body(false, false);

        #[desugar]
        async fn body(a: bool, b: bool) -> (bool, bool, bool) {
            let _d = D("d");
            let and = a && value("and", b).await;
            let or = value("or left", a).await || value("or right", b).await;
            let both = !value("not", a).await && (b || value("last", true).await);
            (and, or, both)
        }
    }
}

#[test]
fn lazy_operator_in_a_condition() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let d = D("d");
            if n > 0 && value("right", n == 1).await {
                d.peek().await as u32
            } else {
                7
            }
        }
    }
}

#[test]
fn unary_operators_and_casts() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (bool, i32, u8, u32) {
            let not = !value("not", true).await;
            let minus = -value("minus", 5).await;
            let cast = value("cast", 300u32).await as u8;
            let boxed = *value("deref", Box::new(9)).await;
            (not, minus, cast, boxed)
        }
    }
}

#[test]
fn struct_literals() {
    compare! {
        body();

        #[derive(Debug, Clone)]
        struct Record {
            a: u32,
            b: String,
            c: u32,
        }

        #[desugar]
        async fn body() -> (Record, Record) {
            let _d = D("d");
            let base = Record { c: note("c", 3), a: value("a", 1).await, b: note("b", "b".to_string()) };
            let a = value("new a", 10).await;
            let other = Record { a, c: value("new c", 30).await, ..base.clone() };
            pause("p").await;
            (base, other)
        }
    }
}

#[test]
fn tuple_and_array_literals() {
    compare! {
        body();

        #[desugar]
        async fn body() -> ((D, D, u32), [u32; 3], [u32; 2]) {
            let tuple = (D("first"), fetch("second").await, note("third", 3));
            let array = [value("a", 1).await, note("b", 2), value("c", 3).await];
            let repeated = [value("repeated", 4).await; 2];
            (tuple, array, repeated)
        }
    }
}

#[test]
fn enum_constructors() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> Result<Option<D>, (u32, Box<u32>)> {
            if flag {
                Ok(Some(fetch("d").await))
            } else {
                Err((value("n", 1).await, Box::new(value("boxed", 2).await)))
            }
        }
    }
}

#[test]
fn index_and_range() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (u32, Vec<u32>, u32) {
            let list = vec![1, 2, 3, 4];
            let one = list[value("index", 1).await];
            let some = list[value("from", 1).await..value("to", 3).await].to_vec();
            let last = value("list", vec![7, 8]).await[note("at", 1)];
            (one, some, last)
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn indexed_assignment() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<Vec<u32>> {
            let mut rows = vec![vec![0; 2]; 2];
            rows[note("row", 1)][value("column", 0).await] = value("element", 5).await;
            rows[0][note("column", 1)] += value("added", 6).await;
            rows
        }
    }
}

#[test]
fn index_out_of_bounds_is_found_after_the_right_side() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let mut list = vec![1];
            list[note("index", 3)] = value("element", 5).await;
            list
        }
    }
}

#[test]
fn return_and_break_operands() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> u32 {
            let d = D("d");
            let n = loop {
                if flag {
                    break note("before", 1) + value("broken", 2).await;
                }
                return d.peek().await as u32 + value("returned", 3).await;
            };
            pause("p").await;
            n
        }
    }
}

#[test]
fn method_arguments() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (Vec<u32>, String, u32) {
            let mut list = Vec::with_capacity(2);
            list.push(value("pushed", 1).await);
            list.insert(note("at", 0), value("inserted", 2).await);
            let mut text = String::from("a");
            text.push_str(&value("text", "b".to_string()).await);
            let n = note("receiver", 5u32).max(value("max", 7).await);
            (list, text, n)
        }
    }
}

#[test]
fn two_phase_borrow_of_the_receiver() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<usize> {
            let mut list = vec![4];
            list.push(list.len());
            pause("p").await;
            list.push(value("v", list.len()).await);
            list
        }
    }
}

#[test]
fn blocks_and_conditions_as_operands() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> u32 {
            sum(
                if flag { value("then", 1).await } else { 2 },
                {
                    let d = D("block");
                    d.peek().await as u32
                },
                match flag {
                    true => 3,
                    false => value("false", 4).await,
                },
            )
        }
    }
}

#[test]
fn await_inside_an_awaited_operand() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let n = consume(fetch("inner").await).await;
            let text = show(&fetch("borrowed").await).await;
            n + text.len()
        }
    }
}

#[test]
fn parenthesised_and_blocks_around_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let n = (value("a", 1).await);
            let m = { value("b", 2) }.await;
            ((n + m) * (value("c", 3).await + 1)) as u32
        }
    }
}

#[test]
fn discriminating_operand_types() {
    compare! {
        body();

        #[desugar]
        async fn body() -> f64 {
            let x = value("x", 1.5).await;
            let y = 2.0;
            let z = value("z", x * y).await + y;
            z / x
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn awaits_on_both_sides_of_an_assignment() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (D, u32) {
            let mutex = Mutex::new(1);
            *mutex.lock().await = value("right", 5).await;
            let mut pair = (D("old"), 0);
            *value("left", &mut pair).await = (fetch("new").await, 1);
            pair.1 += *mutex.lock().await;
            pair
        }
    }
}

#[test]
fn closure_called_with_an_awaited_argument() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let add = |n: usize| n + d.name().len();
            let n = add(value("v", 1).await);
            pause("p").await;
            n + d.name().len()
        }
    }
}

#[test]
fn compound_assignment_to_a_computed_place() {
    compare! {
        body(vec![1, 2, 3]);

        #[desugar]
        async fn body(mut list: Vec<usize>) -> (Vec<usize>, usize) {
            let mut map = std::collections::BTreeMap::<&str, usize>::new();
            for i in 0..2 {
                list[i] += value("i", i + 10).await;
            }
            for name in ["a", "b", "a"] {
                *map.entry(name).or_default() += value(name, 1).await;
            }
            let j = 1;
            *list.get_mut(j).unwrap() -= value("j", j).await;
            list[note("k", j)] *= value("v", list.len()).await;
            (list, map.into_values().sum())
        }
    }
}

#[test]
fn lazy_operands_that_make_temporaries_of_what_they_await() {
    compare! {
        body(1), body(2), body(0);

        fn id<T>(t: T) -> T {
            note("id", t)
        }

        #[desugar]
        async fn body(n: usize) -> (usize, bool) {
            let a = value("a", n).await > 1 && id(fetch("long").await).name().len() > 3;
            let b = id(n) == 1 || id(value("b", vec![D("b")]).await)[0].name().is_empty() || n == 0;
            let c = if value("c", n).await > 0 && !id(fetch("").await).name().is_empty() { 1 } else { 2 };
            (c, a && b && id(value("d", vec![n]).await)[0] == n)
        }
    }
}
