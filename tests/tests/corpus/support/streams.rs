//! A stream that is pending once before each item, and a sink that can be full.

use desugar_tests::{D, tick, trace};
use futures::{Sink, Stream};
use std::{
    collections::VecDeque,
    fmt::Debug,
    pin::Pin,
    task::{Context, Poll},
};

pub struct Items<T> {
    name: &'static str,
    items: VecDeque<T>,
    asked: bool,
    _d: D,
}

/// A stream of these items.
pub fn items<T>(name: &'static str, items: impl IntoIterator<Item = T>) -> Items<T> {
    Items { name, items: items.into_iter().collect(), asked: false, _d: D(format!("stream {name}")) }
}

impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        tick(&format!("poll_next {}", self.name));
        self.asked = !self.asked;
        if self.asked {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.items.pop_front())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.items.len(), Some(self.items.len()))
    }
}

/// Takes so many items; then it is closed. A flush is pending once.
pub struct Drain<T> {
    pub taken: Vec<T>,
    room: usize,
    flushing: bool,
    _d: D,
}

pub fn drain<T>(room: usize) -> Drain<T> {
    Drain { taken: Vec::new(), room, flushing: false, _d: D("sink") }
}

/// The sink takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl<T> Unpin for Drain<T> {}

impl<T: Debug> Sink<T> for Drain<T> {
    type Error = Full;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Full>> {
        tick("poll_ready");
        Poll::Ready(if self.room > self.taken.len() { Ok(()) } else { Err(Full) })
    }

    fn start_send(mut self: Pin<&mut Self>, item: T) -> Result<(), Full> {
        trace::log(format!("start_send {item:?}"));
        self.taken.push(item);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Full>> {
        tick("poll_flush");
        self.flushing = !self.flushing;
        if self.flushing {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Full>> {
        trace::log("poll_close");
        self.poll_flush(cx)
    }
}
