//! The lists of futures that `join!` and `select!` are written out with: which are polled, in which order, and when they
//! are dropped.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use desugar::__private::{InOrder, Reversed, Rotating, join, select, shuffled, starting_at, try_join};

thread_local! {
    static LOG: RefCell<String> = const { RefCell::new(String::new()) };
}

fn log(text: &str) {
    LOG.with_borrow_mut(|log| *log += text);
}

/// What has been logged since.
fn logged() -> String {
    LOG.take()
}

/// Logs its name when it is polled, and in upper case when it is dropped; ready when it has been polled so many times.
struct Named<T>(&'static str, u32, T);

impl<T: Clone> Future for Named<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        log(self.0);
        self.1 = self.1.checked_sub(1).expect("polled again");
        if self.1 == 0 { Poll::Ready(self.2.clone()) } else { Poll::Pending }
    }
}

impl<T> Unpin for Named<T> {}

impl<T> Drop for Named<T> {
    fn drop(&mut self) {
        log(&self.0.to_uppercase());
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_rotating_join_begins_each_poll_one_further() {
    let mut all = pin!(join(Rotating::new()).and(Named("a", 5, ())).and(Named("b", 5, ())).and(Named("c", 5, ())));
    while poll(all.as_mut()).is_pending() {
        log(" ");
    }
    assert_eq!(logged(), "abc bca cab abc bBcCaA");
}

#[test]
fn a_join_in_order_begins_each_poll_with_the_first() {
    let mut all = pin!(join(InOrder).and(Named("a", 2, 1)).and(Named("b", 3, "two")));
    assert!(poll(all.as_mut()).is_pending());
    assert!(poll(all.as_mut()).is_pending());
    assert_eq!(poll(all.as_mut()), Poll::Ready((((), 1), "two")));
    assert_eq!(logged(), "abaAbbB");
}

#[test]
fn a_reversed_join_begins_each_poll_with_the_last() {
    let mut all = pin!(join(Reversed).and(Named("b", 1, 2)).and(Named("a", 2, 1)));
    assert!(poll(all.as_mut()).is_pending());
    assert_eq!(poll(all.as_mut()), Poll::Ready((((), 2), 1)));
    assert_eq!(logged(), "abBaA");
}

#[test]
fn a_join_is_dropped_from_its_first_to_its_last() {
    let mut all = Box::pin(join(InOrder).and(Named("a", 2, ())).and(Named("b", 1, ())).and(Named("c", 2, ())));
    assert!(poll(all.as_mut()).is_pending());
    log(" ");
    drop(all);
    assert_eq!(logged(), "abBc AC");
}

#[test]
fn the_first_error_ends_a_try_join() {
    let all =
        try_join(InOrder).and(Named("a", 1, Ok(1))).and(Named("b", 1, Err::<(), _>("b"))).and(Named("c", 1, Ok(3)));
    let mut all = Box::pin(all);
    assert_eq!(poll(all.as_mut()), Poll::Ready(Err("b")));
    log(" ");
    drop(all);
    assert_eq!(logged(), "aAbB C");
}

#[test]
fn a_try_join_that_is_all_ok() {
    let mut all = pin!(try_join::<_, ()>(InOrder).and(Named("a", 1, Ok(1))).and(Named("b", 2, Ok("two"))));
    assert!(poll(all.as_mut()).is_pending());
    assert_eq!(poll(all.as_mut()), Poll::Ready(Ok((((), 1), "two"))));
    logged();
}

#[test]
fn a_select_polls_in_the_order_it_is_told() {
    let mut first = 0;
    let one = select(
        |_| {
            first += 1;
            Poll::Ready(starting_at(first, 3))
        },
        || 0,
    );
    let one = one.branch(Named("a", 9, 1), |n| n).branch(Named("b", 2, 2), |n| n + 10).branch(Named("c", 9, 3), |n| n);
    let mut one = Box::pin(one);
    assert!(poll(one.as_mut()).is_pending());
    assert_eq!(poll(one.as_mut()), Poll::Ready(12));
    log(" ");
    drop(one);
    assert_eq!(logged(), "bcacab ABC");
}

#[test]
fn a_select_that_may_not_begin_polls_nothing() {
    let mut one = pin!(select(|_| Poll::<[u32; 1]>::Pending, || 0).branch(Named("a", 1, 1), |n| n));
    assert!(poll(one.as_mut()).is_pending());
    assert_eq!(logged(), "");
}

#[test]
fn what_does_not_match_is_polled_no_more() {
    let one = select(|_| Poll::Ready(0..3), || -1);
    let one = one.branch(Named("a", 1, 1), |n| n).matching(|n| *n > 1).branch(Named("b", 9, 2), |n| n).unless(true);
    let mut one = pin!(one.branch(Named("c", 2, Some(3)), |_| 0).matching(Option::is_none));
    assert!(poll(one.as_mut()).is_pending());
    assert_eq!(poll(one.as_mut()), Poll::Ready(-1));
    assert_eq!(logged(), "acc");
}

#[test]
fn a_future_that_knows_that_it_is_over() {
    fn is_over(future: &&mut Named<u32>) -> bool {
        future.1 == 0
    }
    let (mut a, mut b) = (Named("a", 1, 1), Named("b", 0, 2));
    for expected in [1, 0] {
        let list = select(|_| Poll::Ready((0..2).rev()), || 0);
        let list = list.fused(&mut a, is_over, |n| n).fused(&mut b, is_over, |n| n);
        assert_eq!(list.now(), Poll::Ready(expected));
    }
    assert_eq!(logged(), "a");
}

#[test]
fn every_order_comes_about_as_often() {
    let mut orders = BTreeMap::new();
    let rounds = if cfg!(miri) { 60 } else { 6000 };
    for _ in 0..rounds {
        *orders.entry(shuffled::<3>()).or_insert(0) += 1;
    }
    assert_eq!(orders.len(), 6);
    assert!(cfg!(miri) || orders.values().all(|times| (800..1200).contains(times)), "{orders:?}");
    assert_eq!((shuffled::<0>(), shuffled::<1>()), ([], [0]));
}
