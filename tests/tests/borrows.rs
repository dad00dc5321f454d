//! Survivors borrowed across awaits.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;

#[test]
fn awaited_operand_borrows_a_local() {
    compare! {
        body();

        #[desugar]
        async fn body() -> String {
            let d = D("d");
            let text = show(&d).await;
            let again = show(&d).await;
            text + &again
        }
    }
}

#[test]
fn awaited_operand_borrows_a_local_mutably() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let mut list = Vec::new();
            grow(&mut list, 1).await;
            let n = grow(&mut list, 2).await;
            list.push(n as u32);
            grow(&mut list, 3).await;
            list
        }
    }
}

#[test]
fn reference_kept_across_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let r = &d;
            pause("p").await;
            let n = r.name().len();
            pause("q").await;
            n + r.name().len() + d.name().len()
        }
    }
}

#[test]
fn mutable_reference_kept_across_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (D, Vec<u32>) {
            let mut d = D("d");
            let mut list = vec![1];
            let r = &mut d;
            let l = &mut list;
            pause("p").await;
            r.rename("renamed");
            l.push(2);
            pause("q").await;
            l.push(3);
            r.rename("again");
            (d, list)
        }
    }
}

#[test]
fn reference_into_an_element() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let list = vec![D("a"), D("bb")];
            let last = list.last().unwrap();
            let first = &list[0];
            pause("p").await;
            last.peek().await + first.peek().await
        }
    }
}

#[test]
fn reference_to_a_field() {
    compare! {
        body();

        struct Both {
            left: D,
            right: Vec<u32>,
        }

        #[desugar]
        async fn body() -> usize {
            let mut both = Both { left: D("left"), right: vec![1] };
            let left = &both.left;
            let right = &mut both.right;
            grow(right, 2).await;
            let n = left.peek().await;
            right.push(n as u32);
            both.left.rename("new");
            both.right.len() + both.left.name().len()
        }
    }
}

#[test]
fn reference_to_a_reference() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let r = &d;
            let rr = &r;
            pause("p").await;
            rr.peek().await
        }
    }
}

#[test]
fn guard_held_over_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let mutex = Mutex::new(vec![1]);
            {
                let mut guard = mutex.lock().await;
                guard.push(2);
                pause("locked").await;
                guard.push(3);
            }
            tick("unlocked");
            let guard = mutex.lock().await;
            guard.clone()
        }
    }
}

#[test]
fn guard_dropped_before_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mutex = Mutex::new(D("inside"));
            let guard = mutex.lock().await;
            let n = guard.name().len();
            drop(guard);
            pause("unlocked").await;
            n + mutex.guard().name().len()
        }
    }
}

#[test]
fn guard_poisons_when_a_panic_unwinds_past_it() {
    compare! {
        outer();

        #[desugar]
        async fn body(mutex: &Mutex<u32>) -> u32 {
            let mut guard = mutex.lock().await;
            *guard += 1;
            pause("locked").await;
            tick("may panic");
            *guard
        }

        async fn outer() -> u32 {
            let mutex = std::rc::Rc::new(Mutex::new(1));
            struct Report(std::rc::Rc<Mutex<u32>>);
            impl Drop for Report {
                fn drop(&mut self) {
                    trace::log(format!("poisoned: {}", self.0.is_poisoned()));
                }
            }
            let _report = Report(mutex.clone());
            body(&mutex).await
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Not supported yet.
fn guard_as_a_temporary() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let mutex = Mutex::new(1);
            *mutex.lock().await += 1;
            tick("between");
            *mutex.lock().await *= value("factor", 10).await;
            let n = *mutex.lock().await;
            n
        }
    }
}

#[test]
fn buffer_written_in_an_awaited_operand() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u8> {
            let mut source = Source::new("hello", 3);
            let mut buffer = [0u8; 8];
            let n = source.read(&mut buffer[..4]).await;
            let m = source.read(&mut buffer[n..]).await;
            buffer[..n + m].to_vec()
        }
    }
}

#[test]
fn slice_kept_across_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let list = [D("a"), D("b"), D("c")];
            let (head, tail) = list.split_at(1);
            pause("p").await;
            for d in tail {
                d.peek().await;
            }
            head.len() + tail.len()
        }
    }
}

#[test]
fn slice_pattern_on_a_borrow() {
    compare! {
        body(&[1, 2, 3]), body(&[]);

        #[desugar]
        async fn body(list: &[u32]) -> u32 {
            match list {
                [first, .., last] => value("ends", first + last).await,
                [only] => *only,
                [] => value("empty", 0).await,
            }
        }
    }
}

#[test]
fn future_that_borrows_kept_as_a_local() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let future = d.peek();
            let other = show(&d);
            pause("p").await;
            let n = future.await;
            n + other.await.len()
        }
    }
}

#[test]
fn pinned_future_polled_by_reference() {
    compare! {
        body();

        #[desugar]
        async fn body() -> u32 {
            let future = value("v", 3);
            let mut future = std::pin::pin!(future);
            pause("p").await;
            let n = future.as_mut().await;
            pause("q").await;
            n
        }
    }
}

#[test]
fn closures_over_survivors() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<usize> {
            let d = D("d");
            let mut list = vec![1];
            let len = || d.name().len();
            let n = len();
            pause("p").await;
            let mut add = |n| list.push(n);
            add(n);
            add(2);
            pause("q").await;
            list.iter_mut().for_each(|n| *n += d.name().len());
            let owned = move || d.name().len();
            let m = owned();
            drop(owned);
            pause("r").await;
            list.push(m);
            list
        }
    }
}

#[test]
fn closure_kept_across_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut count = 0;
            let mut name = || {
                count += 1;
                d.name().len()
            };
            let n = name();
            pause("p").await;
            let m = name();
            pause("q").await;
            n + m + count
        }
    }
}

#[test]
fn move_closure_kept_across_an_await() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let n = 3;
            let len = move |more: usize| a.name().len() + n + more;
            pause("p").await;
            let m = len(1);
            pause("q").await;
            m + len(n)
        }
    }
}

#[test]
fn interior_mutability_across_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<u32> {
            let cell = std::cell::Cell::new(1);
            let log = std::cell::RefCell::new(vec![]);
            let push = |n| log.borrow_mut().push(n);
            push(cell.get());
            pause("p").await;
            cell.set(cell.get() + 1);
            push(cell.replace(7));
            pause("q").await;
            push(cell.get());
            log.into_inner()
        }
    }
}

#[test]
fn reborrow_of_a_parameter() {
    compare! {
        body(&mut vec![1]);

        #[desugar]
        async fn body(list: &mut Vec<u32>) -> usize {
            grow(list, 2).await;
            grow(&mut *list, 3).await;
            list.push(4);
            let last = list.last_mut().unwrap();
            *last += value("v", 10).await;
            list.iter().sum::<u32>() as usize
        }
    }
}

#[test]
fn shared_reborrow_while_the_local_is_read() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let peek = d.peek();
            tick(&d.name());
            let n = peek.await;
            n + d.name().len()
        }
    }
}

#[test]
fn swap_of_two_survivors() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (D, D) {
            let mut a = D("a");
            let mut b = D("b");
            pause("p").await;
            std::mem::swap(&mut a, &mut b);
            pause("q").await;
            let c = std::mem::replace(&mut a, D("c"));
            pause("r").await;
            (b, c)
        }
    }
}

#[test]
fn closure_that_makes_futures() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let peek = |more: usize| {
                tick(&more.to_string());
                d.peek()
            };
            let n = peek(1).await;
            n + peek(10).await
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Refused by design.
fn async_closure() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let d = D("d");
            let mut total = 0;
            let mut add = async |n: usize| {
                total += n + d.peek().await;
            };
            add(1).await;
            add(2).await;
            total
        }
    }
}

#[test]
fn optional_mutable_reference() {
    compare! {
        body(Some(&mut vec![1])), body(None);

        #[desugar]
        async fn body(mut list: Option<&mut Vec<u32>>) -> usize {
            if let Some(list) = list.as_deref_mut() {
                grow(list, 1).await;
            }
            if let Some(list) = &mut list {
                grow(list, 2).await;
            }
            list.map_or(0, |list| list.len())
        }
    }
}

#[test]
fn iterator_chain_kept_across_awaits() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<usize> {
            let list = vec![D("a"), D("bb"), D("ccc")];
            let skip = 1;
            let mut lengths = list.iter().map(|d| d.name().len()).skip(skip);
            pause("p").await;
            let mut out = Vec::new();
            while let Some(n) = lengths.next() {
                out.push(value("n", n).await);
            }
            out
        }
    }
}

#[test]
fn map_entry_kept_across_an_await() {
    compare! {
        body();

        #[desugar]
        async fn body() -> Vec<(String, D)> {
            let mut map = std::collections::BTreeMap::new();
            map.insert("a".to_string(), D("a"));
            for key in ["a", "b"] {
                let entry = map.entry(key.to_string());
                pause(key).await;
                entry.and_modify(|d| d.rename("seen")).or_insert_with(|| D("fresh"));
            }
            if let Some(d) = map.get_mut("b") {
                d.extend().await;
            }
            map.into_iter().collect()
        }
    }
}

#[test]
fn tail_temporary_that_borrows_a_boxed_local() {
    compare! {
        body();

        #[desugar]
        async fn body() -> usize {
            let mutex = Box::new(Mutex::new(D("inside")));
            pause("p").await;
            // The guard is a temporary of the tail: it must go before the mutex, or it dangles.
            mutex.guard().name().len()
        }
    }
}

#[test]
fn closures_that_reach_the_awaitee_by_a_variable() {
    async fn sum<I: Iterator<Item = usize>>(list: I) -> usize {
        pause("sum").await;
        list.sum()
    }

    async fn call(f: Box<dyn Fn() -> usize + '_>) -> usize {
        pause("call").await;
        f()
    }

    compare! {
        body(true, vec![1, 2]), body(false, vec![3]);

        #[desugar]
        async fn body(flag: bool, list: Vec<usize>) -> usize {
            let d = D("d");
            let mapped = list.iter().map(|n| if flag { n + d.name().len() } else { 0 });
            let chained = mapped.chain([1].into_iter());
            let mut total = sum(chained).await;
            let f: Box<dyn Fn() -> usize> = if flag {
                pause("branch").await;
                Box::new(|| d.name().len())
            } else {
                Box::new(|| list.len())
            };
            total += call(f).await;
            match Some(|| list.len() + d.name().len()) {
                Some(f) => total + call(Box::new(f)).await,
                None => 0,
            }
        }
    }
}

#[test]
fn closures_that_read_and_then_assign() {
    compare! {
        body(vec![Some(1), None, Some(5)]);

        #[desugar]
        async fn body(entries: Vec<Option<u32>>) -> (usize, u32) {
            let mut yielded = false;
            let waited = std::future::poll_fn(|cx| {
                if !yielded {
                    yielded = true;
                    cx.waker().wake_by_ref();
                    std::task::Poll::Pending
                } else {
                    std::task::Poll::Ready(3)
                }
            })
            .await;
            let now = value("now", 2).await;
            let is_valid = |entry: &Option<u32>| entry.is_none_or(|n| n.checked_sub(now).is_some() || n > now);
            let count = entries.iter().filter(|entry| is_valid(entry)).count();
            pause("p").await;
            let mut sum = 0;
            let total = entries.iter().flatten().map(|n| { let m = -sum; sum += *n as i32; n - m as u32 }).count();
            pause("q").await;
            (count + entries.iter().filter(|entry| is_valid(entry)).count() + total, waited)
        }
    }
}
