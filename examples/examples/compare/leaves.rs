//! What the compared functions await: futures written by hand, each pending at its first poll and ready at its
//! second, and the values they take and give.

use std::cell::Cell;
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

// ---- the cases ----

/// Two bytes: pending at its first poll, then gives back a number.
pub(crate) struct Tick(u8, bool);

#[inline]
pub(crate) fn tick(value: u64) -> Tick {
    Tick(value as u8, false)
}

impl Future for Tick {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        if !replace(&mut self.1, true) {
            return Poll::Pending;
        }
        Poll::Ready(u64::from(self.0))
    }
}

/// A future as large as what a real one holds.
pub(crate) struct Big([u8; 1024], bool);

#[inline]
pub(crate) fn big(value: u64) -> Big {
    Big([value as u8; 1024], false)
}

impl Big {
    #[inline]
    pub(crate) fn peek(&self) -> u64 {
        u64::from(self.0[3])
    }
}

impl Future for Big {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        if !replace(&mut self.1, true) {
            return Poll::Pending;
        }
        Poll::Ready(u64::from(self.0[7]))
    }
}

/// Two futures at once; the sum of what they give.
pub(crate) struct Join<A, B> {
    a: A,
    b: B,
    first: Option<u64>,
    second: Option<u64>,
}

#[inline]
pub(crate) fn join<A, B>(a: A, b: B) -> Join<A, B> {
    Join { a, b, first: None, second: None }
}

impl<A: Future<Output = u64>, B: Future<Output = u64>> Future for Join<A, B> {
    type Output = u64;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        // SAFETY: the futures are pinned with what holds them, which moves neither.
        let this = unsafe { self.get_unchecked_mut() };
        if this.first.is_none() {
            // SAFETY: as above.
            if let Poll::Ready(value) = unsafe { Pin::new_unchecked(&mut this.a) }.poll(cx) {
                this.first = Some(value);
            }
        }
        if this.second.is_none() {
            // SAFETY: as above.
            if let Poll::Ready(value) = unsafe { Pin::new_unchecked(&mut this.b) }.poll(cx) {
                this.second = Some(value);
            }
        }
        match (this.first, this.second) {
            (Some(first), Some(second)) => Poll::Ready(first + second),
            _ => Poll::Pending,
        }
    }
}

/// Three big futures at once.
#[inline]
pub(crate) fn join_3(a: Big, b: Big, c: Big) -> Join<Big, Join<Big, Big>> {
    join(a, join(b, c))
}

/// What a function of another crate gives: of a type that no caller names.
#[derive(Clone, Copy)]
pub(crate) struct Block<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Block<N> {
    #[inline]
    pub(crate) fn new(value: u64) -> Self {
        Block([value as u8; N])
    }

    #[inline]
    pub(crate) fn digest(&self) -> u64 {
        u64::from(self.0[N / 2])
    }
}

/// Takes a block, and gives a number for it later.
#[inline]
pub(crate) fn weigh<const N: usize>(block: Block<N>) -> Weigh<N> {
    Weigh(block, false)
}

pub(crate) struct Weigh<const N: usize>(Block<N>, bool);

impl<const N: usize> Future for Weigh<N> {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        if !replace(&mut self.1, true) {
            return Poll::Pending;
        }
        Poll::Ready(self.0.digest())
    }
}

/// Takes a block and gives one, or fails.
#[inline]
pub(crate) fn pass(block: Block<256>) -> Pass {
    Pass(block, false)
}

pub(crate) struct Pass(Block<256>, bool);

impl Future for Pass {
    type Output = Result<Block<256>, Failed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if !replace(&mut self.1, true) {
            return Poll::Pending;
        }
        let mut block = self.0;
        block.0[0] = block.0[0].wrapping_add(1);
        Poll::Ready(if block.0[0] == 0 { Err(Failed) } else { Ok(block) })
    }
}

/// What is borrowed for as long as it is awaited.
pub(crate) struct Text(u64);

impl Text {
    #[inline]
    pub(crate) fn new(value: u64) -> Text {
        Text(value)
    }

    #[inline]
    pub(crate) fn value(&self) -> u64 {
        self.0
    }

    #[inline]
    pub(crate) fn read(&self) -> Reading<'_> {
        Reading(self, false)
    }
}

pub(crate) struct Reading<'a>(&'a Text, bool);

impl Future for Reading<'_> {
    type Output = u64;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        if !replace(&mut self.1, true) {
            return Poll::Pending;
        }
        Poll::Ready(self.0.0)
    }
}

/// What a method is called on.
pub(crate) struct Service(pub(crate) u64);

/// Whose turn it is, and what the other one has sent.
pub(crate) struct Table {
    turn: Cell<bool>,
    ball: Cell<u64>,
}

impl Table {
    #[inline]
    pub(crate) fn new() -> Table {
        Table { turn: Cell::new(false), ball: Cell::new(0) }
    }

    /// Sends the ball, which makes it the other one's turn.
    #[inline]
    pub(crate) fn play(&self, ball: u64) {
        self.ball.set(ball);
        self.turn.set(!self.turn.get());
    }

    #[inline]
    pub(crate) fn turn(&self, mine: bool) -> Turn<'_> {
        Turn(self, mine)
    }
}

/// The ball, when it is one's turn.
pub(crate) struct Turn<'a>(&'a Table, bool);

impl Future for Turn<'_> {
    type Output = u64;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        if self.0.turn.get() == self.1 { Poll::Ready(self.0.ball.get()) } else { Poll::Pending }
    }
}
