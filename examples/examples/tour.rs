//! Three async functions and the state machines they became: polled step by step, beside the native ones.
//!
//! `cargo run --example tour`

use std::io::{self, Write};

use desugar_examples::tour::{Full, Parcel, Request, Sink, Source, Stop, Store, event, say};

desugar_examples::tour! { in "tour.rs";
    async fn trivial() -> u32 {
        say("Hello!");
        let n = event().await;
        say(format!("Got: {n}"));
        n * 2
    }

    async fn copy(mut source: Source, mut sink: Sink) -> Result<usize, Full> {
        let mut buffer = [0; 8];
        let mut total = 0;
        loop {
            let read = source.read(&mut buffer).await?;
            if read == 0 {
                return Ok(total);
            }
            sink.write(&buffer[..read]).await?;
            total += read;
        }
    }

    async fn serve(store: &Store, request: Request) -> u32 {
        match request {
            Request::Count => store.lock().count(),
            Request::Keep(parcel) => {
                let mut shelf = store.lock();
                let weight = event().await;
                if weight < 100 {
                    shelf.put(parcel);
                }
                store.sync().await;
                shelf.count()
            }
            Request::Weigh(parcel) => {
                let weight = event().await;
                say(format!("{parcel:?} weighs {weight}"));
                weight
            }
        }
    }
}

fn main() -> io::Result<()> {
    match show(&mut io::stdout().lock()) {
        // Whoever reads, as `head` does, has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        shown => shown,
    }
}

fn show(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{LEGEND}")?;
    show_trivial(out)?;
    show_copy(out)?;
    show_serve(out)
}

const LEGEND: &str = "\
Each function is compiled twice, by rustc as it stands and with #[desugar(inspect)]. Shown are
its text, the states it can be in between two polls, and both versions polled and dropped.

    awaits    what the state waits for: the first to be dropped if the future is
    alive     the variables that are dropped after that, in this order, unless moved before
    next      the states in which a poll can leave it
    | ..      what the function itself says; both versions have said the same
";

pub(crate) fn show_trivial(out: &mut impl Write) -> io::Result<()> {
    let stop = Stop {
        title: "1. One event, and what comes with it",
        source: source("trivial"),
        native: || native::trivial(),
        desugared: || desugared::trivial(),
    };
    stop.show(out)
}

pub(crate) fn show_copy(out: &mut impl Write) -> io::Result<()> {
    let source_and_sink = || (Source(b"Hello, world"), Sink { room: 100 });
    let stop = Stop {
        title: "2. A loop, and a buffer that is borrowed across two awaits",
        source: source("copy"),
        native: || {
            let (source, sink) = source_and_sink();
            native::copy(source, sink)
        },
        desugared: || {
            let (source, sink) = source_and_sink();
            desugared::copy(source, sink)
        },
    };
    stop.show(out)
}

pub(crate) fn show_serve(out: &mut impl Write) -> io::Result<()> {
    let request = || Request::Keep(Parcel("a book"));
    let (one, other) = (Store::default(), Store::default());
    let stop = Stop {
        title: "3. A match, a lock held across two awaits, a parcel that is moved only sometimes",
        source: source("serve"),
        native: || native::serve(&one, request()),
        desugared: || desugared::serve(&other, request()),
    };
    stop.show(out)
}
