//! What becomes of tasks: polls, outputs, panics, cancelling.

use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use desugar::{
    ThreadPool, block_on,
    time::{interval, now, sleep, timeout},
    yield_now,
};

use crate::support::{Alive, Busy, or_hang};

/// A future that hands out its waker at each poll, and never ends.
fn hands_out(to: &mpsc::Sender<Waker>) -> impl Future<Output = ()> + use<> {
    let to = to.clone();
    poll_fn(move |cx| {
        assert!(cx.waker().will_wake(&cx.waker().clone()));
        // Nobody may be there any more.
        let _ = to.send(cx.waker().clone());
        Poll::Pending
    })
}

#[test]
fn awaiting_gives_the_output() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                pool.spawn(async move {
                    yield_now().await;
                    number
                })
            })
            .collect();
        let sum = pool.run_until(async {
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 4950);
    });
}

#[test]
fn a_handle_can_be_awaited_by_any_executor() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        assert_eq!(block_on(pool.spawn(async { 1 })).unwrap(), 1);
        let task = pool.spawn(sleep(Duration::from_millis(1)));
        block_on(task).unwrap();
    });
}

// Invariant 6. Fails if waking a task that is scheduled queues it.
#[test]
fn many_wakes_before_a_poll_give_one_poll() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let (send, wakers) = mpsc::channel();
        let task = pool.spawn(hands_out(&send));
        let waker = wakers.recv().unwrap();
        let busy = Busy::keep(&pool);
        for _ in 0..3 {
            waker.wake_by_ref();
        }
        waker.wake();
        busy.let_go();
        pool.run_until_stalled();
        assert_eq!(wakers.try_iter().count(), 1);
        drop(task);
    });
}

// Invariants 1 and 6. Fails if a wake during a poll is not looked for afterwards.
#[test]
fn a_wake_during_a_poll_gives_exactly_one_more() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let polls = Arc::new(AtomicU32::new(0));
        let counted = polls.clone();
        let task = pool.spawn(poll_fn(move |cx| {
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                cx.waker().wake_by_ref();
                let waker = cx.waker().clone();
                thread::spawn(move || waker.wake()).join().unwrap();
            }
            Poll::<()>::Pending
        }));
        pool.run_until_stalled();
        assert_eq!(polls.load(Ordering::Relaxed), 2);
        drop(task);
    });
}

// Invariants 4, 6 and 7. Fails, under Miri, if `wake` gives its reference back before it is through.
#[test]
fn a_waker_that_is_kept_keeps_nothing_and_does_nothing() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        let (alive, (send, wakers)) = (Alive::default(), mpsc::channel());
        // Not in an async block, which drops what it has itself when it ends.
        let (life, mut polls) = (alive.one(), 0);
        pool.spawn(poll_fn(move |cx| {
            let _ = &life;
            polls += 1;
            send.send(cx.waker().clone()).unwrap();
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        }))
        .detach();
        wakers.recv().unwrap().wake();
        let kept = wakers.recv().unwrap();
        pool.run();
        assert_eq!(alive.count(), 0);
        kept.wake_by_ref();
        pool.run_until_stalled();
        assert!(wakers.try_recv().is_err());
        drop(pool);
        kept.wake();
    });
}

// Invariant 14. Fails if a clone has a table of its own.
#[test]
fn wakers_of_one_task_know_one_another() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let (send, wakers) = mpsc::channel();
        let tasks = [pool.spawn(hands_out(&send)), pool.spawn(hands_out(&send))];
        let (a, b) = (wakers.recv().unwrap(), wakers.recv().unwrap());
        assert!(a.will_wake(&a.clone()) && !a.will_wake(&b));
        a.wake_by_ref();
        assert!(a.will_wake(&wakers.recv().unwrap()));
        drop(tasks);
    });
}

// Invariant 10. Fails without the `catch_unwind` around the poll: the only thread is lost.
#[test]
fn a_task_that_panics_is_dropped_and_the_thread_goes_on() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let alive = Alive::default();
        for _ in 0..3 {
            let life = alive.one();
            let task = pool.spawn(async move {
                let _life = life;
                yield_now().await;
                panic!("on purpose");
            });
            let error = block_on(task).unwrap_err();
            assert_eq!((error.to_string(), alive.count()), ("the task panicked: on purpose".to_owned(), 0));
        }
        assert_eq!(block_on(pool.spawn(async { 1 })).unwrap(), 1);
    });
}

#[test]
fn dropping_a_handle_drops_the_future_there_and_then() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        let alive = Alive::default();
        let life = alive.one();
        let task = pool.spawn(async move {
            let _life = life;
            pending::<()>().await;
        });
        pool.run_until_stalled();
        assert_eq!(alive.count(), 1);
        drop(task);
        assert_eq!(alive.count(), 0);
        pool.run();
    });
}

// Fails without CANCELLED.
#[test]
fn a_task_cancelled_while_it_is_polled_is_dropped_when_the_poll_returns() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let alive = Alive::default();
        let ((started, waits), (go, wait)) = (mpsc::channel::<()>(), mpsc::channel::<()>());
        let life = alive.one();
        let task = pool.spawn(poll_fn(move |_| {
            let _ = &life;
            started.send(()).unwrap();
            wait.recv().unwrap();
            Poll::<()>::Pending
        }));
        waits.recv().unwrap();
        drop(task);
        assert_eq!(alive.count(), 1);
        go.send(()).unwrap();
        pool.run();
        assert_eq!(alive.count(), 0);
    });
}

#[test]
fn the_last_one_who_awaits_is_woken() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let (go, wait) = mpsc::channel::<()>();
        let mut task = pool.spawn(async move { wait.recv().unwrap() });
        assert!(pin!(&mut task).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let mut polled = false;
        block_on(poll_fn(|cx| {
            let poll = pin!(&mut task).poll(cx);
            if !polled {
                polled = true;
                go.send(()).unwrap();
            }
            poll
        }))
        .unwrap();
    });
}

// Invariant 12. Fails if a thread takes from the inbox only when its own queue is empty.
#[test]
fn a_task_that_wakes_itself_starves_neither_the_others_nor_the_timer() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let spins = pool.spawn(async {
            loop {
                yield_now().await;
            }
        });
        pool.run_until(async {
            pool.spawn(yield_now()).await.unwrap();
            sleep(Duration::from_millis(1)).await;
            pool.spawn(sleep(Duration::from_millis(1))).await.unwrap();
        });
        drop(spins);
    });
}

// Invariant 12.
#[test]
fn one_thread_polls_first_come_first_served() {
    or_hang(|| {
        let pool = ThreadPool::new(1);
        let lines = Arc::new(Mutex::new(Vec::new()));
        let spawner = pool.spawner();
        let inner = lines.clone();
        pool.spawn(async move {
            for name in ["a", "b", "c"] {
                let lines = inner.clone();
                let task = async move {
                    for round in 1..=2 {
                        lines.lock().unwrap().push(format!("{name}{round}"));
                        yield_now().await;
                    }
                };
                spawner.spawn(task).detach();
            }
        })
        .detach();
        pool.run();
        assert_eq!(*lines.lock().unwrap(), ["a1", "b1", "c1", "a2", "b2", "c2"]);
    });
}

#[test]
fn a_task_behind_one_that_blocks_goes_to_the_other_thread() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        let spawner = pool.spawner();
        let task = pool.spawn(async move {
            let (send, receive) = mpsc::channel();
            // In the queue of this very thread.
            spawner.spawn(async move { send.send(1).unwrap() }).detach();
            receive.recv().unwrap()
        });
        assert_eq!(block_on(task).unwrap(), 1);
    });
}

// Invariant 15, and 3. Fails if a worker of any pool is taken for one of this pool: it has no queue with that number here.
#[test]
fn workers_of_one_pool_wake_and_spawn_tasks_of_another() {
    or_hang(|| {
        let (one, two) = (ThreadPool::new(1), ThreadPool::new(2));
        for _ in 0..20 {
            let spawner = one.spawner();
            let tasks = [(); 4].map(|()| {
                let spawner = spawner.clone();
                two.spawn(async move {
                    for _ in 0..3 {
                        spawner.spawn(yield_now()).await.unwrap();
                    }
                })
            });
            for task in tasks {
                block_on(task).unwrap();
            }
        }
    });
}

#[test]
fn time_in_tasks_and_outside_of_them() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        const MOMENT: Duration = Duration::from_millis(2);
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                pool.spawn(async move {
                    let before = now();
                    sleep(MOMENT * (number % 3)).await;
                    assert!(now() - before >= MOMENT * (number % 3));
                    assert!(timeout(MOMENT, pending::<()>()).await.is_err());
                })
            })
            .collect();
        pool.run_until(async {
            let mut interval = interval(MOMENT);
            let first = interval.tick().await;
            assert_eq!(interval.tick().await - first, MOMENT);
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
}

// Fails if the keeper of the clock rouses nobody when it wakes.
#[test]
fn timers_fire_while_the_thread_that_kept_the_clock_is_busy() {
    or_hang(|| {
        let pool = ThreadPool::new(2);
        let (send, receive) = mpsc::channel::<()>();
        // Whoever wakes for the first timer blocks until the second one has fired.
        let first = pool.spawn(async move {
            sleep(Duration::from_millis(5)).await;
            receive.recv().unwrap();
        });
        let second = pool.spawn(async move {
            sleep(Duration::from_millis(10)).await;
            send.send(()).unwrap();
        });
        block_on(async {
            first.await.unwrap();
            second.await.unwrap();
        });
    });
}
