//! What the compared functions await: futures written by hand, each pending at its first poll and ready at its
//! second, and the values they take and give.

use std::future::Future;
use std::mem::replace;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Gives back an owned value, a poll later.
pub(crate) struct Later<T> {
    value: Option<T>,
    waited: bool,
}

#[inline]
fn later<T>(value: T) -> Later<T> {
    Later { value: Some(value), waited: false }
}

impl<T: Unpin> Future for Later<T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        if !replace(&mut self.waited, true) {
            return Poll::Pending;
        }
        Poll::Ready(self.value.take().expect("a future is not polled after it was ready"))
    }
}

/// What cannot fail here, and could in a real program.
#[derive(Debug)]
pub(crate) struct Failed;

// ---- copy ----

/// Gives so many bytes, one at a time.
pub(crate) struct Source(pub(crate) u64);

/// Adds up the bytes it is given.
pub(crate) struct Sink(pub(crate) u64);

pub(crate) struct Read<'a>(&'a mut Source, &'a mut [u8], bool);

pub(crate) struct WriteAll<'a>(&'a mut Sink, &'a [u8], bool);

impl Source {
    #[inline]
    pub(crate) fn read<'a>(&'a mut self, buffer: &'a mut [u8]) -> Read<'a> {
        Read(self, buffer, false)
    }
}

impl Sink {
    #[inline]
    pub(crate) fn write_all<'a>(&'a mut self, bytes: &'a [u8]) -> WriteAll<'a> {
        WriteAll(self, bytes, false)
    }
}

impl Future for Read<'_> {
    type Output = Result<usize, Failed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if !replace(&mut self.2, true) {
            return Poll::Pending;
        }
        let Read(source, buffer, _) = &mut *self;
        if source.0 == 0 {
            return Poll::Ready(Ok(0));
        }
        source.0 -= 1;
        buffer[0] = source.0 as u8;
        Poll::Ready(Ok(1))
    }
}

impl Future for WriteAll<'_> {
    type Output = Result<(), Failed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if !replace(&mut self.2, true) {
            return Poll::Pending;
        }
        let byte = u64::from(self.1[0]);
        self.0.0 += byte;
        Poll::Ready(Ok(()))
    }
}

// ---- chain ----

pub(crate) struct Connection([u64; 8]);

pub(crate) struct Reply([u64; 16]);

#[inline]
pub(crate) fn connect(number: u64) -> Later<Connection> {
    later(Connection([number; 8]))
}

#[inline]
pub(crate) fn ask(connection: Connection) -> Later<Reply> {
    let mut words = [1; 16];
    words[4..12].copy_from_slice(&connection.0);
    later(Reply(words))
}

#[inline]
pub(crate) fn evaluate(reply: Reply) -> Later<u64> {
    later(reply.0.iter().fold(0, |sum, word| sum ^ word))
}

// ---- nested and retry ----

pub(crate) struct Request {
    number: u64,
    body: [u8; 56],
}

impl Request {
    #[inline]
    pub(crate) fn new(number: u64) -> Request {
        Request { number, body: [number as u8; 56] }
    }

    #[inline]
    pub(crate) fn digest(&self) -> u64 {
        self.number + u64::from(self.body[7])
    }
}

/// Answers on the first to fourth attempt, whichever the request's number says.
#[inline]
pub(crate) fn send(request: &Request, attempt: u64) -> Later<Result<Option<u64>, Failed>> {
    later(match attempt {
        0..4 => Ok((attempt == request.number % 4).then(|| request.digest())),
        _ => Err(Failed),
    })
}

#[inline]
pub(crate) fn pause(attempt: u64) -> Later<u64> {
    later(1 << attempt)
}

// ---- branch ----

pub(crate) enum Command {
    Get(u64),
    Set(u64, Record),
    Sum(u64, u64),
}

#[derive(Clone, Copy)]
pub(crate) struct Record([u64; 8]);

impl Command {
    /// Each kind of command in turn.
    #[inline]
    pub(crate) fn new(number: u64) -> Command {
        match number % 3 {
            0 => Command::Get(number),
            1 => Command::Set(number, Record([number; 8])),
            _ => Command::Sum(number, number + 3),
        }
    }
}

impl Record {
    #[inline]
    pub(crate) fn digest(&self) -> u64 {
        self.0[0] ^ self.0[7]
    }
}

#[inline]
pub(crate) fn look_up(key: u64) -> Later<Record> {
    let mut record = Record([key; 8]);
    record.0[7] = 1;
    later(record)
}

#[inline]
pub(crate) fn store(key: u64, record: Record) -> Later<u64> {
    later(key + record.0[3])
}
