//! Much at once, a bounded number of rounds, on all of a machine's threads.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    thread,
};

use desugar::{ThreadPool, block_on, yield_now};

use crate::support::{Alive, or_hang};

/// A channel of one, for several threads.
#[derive(Default)]
struct Slot(std::sync::Mutex<(Option<u64>, Option<Waker>)>);

impl Slot {
    async fn put(&self, number: u64) {
        self.turn(|value| value.is_none().then(|| *value = Some(number))).await;
    }

    async fn take(&self) -> u64 {
        self.turn(Option::take).await
    }

    /// Waits until `act` can be done, and wakes the other side.
    async fn turn<T>(&self, act: impl Fn(&mut Option<u64>) -> Option<T>) -> T {
        poll_fn(|cx| {
            let mut slot = self.0.lock().unwrap();
            let done = act(&mut slot.0);
            let other = if done.is_some() { slot.1.take() } else { slot.1.replace(cx.waker().clone()) };
            drop(slot);
            match done {
                Some(value) => {
                    other.into_iter().for_each(Waker::wake);
                    Poll::Ready(value)
                }
                None => Poll::Pending,
            }
        })
        .await
    }
}

#[test]
fn pairs_that_play_while_others_come_and_go() {
    or_hang(|| {
        let (pairs, rounds) = if cfg!(miri) { (2, 5) } else { (20, 500) };
        let threads = thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4));
        let (pool, alive) = (ThreadPool::new(threads), Alive::default());
        let sums: Vec<_> = (0..pairs)
            .map(|_| {
                let (there, back) = (Arc::new(Slot::default()), Arc::new(Slot::default()));
                let (to, from) = (there.clone(), back.clone());
                pool.spawn(async move {
                    for _ in 0..rounds {
                        let number = there.take().await;
                        back.put(number + 1).await;
                    }
                })
                .detach();
                pool.spawn(async move {
                    let mut number = 0;
                    for _ in 0..rounds {
                        to.put(number).await;
                        number = from.take().await;
                    }
                    number
                })
            })
            .collect();
        let ended = Arc::new(AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..rounds {
                        let (life, ended) = (alive.one(), ended.clone());
                        let spawner = pool.spawner();
                        let task = pool.spawn(async move {
                            let _life = life;
                            yield_now().await;
                            spawner.spawn(yield_now()).await.unwrap();
                            ended.fetch_add(1, Ordering::Relaxed);
                        });
                        match round % 3 {
                            0 => drop(task),
                            1 => task.detach(),
                            _ => block_on(task).unwrap(),
                        }
                    }
                });
            }
        });
        for sum in sums {
            assert_eq!(block_on(sum).unwrap(), rounds);
        }
        pool.run();
        assert_eq!(alive.count(), 0);
        assert!(ended.load(Ordering::Relaxed) as u64 >= 2 * (rounds / 3));
    });
}
