//! Survivors moved: always, in one branch, in a loop, into what is awaited.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn moved_into_the_awaited_operand() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let b = D("bb");
            pause("p").await;
            let n = consume(b).await;
            n + consume(a).await
        }
    }
}

#[test]
fn moved_between_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let a = D("a");
            let _b = D("b");
            pause("p").await;
            let c = a;
            pause("q").await;
            drop(c);
            pause("r").await;
            1
        }
    }
}

#[test]
fn moved_in_one_branch() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) {
            let a = D("a");
            let _b = D("b");
            if flag {
                drop(a);
            }
            pause("p").await;
            tick("after");
        }
    }
}

#[test]
fn moved_in_one_branch_after_an_await() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let a = D("a");
            pause("p").await;
            let mut n = 0;
            if flag {
                n = consume(a).await;
            }
            pause("q").await;
            n
        }
    }
}

#[test]
fn moved_in_every_arm_but_one() {
    compare! {
        body(0), body(1), body(2);

        #[desugar]
        async fn body(n: u32) -> usize {
            let a = D("a");
            let b = D("b");
            let r = match n {
                0 => consume(a).await,
                1 => {
                    drop(b);
                    value("one", 1).await
                }
                _ => 0,
            };
            pause("end").await;
            r
        }
    }
}

#[test]
fn moved_in_a_loop_then_assigned_again() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            let mut d = D("d");
            for i in 0..2 {
                let n = consume(d).await;
                d = D(format!("{i}{n}"));
                pause("p").await;
            }
            d
        }
    }
}

#[test]
fn moved_once_in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut n = 0;
            loop {
                pause("p").await;
                n += 1;
                if n == 2 {
                    drop(d);
                    break;
                }
            }
            pause("q").await;
            n
        }
    }
}

#[test]
fn option_taken_in_a_loop() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut slot = Some(D("d"));
            let mut n = 0;
            while let Some(d) = slot.take() {
                n += consume(d).await;
                if n < 4 {
                    slot = Some(D("again"));
                }
            }
            n
        }
    }
}

#[test]
fn assigned_after_a_conditional_move() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> String {
            let mut a = D("a");
            if flag {
                consume(a).await;
                a = D("fresh");
            }
            pause("p").await;
            a = fetch("last").await;
            pause("q").await;
            a.name()
        }
    }
}

#[test]
fn copy_values_used_again() {
    compare! {
        body(3, true);

        #[desugar]
        async fn body(n: u32, flag: bool) -> (u32, bool, char) {
            let c = 'c';
            let pair = (n, c);
            let m = value("v", n).await;
            let other = pair;
            pause("p").await;
            let r = &n;
            let copy = r;
            pause("q").await;
            (m + n + *copy + other.0 + *r, flag && pair.0 == other.0, c)
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn partial_move_out_of_a_tuple() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let pair = (D("left"), D("right"));
            let n = consume(pair.0).await;
            pause("p").await;
            n + pair.1.name().len()
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn partial_move_out_of_a_struct() {
    compare! {
        body(true), body(false);

        struct Both {
            left: D,
            right: D,
        }

        #[desugar]
        async fn body(flag: bool) -> usize {
            let both = Both { left: D("left"), right: D("right") };
            pause("p").await;
            if flag {
                drop(both.left);
            }
            pause("q").await;
            both.right.name().len()
        }
    }
}

#[test]
fn moved_into_a_struct_and_a_vec() {
    compare! {
        body();

        #[derive(Debug)]
        struct Held {
            d: D,
            list: Vec<D>,
        }

        #[desugar]
        async fn body() -> Held {
            let d = D("d");
            let e = D("e");
            pause("p").await;
            let mut list = vec![e];
            let f = fetch("f").await;
            list.push(f);
            let held = Held { d, list };
            pause("q").await;
            held
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn moved_into_a_box_and_out_again() {
    compare! {
        body();

        #[desugar]
        async fn body() -> D {
            let boxed = Box::new(D("boxed"));
            pause("p").await;
            let d = *boxed;
            pause("q").await;
            d
        }
    }
}

#[test]
fn moved_by_return() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> D {
            let a = D("a");
            let b = D("b");
            pause("p").await;
            if flag {
                return a;
            }
            pause("q").await;
            b
        }
    }
}

#[test]
fn mem_take_and_forget() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mut list = vec![D("a")];
            pause("p").await;
            let taken = std::mem::take(&mut list);
            pause("q").await;
            list.push(D("b"));
            pause("r").await;
            taken.len() + list.len()
        }
    }
}

#[test]
fn manually_dropped_early() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let a = D("a");
            let b = D("b");
            pause("p").await;
            drop(a);
            pause("q").await;
            let _ = b;
            pause("r").await;
        }
    }
}

#[test]
fn boxed_future_recursion() {
    compare! {
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let d = D(format!("d{n}"));
            if n == 0 {
                return value("bottom", 1).await;
            }
            let below: std::pin::Pin<Box<dyn Future<Output = u32>>> = Box::pin(body(n - 1));
            let r = below.await;
            tick(&d.name());
            r * 2
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn boxed_future_recursion_in_the_operand() {
    compare! {
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let _d = D(format!("d{n}"));
            if n == 0 { 1 } else { n + Box::pin(body(n - 1)).await }
        }
    }
}

#[test]
fn moved_in_both_branches() {
    compare! {
        body(true), body(false);

        #[desugar]
        async fn body(flag: bool) -> usize {
            let a = D("a");
            pause("p").await;
            let n = if flag { consume(a).await } else { a.finish().await };
            pause("q").await;
            n
        }
    }
}

#[test]
fn futures_joined() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (usize, u32) {
            let d = D("d");
            let left = d.peek();
            let right = value("right", 5);
            futures::future::join(left, right).await
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn one_of_two_futures_is_dropped_midway() {
    compare! {
        body();

        #[desugar]
        async fn slow(d: D) -> usize {
            let e = D("e");
            pauses("slow", 3).await;
            d.name().len() + e.name().len()
        }

        #[desugar]
        async fn fast(d: &D) -> usize {
            show(d).await;
            let n = d.peek().await;
            n + 1
        }

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let slow = std::pin::pin!(slow(D("slow argument")));
            let fast = std::pin::pin!(fast(&d));
            let n = match futures::future::select(slow, fast).await {
                futures::future::Either::Left((n, _)) => n,
                futures::future::Either::Right((n, _still_slow)) => n + 100,
            };
            pause("end").await;
            n
        }
    }
}

#[test]
fn stored_and_awaited_through_a_trait_object() {
    compare! {
        body();

        #[desugar]
        async fn step(d: D) -> usize {
            pause("step").await;
            d.name().len()
        }

        #[desugar]
        async fn body() -> usize {
            let mut steps: Vec<std::pin::Pin<Box<dyn Future<Output = usize>>>> = Vec::new();
            steps.push(Box::pin(step(D("a"))));
            steps.push(Box::pin(step(D("bb"))));
            let mut sum = 0;
            for step in steps {
                sum += step.await;
            }
            sum
        }
    }
}

#[test]
fn beside_macros_that_may_go_anywhere() {
    macro_rules! count {
        ($($tokens:tt)*) => {
            tick(&format!($($tokens)*))
        };
    }

    macro_rules! next_if {
        ($condition:expr) => {
            if $condition {
                continue;
            }
        };
    }

    async fn step(role: D) -> D {
        pause("step").await;
        D(format!("{role}'"))
    }

    fn square(n: u32) -> u32 {
        note("square", n * n)
    }

    compare! {
        body(2), copied(3);

        #[desugar]
        async fn body(limit: usize) -> D {
            let mut role = D("role");
            let mut rounds = 0;
            loop {
                count!("{}", role);
                let next = step(role).await;
                count!("{next} follows");
                rounds += 1;
                role = next;
                count!("{role} in round {rounds}");
                if rounds == limit {
                    return role;
                }
            }
        }

        #[desugar]
        async fn copied(n: u32) -> u32 {
            let (mut sum, mut k, mut rounds) = (0, n, 0);
            while rounds < 4 {
                rounds += 1;
                let list = [1, 2];
                sum += square(k);
                for m in list {
                    sum += square(k) + m;
                    next_if!(sum % 2 == 0);
                    k = 2;
                }
                pause("p").await;
                if rounds > 2 {
                    k = 1;
                }
            }
            sum
        }
    }
}
