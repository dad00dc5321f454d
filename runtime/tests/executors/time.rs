//! Sleeping by the real clock. Nothing is measured but that it is not too short.

use std::{
    cell::Cell,
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use desugar::{
    Either, LocalPool, ThreadPool, block_on, join, select,
    sim::Sim,
    time::{Instant, Sleep, interval, now, sleep, sleep_until, timeout},
    yield_now,
};

use crate::support::{elsewhere, or_hang};

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

/// A sleep that has begun in the pool.
fn begun(pool: &LocalPool<'_>, duration: Duration) -> Pin<Box<Sleep>> {
    let mut sleep = Box::pin(sleep(duration));
    pool.run_until(poll_fn(|cx| {
        assert!(sleep.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    }));
    sleep
}

#[test]
fn a_sleep_can_go_to_another_thread_and_back() {
    or_hang(|| {
        let pool = LocalPool::new();
        let (long, short) = (begun(&pool, Duration::from_secs(3600)), begun(&pool, MOMENT));
        let short = elsewhere(move || {
            drop(long);
            short
        });
        pool.run_until(short);
    });
}

// Fails, by hanging, if a sleep stays with the clock that it began with.
#[test]
fn a_sleep_goes_on_in_another_pool() {
    or_hang(|| {
        let (one, two) = (LocalPool::new(), ThreadPool::new(1));
        two.run_until(begun(&one, MOMENT));
        block_on(two.spawn(begun(&one, MOMENT))).unwrap();
        let left_behind = begun(&one, MOMENT);
        drop(one);
        LocalPool::new().run_until(left_behind);
    });
}

#[test]
fn a_sleep_that_goes_on_elsewhere_ends_when_it_would_have() {
    let (one, two) = (Sim::new(0), Sim::new(0));
    let mut moved = Box::pin(sleep(Duration::from_nanos(10)));
    one.spawn(sleep(Duration::from_nanos(3))).detach();
    one.run_until(async {
        let first = select(moved.as_mut(), sleep(Duration::from_nanos(3))).await;
        assert_eq!(first, Either::Right(()));
    })
    .unwrap();
    two.run_until(async {
        sleep(Duration::from_nanos(100)).await;
        moved.as_mut().await;
    })
    .unwrap();
    assert_eq!(two.now().since_start(), Duration::from_nanos(107));
    // Nothing is left of it where it began.
    assert!(one.run_until(pending::<()>()).is_err());
    assert_eq!(one.now().since_start(), Duration::from_nanos(3));
}

// Fails, by hanging, if the clock is asked for by the first poll only.
#[test]
fn a_sleep_that_is_awaited_where_there_is_no_clock() {
    or_hang(|| {
        let pool = LocalPool::new();
        let mut sleep = begun(&pool, MOMENT);
        let panic = catch_unwind(AssertUnwindSafe(|| block_on(sleep.as_mut()))).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.starts_with("`sleep` needs the clock of a pool"), "{text}");
        // Once it is over it does not matter who asks.
        pool.run_until(sleep.as_mut());
        block_on(sleep);
    });
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
