//! Sleeping by the real clock. Nothing is measured but that it is not too short.

use std::{
    cell::Cell,
    future::{pending, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use desugar::{
    Either, LocalPool, join, select,
    time::{Instant, interval, now, sleep, sleep_until, timeout},
    yield_now,
};

use crate::support::or_hang;

const MOMENT: Duration = Duration::from_millis(2);

#[test]
fn a_sleep_is_not_too_short() {
    or_hang(|| {
        LocalPool::new().run_until(async {
            let before = now();
            sleep(MOMENT).await;
            assert!(now() - before >= MOMENT);
            sleep_until(before).await;
            sleep_until(now() + MOMENT).await;
            assert!(now() - before >= 2 * MOMENT);
        });
    });
}

#[test]
fn the_shorter_sleep_is_over_first() {
    or_hang(|| {
        LocalPool::new().run_until(async {
            let first = select(sleep(Duration::from_secs(3600)), sleep(MOMENT)).await;
            assert_eq!(first, Either::Right(()));
            join(sleep(MOMENT), sleep(MOMENT)).await;
        });
    });
}

#[test]
fn a_timeout_cuts_off_what_is_too_slow_only() {
    or_hang(|| {
        LocalPool::new().run_until(async {
            assert_eq!(timeout(Duration::ZERO, async { 1 }).await, Ok(1));
            assert!(timeout(MOMENT, pending::<()>()).await.is_err());
            assert_eq!(timeout(Duration::MAX, sleep(MOMENT)).await, Ok(()));
        });
    });
}

#[test]
fn an_interval_does_not_drift() {
    or_hang(|| {
        LocalPool::new().run_until(async {
            let mut interval = interval(MOMENT);
            let first = interval.tick().await;
            thread::sleep(3 * MOMENT);
            assert_eq!(interval.tick().await - first, MOMENT);
            assert_eq!(interval.tick().await - first, 2 * MOMENT);
        });
    });
}

#[test]
fn a_sleep_can_go_to_another_thread() {
    or_hang(|| {
        let pool = LocalPool::new();
        let mut long = Box::pin(sleep(Duration::from_secs(3600)));
        let mut short = Box::pin(sleep(MOMENT));
        pool.run_until(poll_fn(|cx| {
            assert!(long.as_mut().poll(cx).is_pending());
            assert!(short.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        }));
        let short = thread::spawn(move || {
            drop(long);
            assert!(short.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            short
        });
        let mut short = short.join().unwrap();
        pool.run_until(short.as_mut());
        assert!(pin!(short).poll(&mut Context::from_waker(Waker::noop())).is_ready());
    });
}

#[test]
fn a_sleep_outlives_its_pool() {
    let pool = LocalPool::new();
    let mut long = Box::pin(sleep(Duration::from_secs(3600)));
    pool.run_until(poll_fn(|cx| {
        assert!(long.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    }));
    drop(pool);
    assert!(long.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

// Fails if a sleep keeps the first waker it was polled with.
#[test]
fn the_last_waker_is_woken() {
    or_hang(|| {
        let pool = LocalPool::new();
        let slept = Cell::new(None);
        pool.run_until(async {
            let mut sleep = Box::pin(sleep(MOMENT));
            assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            slept.set(Some(sleep));
        });
        pool.run_until(pool.spawn(slept.take().unwrap())).unwrap();
    });
}

#[test]
fn moments_do_not_overflow() {
    let late = Instant::START + Duration::MAX;
    assert_eq!(late, Instant::NEVER);
    assert_eq!(Instant::START - late, Duration::ZERO);
    assert_eq!((Instant::START + MOMENT).since_start(), MOMENT);
}

// Fails if a tick that is late is ready at once: nothing else has its turn until all are made up for.
#[test]
fn an_interval_that_is_behind_lets_others_go_first() {
    or_hang(|| {
        let turns = Cell::new(0);
        let pool = LocalPool::new();
        pool.spawn(async {
            loop {
                yield_now().await;
                turns.set(turns.get() + 1);
            }
        })
        .detach();
        pool.run_until(async {
            let mut interval = interval(Duration::from_micros(10));
            let first = interval.tick().await;
            while now() - first < Duration::from_millis(1) {}
            let before = turns.get();
            for _ in 0..10 {
                interval.tick().await;
            }
            assert!(turns.get() - before >= 9);
        });
    });
}
