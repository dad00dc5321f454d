//! `loop`, `while`, `while let` and `for`, with awaits in heads and bodies, labels, and values.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn loop_with_a_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let _a = D("a");
            let mut n = 0;
            let found = loop {
                let _b = D("b");
                n += 1;
                if n == 3 {
                    break n * 10;
                }
                pause("round").await;
            };
            pause("end").await;
            found
        }
    }
}

#[test]
fn loop_broken_with_an_awaited_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            let mut n = 0;
            loop {
                let _b = D("b");
                if n == 1 {
                    break fetch("found").await;
                }
                n += 1;
            }
        }
    }
}

#[test]
fn while_with_an_awaited_condition() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut n = 0;
            while value("condition", n < 2).await {
                let _d = D("d");
                n += 1;
                pause("body").await;
            }
            n
        }
    }
}

#[test]
fn while_with_an_await_in_the_body() {
    compare! {
        body(2), body(0);

        #[desugar]
        async fn body(mut n: u32) -> u32 {
            let d = D("d");
            let mut sum = 0;
            while n > 0 {
                sum += d.peek().await as u32;
                n -= 1;
            }
            sum
        }
    }
}

#[test]
fn while_let_on_an_awaited_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            let mut left = vec![D("two"), D("one")];
            let mut text = String::new();
            while let Some(d) = value("next", left.pop()).await {
                pause("body").await;
                text.push_str(&d.name());
            }
            text
        }
    }
}

#[test]
fn while_let_on_pop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut queue = vec![D("two"), D("one")];
            let mut total = 0;
            while let Some(d) = queue.pop() {
                total += consume(d).await;
            }
            total
        }
    }
}

#[test]
fn for_over_a_range() {
    compare! {
        body(2), body(0);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let d = D("d");
            let mut sum = 0;
            for i in 0..n {
                let _e = D(format!("e{i}"));
                sum += value("v", i).await;
            }
            tick(&d.name());
            sum
        }
    }
}

#[test]
fn for_over_borrowed_elements() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let list = vec![D("a"), D("bb")];
            let mut sum = 0;
            for d in list.iter() {
                sum += d.peek().await;
            }
            for d in &list {
                show(d).await;
            }
            sum + list.len()
        }
    }
}

#[test]
fn for_over_mutably_borrowed_elements() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<D> {
            let mut list = vec![D("a"), D("b")];
            for d in list.iter_mut() {
                d.extend().await;
            }
            for d in &mut list {
                pause("p").await;
                d.rename(format!("{d}!"));
            }
            list
        }
    }
}

#[test]
fn for_over_owned_elements() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let list = vec![D("a"), D("bb"), D("ccc")];
            let mut sum = 0;
            for d in list {
                pause("p").await;
                if d.name() == "bb" {
                    sum += consume(d).await;
                    break;
                }
            }
            pause("end").await;
            sum
        }
    }
}

#[test]
fn for_over_an_awaited_collection() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut sum = 0;
            for (i, d) in value("list", vec![D("a"), D("bb")]).await.into_iter().enumerate() {
                sum += i + consume(d).await;
            }
            sum
        }
    }
}

#[test]
fn for_over_an_awaited_collection_without_await_in_the_body() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut sum = 0;
            for d in value("list", vec![D("a"), D("bb")]).await {
                tick("round");
                sum += d.name().len();
            }
            sum
        }
    }
}

#[test]
fn for_over_chunks_of_a_slice() {
    compare! {
        body(&[1, 2, 3, 4, 5]);

        #[desugar]
        async fn body(bytes: &[u8]) -> String {
            let mut sink = Sink::default();
            for chunk in bytes.chunks(2) {
                sink.write(chunk).await.unwrap();
            }
            format!("{:?}", sink.bytes)
        }
    }
}

#[test]
fn continue_and_break_with_labels() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut n = 0;
            'outer: for i in 0..3 {
                let _d = D(format!("d{i}"));
                for j in 0..3 {
                    n += 1;
                    if j == 1 {
                        continue 'outer;
                    }
                    if i == 2 {
                        break 'outer;
                    }
                    n += value("inner", 10).await;
                }
            }
            n
        }
    }
}

#[test]
fn continue_without_a_label() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let mut out = Vec::new();
            for i in 0..4 {
                let d = D(format!("d{i}"));
                if i % 2 == 0 {
                    continue;
                }
                pause("odd").await;
                drop(d);
                out.push(i);
            }
            out
        }
    }
}

#[test]
fn loop_in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut sum = 0;
            let mut i = 0;
            loop {
                let mut j = 0;
                let row = D(format!("row {i}"));
                while j < 2 {
                    let _cell = D(format!("cell {j}"));
                    pause("cell").await;
                    j += 1;
                    sum += j;
                }
                i += 1;
                if i == 2 {
                    consume(row).await;
                    break;
                }
            }
            sum
        }
    }
}

#[test]
fn return_from_a_loop() {
    compare! {
        body(1), body(7);

        #[desugar]
        async fn body(wanted: u32) -> Option<u32> {
            let _a = D("a");
            for n in [3, 1, 2] {
                let _b = D("b");
                if value("n", n).await == wanted {
                    return Some(n);
                }
            }
            None
        }
    }
}

#[test]
fn copy_loop() {
    compare! {
        body(Source::new("abcde", 2), Sink::default()), body(Source::new("ab!de", 3), Sink::default());

        #[desugar]
        async fn body(mut from: Source, mut to: Sink) -> Result<usize, String> {
            let mut buffer = [0; 4];
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
}

#[test]
fn loop_without_await_beside_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let mut list = vec![3, 1, 2];
            for i in 0..list.len() {
                for j in 0..i {
                    if list[j] > list[i] {
                        list.swap(i, j);
                    }
                }
            }
            pause("sorted").await;
            'search: loop {
                while let Some(n) = list.pop() {
                    if n == 2 {
                        break 'search;
                    }
                    continue;
                }
            }
            pause("searched").await;
            list
        }
    }
}

#[test]
fn value_carried_from_round_to_round() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            let mut last = None;
            for name in ["a", "b"] {
                let d = fetch(name).await;
                if let Some(old) = last.replace(d) {
                    consume(old).await;
                }
            }
            last.unwrap()
        }
    }
}

#[test]
fn two_awaits_and_a_break_between() {
    compare! {
        body(0), body(1), body(5);

        #[desugar]
        async fn body(limit: u32) -> u32 {
            let mut n = 0;
            loop {
                let a = D("a");
                pause("first").await;
                if n == limit || n == 2 {
                    break;
                }
                let _b = D("b");
                n += consume(a).await as u32;
            }
            n
        }
    }
}

#[test]
fn for_over_an_awaited_range() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut sum = 0;
            for i in value("from", 1).await..d.peek().await + note("to", 2) {
                sum += value("round", i).await;
            }
            sum
        }
    }
}

#[test]
fn same_label_in_nested_loops_of_macros_and_closures() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut n = 0;
            'a: loop {
                let find = |limit: u32| {
                    let mut i = 0;
                    'a: loop {
                        i += 1;
                        if i == limit {
                            break 'a i;
                        }
                    }
                };
                n += find(3);
                pause("p").await;
                if n > 3 {
                    break 'a;
                }
            }
            n
        }
    }
}

#[test]
fn streams_read_until_the_end() {
    compare! {
        body(Numbers { left: 3, d: D("stream") });

        struct Numbers {
            left: u32,
            d: D,
        }

        impl Numbers {
            #[desugar]
            async fn next(&mut self) -> Option<u32> {
                self.left = self.left.checked_sub(1)?;
                self.d.extend().await;
                Some(self.left)
            }
        }

        #[desugar]
        async fn body(mut numbers: Numbers) -> Vec<u32> {
            let mut list = Vec::new();
            while let Some(n) = numbers.next().await {
                if n == 1 {
                    continue;
                }
                list.push(value("n", n).await);
            }
            list
        }
    }
}
