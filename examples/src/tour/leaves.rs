//! Things to wait for. Each takes one poll more than it needs, so that there is something to see.

use std::cell::{RefCell, RefMut};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::say;

/// Pending once.
#[derive(Default)]
struct Once(bool);

impl Once {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Something that happens a little later, and comes with a number.
pub fn event() -> Event {
    Event(Once::default())
}

/// The future of [`event`].
pub struct Event(Once);

impl Future for Event {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        ready!(self.0.poll(cx));
        Poll::Ready(21)
    }
}

/// Gives out a text, piece by piece.
pub struct Source(pub &'static [u8]);

impl Source {
    /// Fills the front of `buffer`; 0 bytes: there are no more.
    pub fn read<'a>(&'a mut self, buffer: &'a mut [u8]) -> Read<'a> {
        Read { source: self, buffer, once: Once::default() }
    }
}

/// The future of [`Source::read`].
pub struct Read<'a> {
    source: &'a mut Source,
    buffer: &'a mut [u8],
    once: Once,
}

impl Future for Read<'_> {
    type Output = Result<usize, Full>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(self.once.poll(cx));
        let this = &mut *self;
        let (now, later) = this.source.0.split_at(this.buffer.len().min(this.source.0.len()));
        this.buffer[..now.len()].copy_from_slice(now);
        this.source.0 = later;
        Poll::Ready(Ok(now.len()))
    }
}

/// There is no room left.
#[derive(Debug, PartialEq)]
pub struct Full;

/// Takes so many bytes.
pub struct Sink {
    /// How many more.
    pub room: usize,
}

impl Sink {
    /// Takes all of `bytes`, or none.
    pub fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Write<'a> {
        Write { sink: self, bytes, once: Once::default() }
    }
}

/// The future of [`Sink::write`].
pub struct Write<'a> {
    sink: &'a mut Sink,
    bytes: &'a [u8],
    once: Once,
}

impl Future for Write<'_> {
    type Output = Result<(), Full>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(self.once.poll(cx));
        say(format_args!("wrote {:?}", String::from_utf8_lossy(self.bytes)));
        let left = self.sink.room.checked_sub(self.bytes.len());
        Poll::Ready(left.map(|room| self.sink.room = room).ok_or(Full))
    }
}

/// Says when it is dropped.
#[derive(Debug)]
pub struct Parcel(pub &'static str);

impl Drop for Parcel {
    fn drop(&mut self) {
        say(format_args!("dropped: {}", self.0));
    }
}

/// What a client asks for.
pub enum Request {
    /// How many parcels there are.
    Count,
    /// Keep this one.
    Keep(Parcel),
    /// Look at this one and give it back.
    Weigh(Parcel),
}

/// Keeps parcels, behind a lock.
#[derive(Default)]
pub struct Store(RefCell<Vec<Parcel>>);

impl Store {
    /// Locks the store until the guard is dropped.
    pub fn lock(&self) -> Guard<'_> {
        say("locked");
        Guard(self.0.borrow_mut())
    }

    /// Waits until what was kept is safe.
    pub fn sync(&self) -> Event {
        event()
    }
}

/// The store is locked while this exists.
pub struct Guard<'a>(RefMut<'a, Vec<Parcel>>);

impl Guard<'_> {
    /// Keeps a parcel.
    pub fn put(&mut self, parcel: Parcel) {
        say(format_args!("kept: {}", parcel.0));
        self.0.push(parcel);
    }

    /// How many parcels are kept.
    pub fn count(&self) -> u32 {
        self.0.len() as u32
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        say("unlocked");
    }
}
