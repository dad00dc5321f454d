//! The echo server again, with nothing below it: no runtime, no reactor, `block_on` and the standard library.
//!
//! `cargo run --example echo_block_on`
//!
//! The server, its sessions and all clients are one future on one thread. A socket that is not ready wakes its
//! task at once and is asked again on the next poll. That is honest but wasteful: the thread spins while it
//! waits, which is what a reactor (tokio's, smol's) is there to avoid. The async functions stay as they are.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::task::Poll;

use desugar::{block_on, desugar};
use futures::future::{try_join, try_join_all};

const CLIENTS: usize = 50;
const MESSAGES: usize = 20;

/// Tries an operation on a non-blocking socket, once per poll, until it says something other than "not yet".
fn ready<T>(mut attempt: impl FnMut() -> io::Result<T>) -> impl Future<Output = io::Result<T>> {
    poll_fn(move |cx| match attempt() {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        result => Poll::Ready(result),
    })
}

/// The next client's socket, itself non-blocking.
fn accept(listener: &TcpListener) -> impl Future<Output = io::Result<TcpStream>> {
    ready(|| {
        let (socket, _) = listener.accept()?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    })
}

fn read<'a>(mut socket: &'a TcpStream, buffer: &'a mut [u8]) -> impl Future<Output = io::Result<usize>> + 'a {
    ready(move || socket.read(buffer))
}

fn write<'a>(mut socket: &'a TcpStream, bytes: &'a [u8]) -> impl Future<Output = io::Result<usize>> + 'a {
    ready(move || socket.write(bytes))
}

#[desugar]
async fn write_all(socket: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = write(socket, bytes).await?;
        bytes = &bytes[n..];
    }
    Ok(())
}

#[desugar]
async fn read_exact(socket: &TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read(socket, &mut buffer[filled..]).await? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            n => filled += n,
        }
    }
    Ok(())
}

/// Accepts one client and sends back what it reads until the client hangs up; returns how many bytes that were.
#[desugar]
async fn session(listener: &TcpListener) -> io::Result<usize> {
    let socket = accept(listener).await?;
    let mut buffer = [0; 512];
    let mut echoed = 0;
    loop {
        let n = read(&socket, &mut buffer).await?;
        if n == 0 {
            return Ok(echoed);
        }
        write_all(&socket, &buffer[..n]).await?;
        echoed += n;
    }
}

/// Sends its messages one after the other and checks what comes back; returns how many bytes it sent.
#[desugar]
async fn client(server: SocketAddr, id: usize) -> io::Result<usize> {
    // On the loopback interface the kernel completes a connection at once, accepted or not.
    let socket = TcpStream::connect(server)?;
    socket.set_nonblocking(true)?;
    let mut sent = 0;
    for number in 0..MESSAGES {
        let message = format!("client {id} sends message {number}");
        write_all(&socket, message.as_bytes()).await?;
        let mut echo = vec![0; message.len()];
        read_exact(&socket, &mut echo).await?;
        assert_eq!(echo, message.as_bytes());
        sent += message.len();
    }
    Ok(sent)
}

/// The whole program: as many sessions as clients, all of them at once.
#[desugar]
async fn echo() -> io::Result<(usize, usize)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let sessions = try_join_all((0..CLIENTS).map(|_| session(&listener)));
    let clients = try_join_all((0..CLIENTS).map(|id| client(address, id)));
    let (echoed, sent) = try_join(sessions, clients).await?;
    Ok((sent.iter().sum(), echoed.iter().sum()))
}

fn main() -> io::Result<()> {
    let (sent, echoed) = block_on(echo())?;
    assert_eq!(sent, echoed);
    println!("{CLIENTS} clients sent {MESSAGES} messages each, {sent} bytes, and got every one back");
    Ok(())
}
