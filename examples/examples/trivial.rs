//! The smallest async function with something to see: it starts, waits once, and goes on.
//!
//! `cargo run --example trivial`

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use desugar::{block_on, desugar};

/// A future that is not ready at first, and is after one wake, which it asks for itself.
struct Event {
    waited: bool,
}

/// Something that happens a little later, and comes with a number.
fn event() -> Event {
    Event { waited: false }
}

impl Future for Event {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        if self.waited {
            return Poll::Ready(21);
        }
        self.waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[desugar]
async fn trivial() -> u32 {
    println!("Hello!");
    let n = event().await;
    println!("Got: {n}");
    n * 2
}

fn main() {
    println!("Result: {}", block_on(trivial()));
}
