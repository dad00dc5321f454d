//! The smallest async function with something to see, beside the same written by hand: what `#[desugar]` expands to.
//!
//! `cargo run --example trivial`, and `cargo expand -p desugar-examples --example trivial` for the real expansion.

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

/// What the attribute makes of it, in plain Rust and with nothing but std.
///
/// The expansion has the same parts. It differs in that it knows no types, being made by a macro: what is `Event` here
/// is a type parameter there, and `poll` is a closure from which rustc infers it. What is `MaybeUninit` here is
/// `desugar::__private::Slot` there, and what is [`Guard`] here is `Anchor`.
mod by_hand {
    use std::future::Future;
    use std::marker::PhantomPinned;
    use std::mem::{MaybeUninit, forget};
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::{Event, event};

    /// Where `trivial` can stand between two polls: before its first line, at each of its awaits, or past its end.
    #[derive(Clone, Copy)]
    enum State {
        NeverPolled,
        /// At `event().await`.
        WaitingForEvent,
        Finished,
        Panicked,
    }

    /// What `trivial` keeps between two polls: the future, to whoever calls it.
    struct Frame {
        state: State,
        /// The future it waits for. There is one only while `state` is `WaitingForEvent`, hence `MaybeUninit`.
        awaitee: MaybeUninit<Event>,
        // `n` is not here: it is not alive at any await, so it stays an ordinary local of one poll.
        /// Once polled, a frame must not move any more: the future in it may borrow from itself, and so may variables
        /// borrow from each other. This makes the frame `!Unpin`, so that safe code cannot move it.
        _pinned: PhantomPinned,
    }

    /// Calling an async function runs none of it. It stores the arguments, of which there are none.
    pub(super) fn trivial() -> impl Future<Output = u32> {
        Frame { state: State::NeverPolled, awaitee: MaybeUninit::uninit(), _pinned: PhantomPinned }
    }

    impl Future for Frame {
        type Output = u32;

        /// Goes on from `state` to the next await that is not ready, or to the end.
        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
            // SAFETY: nothing is moved out of the frame: the awaitee is polled and dropped where it lies.
            let this = unsafe { self.get_unchecked_mut() };
            let at = this.state;
            this.state = match at {
                State::Finished => panic!("`async fn` resumed after completion"),
                State::Panicked => panic!("`async fn` resumed after panicking"),
                // Overwritten below, unless something panics before.
                State::NeverPolled | State::WaitingForEvent => State::Panicked,
            };

            // The block ends where the function resumes: leaving it early skips what has run already. The statements
            // stay in their order, and a loop around them would stay a loop.
            'event: {
                if let State::WaitingForEvent = at {
                    break 'event;
                }
                println!("Hello!");
                // `event().await` is two steps: put the future in its place ..
                this.awaitee.write(event());
            }
            // .. and poll it there.
            let awaitee = Guard(&mut this.awaitee);
            // SAFETY: written above, in this poll or in the first; and it stays where it is until it is dropped.
            let pinned = unsafe { Pin::new_unchecked(awaitee.0.assume_init_mut()) };
            let n = match pinned.poll(cx) {
                Poll::Ready(n) => n,
                Poll::Pending => {
                    // To suspend is to note where, and to leave alone what is in the frame.
                    forget(awaitee);
                    this.state = State::WaitingForEvent;
                    return Poll::Pending;
                }
            };
            // The future goes as soon as it is ready, before the next statement.
            drop(awaitee);

            println!("Got: {n}");
            let output = n * 2;
            this.state = State::Finished;
            Poll::Ready(output)
        }
    }

    /// Stands for the future in its place while `poll` runs, and drops it on every way out, a panic's included.
    ///
    /// A variable that is alive at an await would have such a guard too, declared where the source declares the
    /// variable: then rustc's own scopes drop it where the source would.
    struct Guard<'f>(&'f mut MaybeUninit<Event>);

    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            // SAFETY: made for a future that is there, and forgotten where it stays.
            unsafe { self.0.assume_init_drop() }
        }
    }

    /// The drop table: what there is to drop in each state, if nobody polls the future to its end. At an await that is
    /// the future that is awaited, then the variables that are alive, the newest first.
    impl Drop for Frame {
        fn drop(&mut self) {
            match self.state {
                State::NeverPolled => {}
                // SAFETY: in this state there is a future, and this is the last time that anybody looks.
                State::WaitingForEvent => unsafe { self.awaitee.assume_init_drop() },
                State::Finished | State::Panicked => {}
            }
        }
    }
}

fn main() {
    let desugared = block_on(trivial());
    println!("Result: {desugared}");

    println!("\nAnd by hand:");
    let by_hand = block_on(by_hand::trivial());
    println!("Result: {by_hand}");

    assert_eq!(desugared, by_hand);
    assert_eq!(size_of_val(&trivial()), size_of_val(&by_hand::trivial()));
}
