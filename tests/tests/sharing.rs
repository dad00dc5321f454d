//! What takes turns in one place of the frame: nothing may be overwritten while anything can still see it.
//!
//! Each body has values that would share if one rule of the analysis were more generous than it is, and reads or drops
//! them afterwards.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

/// A value of a type that bodies do not name, `Copy` and large enough to be noticed.
fn block(n: u8) -> [u8; 48] {
    [n; 48]
}

fn sum(bytes: &[u8; 48]) -> u32 {
    bytes.iter().map(|byte| u32::from(*byte)).sum()
}

fn identity<T>(value: T) -> T {
    value
}

#[test]
fn two_that_meet_only_between_two_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = block(1);
            pause("a is alive").await;
            let b = block(2);
            let both = sum(&identity(a)) * 1000 + sum(&b);
            pause("b is alive").await;
            both + sum(&b)
        }
    }
}

#[test]
fn two_with_drops_that_meet_only_between_two_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let a = D("a");
            pause("a is alive").await;
            let b = D("b");
            tick("both are");
            drop(a);
            pause("b is alive").await;
            tick("end");
        }
    }
}

#[test]
fn moved_before_the_next_begins() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let a = D("a");
            pause("a is alive").await;
            drop(a);
            let b = D("b");
            pause("b is alive").await;
            drop(b);
            let c = D("c");
            pause("c is alive").await;
        }
    }
}

#[test]
fn made_of_what_it_replaces() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = block(3);
            pause("a is alive").await;
            let b = (D("b"), a);
            pause("b is alive").await;
            let (d, c) = b;
            pause("c is alive").await;
            sum(&c)
        }
    }
}

#[test]
fn copied_while_something_borrows_it() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = block(5);
            pause("a is alive").await;
            let borrowed = &a;
            let moved = sum(&identity(a));
            let b = block(9);
            pause("b is alive").await;
            moved + sum(borrowed) + sum(&b)
        }
    }
}

#[test]
fn copied_by_a_pattern_while_something_borrows_it() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = Some(block(5));
            pause("a is alive").await;
            let borrowed = &a;
            let b = match a {
                Some(inside) => sum(&inside),
                None => 0,
            };
            let c = block(9);
            pause("c is alive").await;
            b + borrowed.map_or(0, |inside| sum(&inside)) + sum(&c)
        }
    }
}

#[test]
fn matched_by_reference_and_copied_later() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = Some(block(5));
            pause("a is alive").await;
            let inside = match a {
                Some(ref inside) => inside,
                None => return 0,
            };
            let copy = identity(a);
            let b = block(7);
            pause("b is alive").await;
            sum(inside) + sum(&b) + u32::from(copy.is_some())
        }
    }
}

#[test]
fn a_number_that_is_borrowed_after_its_last_mention() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = [4u8; 48];
            let n = 5u32;
            let (borrowed, number) = (&a, &n);
            pause("a is alive").await;
            let b = [6u8; 48];
            pause("b is alive").await;
            let c = u32::from(b[47]);
            sum(borrowed) + *number + c
        }
    }
}

#[test]
fn a_number_that_a_closure_borrows() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let n = 5u32;
            let larger = |m: u32| m > n;
            pause("n is borrowed").await;
            let b = 6u32;
            pause("b is alive").await;
            u32::from(larger(b)) + b
        }
    }
}

#[test]
fn numbers_that_are_compared_around_an_await() {
    compare! {
        body(7, 3);

        #[desugar]
        async fn body(n: u32, m: u32) -> u32 {
            let mut found = 0;
            let a = n + m;
            if n == value("compared", 7).await {
                found += 1;
            }
            let b = a + 1;
            pause("b is alive").await;
            if !(b != value("compared", 11).await) {
                found += 2;
            }
            found
        }
    }
}

#[test]
fn numbers_one_after_the_other() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = [1u8; 48];
            pause("a is alive").await;
            let first = a[0] as u32 + a[47] as u32;
            let b = [2u8; 48];
            pause("b is alive").await;
            let second = b[0] as u32 + b[47] as u32;
            let mut c = [0u8; 48];
            c[3] = 9;
            pause("c is alive").await;
            c[4] = c[3] + 1;
            first * 10000 + second * 100 + c[4] as u32
        }
    }
}

#[test]
fn assigned_beside_what_is_compared() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = [1u8; 48];
            pause("a is alive").await;
            let b;
            let same = a == {
                b = block(2);
                [1u8; 48]
            };
            pause("b is alive").await;
            sum(&b) + u32::from(same)
        }
    }
}

#[test]
fn numbers_that_are_assigned_again() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut n = 1u32;
            let mut total = 0u32;
            while n < 6 {
                total += n;
                let step = value("step", n).await;
                n = step + 1;
                if n > 3 {
                    total *= 2;
                    n += 1;
                    pause("branch").await;
                }
                let other = total + 1;
                pause("other is alive").await;
                total = other;
            }
            let m = total;
            n = 3;
            pause("m is alive").await;
            n += m;
            pause("n is alive").await;
            n
        }
    }
}

#[test]
fn a_number_that_is_gone_in_one_branch() {
    compare! {
        body(true);
        body(false);

        #[desugar]
        async fn body(flag: bool) -> u32 {
            let n = 41u32;
            let out = if flag {
                let m = n + 1;
                let other = block(1);
                pause("n is gone").await;
                m + sum(&other)
            } else {
                let other = block(2);
                pause("n is there").await;
                n + sum(&other)
            };
            pause("after").await;
            out
        }
    }
}

#[test]
fn branches_with_their_own() {
    compare! {
        body(0);
        body(1);
        body(2);

        #[desugar]
        async fn body(n: u32) -> u32 {
            let kept = D("kept");
            let out = if n == 0 {
                let a = (D("a"), block(1));
                pause("first").await;
                pause("first again").await;
                sum(&a.1)
            } else if n == 1 {
                let b = (block(2), D("b"));
                pause("second").await;
                let c = D("c");
                if value("move", n).await == 1 {
                    drop(c);
                }
                pause("second again").await;
                sum(&b.0)
            } else {
                let d = D("d");
                if n > 1 {
                    drop(d);
                }
                pause("third").await;
                3
            };
            let last = (D("last"), block(4));
            pause("last").await;
            out + sum(&last.1)
        }
    }
}

#[test]
fn flags_of_what_takes_turns() {
    compare! {
        body();

        #[desugar]
        async fn body() {
            let mut n = 0;
            while n < 4 {
                if n % 2 == 0 {
                    let a = D("a");
                    pause("a is alive").await;
                    if n == 2 {
                        drop(a);
                    }
                    pause("a is perhaps alive").await;
                } else {
                    let b = D("b");
                    pause("b is alive").await;
                    if n == 1 {
                        drop(b);
                    }
                    pause("b is perhaps alive").await;
                }
                n += 1;
            }
        }
    }
}

#[test]
fn left_by_a_break_with_a_value() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let out = 'found: {
                let a = (D("a"), block(1));
                pause("a is alive").await;
                if sum(&a.1) == 48 {
                    break 'found a.1;
                }
                block(0)
            };
            let b = D("b");
            pause("out is alive").await;
            let c = loop {
                let inside = (D("inside"), block(2));
                pause("inside is alive").await;
                break inside;
            };
            pause("c is alive").await;
            sum(&out) + sum(&c.1)
        }
    }
}

#[test]
fn borrowed_by_what_is_awaited() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let a = D("a");
            let n = a.peek().await;
            let b = D("b");
            let m = b.peek().await;
            drop(a);
            let c = D("c");
            n + m + c.peek().await
        }
    }
}

#[test]
fn a_future_that_waits_to_be_awaited() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let later = value("later", 5);
            let text = D("text");
            let n = value("first", 2).await;
            drop(text);
            let m = later.await;
            let other = (D("other"), n);
            value("last", other.1 + m).await
        }
    }
}

#[test]
fn arguments_that_wait_beside_others() {
    compare! {
        body(D("a"), 7, D("b"), D("c"));

        #[desugar]
        async fn body(a: D, n: u32, b: D, c: D) -> u32 {
            consume(b).await;
            let m = n + 1;
            consume(c).await;
            pause("a is alive").await;
            drop(a);
            let d = D("d");
            pause("d is alive").await;
            m
        }
    }
}

#[test]
fn arguments_taken_apart() {
    compare! {
        body((D("a"), block(1)), D("b"));

        #[desugar]
        async fn body((a, bytes): (D, [u8; 48]), b: D) -> u32 {
            pause("all").await;
            drop(b);
            let c = D("c");
            pause("without b").await;
            drop(a);
            let d = (D("d"), bytes);
            pause("d is alive").await;
            sum(&d.1)
        }
    }
}

#[test]
fn matched_and_taken() {
    compare! {
        body(Some(D("inside")));
        body(None);

        #[desugar]
        async fn body(slot: Option<D>) -> u32 {
            let outer = slot;
            pause("outer is alive").await;
            let n = match outer {
                Some(inside) => {
                    let other = block(1);
                    pause("inside is alive").await;
                    drop(inside);
                    sum(&other)
                }
                None => {
                    let other = block(2);
                    pause("nothing is").await;
                    sum(&other)
                }
            };
            let b = (D("b"), n);
            pause("b is alive").await;
            b.1
        }
    }
}

#[test]
fn held_in_a_chain() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = (D("a"), block(1));
            pause("a").await;
            let b = (D("b"), block(2));
            pause("a, b").await;
            let x = sum(&a.1);
            drop(a);
            pause("b").await;
            let c = (D("c"), block(3));
            pause("b, c").await;
            let y = sum(&b.1);
            drop(b);
            pause("c").await;
            let d = (D("d"), block(4));
            pause("c, d").await;
            x + y + sum(&c.1) + sum(&d.1)
        }
    }
}

#[test]
fn temporaries_that_last_as_long_as_the_statement() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let a = D("a");
            let n = a.peek().await + D("temporary").peek().await;
            drop(a);
            let b = D("b");
            let m = (D("first").peek().await, D("second").peek().await);
            n + m.0 + m.1 + b.name().len()
        }
    }
}

#[test]
fn numbers_that_are_borrowed_for_one_statement() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let a = [1u8; 48];
            pause("a is alive").await;
            let first: u32 = sum(&a);
            let b = [2u8; 48];
            let second: u32 = lent(&b).await;
            let mut c = [3u8; 48];
            c.reverse();
            pause("c is alive").await;
            c.reverse();
            let d = (D("d"), block(4));
            pause("d is alive").await;
            first + second + sum(&d.1)
        }
    }
}

/// Reads what it borrows before and after it is pending.
#[desugar::desugar]
async fn lent(bytes: &[u8; 48]) -> u32 {
    let before = sum(bytes);
    pause("lent").await;
    before * 1000 + sum(bytes)
}

#[test]
fn numbers_that_something_holds() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut list = Vec::new();
            let a = [1u8; 48];
            let b = [2u8; 48];
            let c = [3u8; 48];
            let e = 7u32;
            pause("all are alive").await;
            list.push(&a);
            let held = identity(&b);
            let with = |n: u32| n + e;
            let chosen = loop {
                break &c;
            };
            let d = (D("d"), block(4), block(5), block(6));
            pause("d is alive").await;
            sum(list[0]) + sum(held) + sum(chosen) + with(sum(&d.1))
        }
    }
}

#[test]
fn a_number_that_a_way_out_looks_at_last() {
    compare! {
        body(9), body(2);

        #[desugar]
        async fn body(limit: usize) -> Result<usize, String> {
            let mut sum = 0;
            let mut rounds: usize = 0;
            loop {
                sum += value("sum", 3).await;
                rounds += 1;
                if sum > limit {
                    return Err(format!("{sum} in {rounds}"));
                }
                if sum == 100 {
                    panic!("{}", sum.max(rounds));
                }
                let d = D("d");
                pause("p").await;
                drop(d);
                if rounds == 3 {
                    break;
                }
            }
            let tens = [sum, 10];
            pause("q").await;
            if tens[0] == 1 {
                return Ok(tens.len());
            }
            pause("r").await;
            Ok(sum + tens[1])
        }
    }
}

/// It has something in its frame where the caller's number was, if the two share a place.
async fn add(a: &usize, b: usize) -> usize {
    let bs = [b; 8];
    pause("add").await;
    *a + bs[2]
}

async fn call(f: impl Fn() -> usize, b: usize) -> usize {
    let bs = [b; 8];
    pause("call").await;
    f() + bs[2]
}

#[test]
fn a_number_that_an_await_borrows_and_copies() {
    compare! {
        body(7, [1, 2]);

        #[desugar]
        async fn last(n: usize) -> usize {
            add(&n, n).await
        }

        #[desugar]
        async fn by_a_closure(n: usize) -> usize {
            let m = n + 1;
            call(|| m, m).await + call(move || n, n).await
        }

        #[desugar]
        async fn body(n: usize, list: [usize; 2]) -> usize {
            let a = last(n).await;
            let b: usize = add(&n, n).await;
            pause("p").await;
            let c = by_a_closure(b).await;
            let d: usize = add(&list[1], list.len()).await;
            let in_a_block = async move { add(&c, c).await };
            a + b + d + in_a_block.await
        }
    }
}

#[test]
fn a_number_that_an_argument_borrows() {
    compare! {
        body(&3, vec![], true), body(&3, vec![&1], false);

        #[desugar]
        async fn body(mut x: &usize, mut list: Vec<&usize>, flag: bool) -> usize {
            let n = 5;
            let k = 6;
            pause("p").await;
            x = &n;
            if flag {
                list.push(&k);
            }
            pause("q").await;
            let m = 7;
            let o: usize = 8;
            pause("r").await;
            *x + m + o + list.iter().copied().sum::<usize>()
        }
    }
}

#[test]
fn a_number_that_is_bound_twice() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let n = 5;
            std::future::ready(()).await;
            let a @ ref b = n;
            std::future::ready(()).await;
            let m = 7;
            std::future::ready(()).await;
            *b + m + a
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "Tree Borrows knows no pointers from numbers")]
fn a_number_in_an_unsafe_function() {
    fn read(at: usize) -> u32 {
        // SAFETY: what is there lives as long as the function that asks.
        unsafe { *(std::ptr::with_exposed_provenance::<u32>(at)) }
    }

    compare! {
        // SAFETY: it asks nothing of its callers.
        (unsafe { body() });

        #[desugar]
        async unsafe fn body() -> u32 {
            let n: u32 = 5;
            std::future::ready(()).await;
            let at = (&raw const n).expose_provenance();
            std::future::ready(()).await;
            let m = 7;
            std::future::ready(()).await;
            read(at) + m
        }
    }
}

#[test]
fn a_number_that_a_closure_looks_at_as_it_is_assigned() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mut y = 1u32;
            loop {
                let z = &y;
                pause("p").await;
                if *z > 4 {
                    return *z;
                }
                y = (0..2).fold(0, |a, b| a + b + y);
            }
        }
    }
}
