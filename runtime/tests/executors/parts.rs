//! `join`, `select` and the slot channel.

use std::{cell::Cell, future::poll_fn, pin::pin, task::Poll};

use desugar::{Either, LocalPool, block_on, join, select, slot};

use crate::support::{Alive, Hand, OnDrop, Trace};

#[test]
fn a_join_polls_in_order_and_drops_each_future_when_it_is_ready() {
    let trace = Trace::default();
    let half = |name: &'static str, polls: u32| {
        let (trace, noted) = (trace.clone(), trace.clone());
        let notes = OnDrop(move || noted.write(format!("{name} dropped")));
        let mut polled = 0;
        poll_fn(move |cx| {
            let _ = &notes;
            polled += 1;
            trace.write(format!("{name}{polled}"));
            cx.waker().wake_by_ref();
            if polled == polls { Poll::Ready(name) } else { Poll::Pending }
        })
    };
    assert_eq!(block_on(join(half("a", 1), half("b", 2))), ("a", "b"));
    assert_eq!(trace.take(), ["a1", "a dropped", "b1", "b2", "b dropped"]);
}

#[test]
fn a_select_prefers_the_first_and_drops_the_other() {
    assert_eq!(block_on(select(async { 1 }, async { 2 })), Either::Left(1));
    let (alive, hand) = (Alive::default(), Hand::default());
    let (life, future) = (alive.one(), hand.future());
    let other = async move {
        let _life = life;
        future.await;
    };
    block_on(select(other, async {}));
    assert_eq!((alive.count(), hand.polls.get()), (0, 1));
}

#[test]
fn a_slot_holds_one_value() {
    let (sent, pool) = (Cell::new(0), LocalPool::new());
    let (sender, mut receiver) = slot::channel();
    pool.spawn(async {
        let mut sender = sender;
        for number in 1..=3 {
            sender.send(number).await.unwrap();
            sent.set(number);
        }
    })
    .detach();
    pool.run_until_stalled();
    assert_eq!(sent.get(), 1);
    assert_eq!(pool.run_until(receiver.receive()), Some(1));
    pool.run_until_stalled();
    assert_eq!(sent.get(), 2);
    assert_eq!(pool.run_until(async { (receiver.receive().await, receiver.receive().await) }), (Some(2), Some(3)));
    assert_eq!(pool.run_until(receiver.receive()), None);
}

#[test]
fn a_slot_whose_receiver_is_gone_gives_the_value_back() {
    let pool = LocalPool::new();
    let (mut sender, receiver) = slot::channel();
    pool.run_until(sender.send(1)).unwrap();
    let task = pool.spawn(async move { sender.send(2).await });
    pool.run_until_stalled();
    drop(receiver);
    assert_eq!(pool.run_until(task).unwrap(), Err(slot::SendError(2)));
}

#[test]
fn a_value_that_nobody_receives_is_dropped() {
    let alive = Alive::default();
    let (mut sender, receiver) = slot::channel();
    block_on(sender.send(alive.one())).unwrap();
    drop(receiver);
    assert_eq!(alive.count(), 0);
    let (mut sender, receiver) = slot::channel();
    block_on(sender.send(alive.one())).unwrap();
    {
        let mut full = pin!(sender.send(alive.one()));
        let waker = std::task::Waker::noop();
        assert!(full.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
        assert_eq!(alive.count(), 2);
    }
    assert_eq!(alive.count(), 1);
    drop((sender, receiver));
    assert_eq!(alive.count(), 0);
}
