//! The one-page executor: several activities in simulated time, and all that runs them, on a page.
//!
//! A future is a value with one method. `poll` runs it until it cannot go on, and says whether it is `Ready`. What the
//! compiler, or `#[desugar]`, makes of an async function is such a value; its poll goes on where the last one stopped. An
//! executor is whoever calls `poll`.
//!
//! `Pin<&mut F>` instead of `&mut F` is a promise of the caller: this value stays where it is until it is dropped. The
//! function may hold a reference to a variable of its own across an await, which would dangle if the future were moved.
//! `Box::pin` is the simplest way to promise it.
//!
//! The `Context` carries a waker, by which a future says later, from anywhere, "poll me again". Nobody says that here. When
//! a task stops, it has written down what it waits for, in a place where the executor reads it at once; and the only thing
//! to wait for is time, which the executor itself puts forward. So it knows whom to poll next, and when: the `Context` is
//! made with a waker that does nothing.
//!
//! What that gives up: a task can wait for nothing but this command. A task that awaits two sleeps at a time would
//! overwrite the first command with the second. Nothing outside can wake one: no other thread, no socket. And a future
//! of another crate, which relies on its waker, would never be polled again. `desugar::sim` does it with wakers.

use std::{
    cell::Cell,
    cmp::Reverse,
    collections::BinaryHeap,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
    /// Where a task that stops writes how long it wants to sleep.
    static COMMAND: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The primitive: writes its command, is pending once, and ready when it is polled again.
async fn sleep(seconds: u64) {
    let mut written = false;
    poll_fn(|_| {
        if written {
            return Poll::Ready(());
        }
        written = true;
        COMMAND.set(Some(seconds));
        Poll::Pending
    })
    .await;
}

/// Polls all tasks to their ends, each when its time has come; of the same time, the one that went to sleep first.
fn run(mut tasks: Vec<Pin<Box<dyn Future<Output = ()>>>>) {
    let mut order = tasks.len();
    let mut asleep: BinaryHeap<_> = (0..order).map(|task| Reverse((0, task, task))).collect();
    while let Some(Reverse((time, _, task))) = asleep.pop() {
        NOW.set(time);
        let polled = tasks[task].as_mut().poll(&mut Context::from_waker(Waker::noop()));
        match (polled, COMMAND.take()) {
            (Poll::Ready(()), _) => {}
            (Poll::Pending, Some(seconds)) => asleep.push(Reverse((time + seconds, order, task))),
            (Poll::Pending, None) => panic!("a task waits for something else than `sleep`, which nobody will tell it"),
        }
        order += 1;
    }
}

#[desugar::desugar]
async fn activity(name: &'static str, period: u64, rounds: u64) {
    for round in 1..=rounds {
        sleep(period).await;
        println!("{:>3} s  {name}: round {round} of {rounds}", NOW.get());
    }
}

fn main() {
    run(vec![Box::pin(activity("slow", 10, 2)), Box::pin(activity("medium", 4, 3)), Box::pin(activity("fast", 1, 5))]);
}
