//! An echo server and its clients on tokio: every async function is desugared, and tokio cannot tell.
//!
//! `cargo run --example echo`
//!
//! One thread. The server and all clients run as tasks of a `LocalSet`; every client sends its messages, checks
//! that each one comes back unchanged, and hangs up. The program ends when the last client has.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use desugar::desugar;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinSet, LocalSet, spawn_local};

const CLIENTS: usize = 50;
const MESSAGES: usize = 20;

/// Sends back what it reads until the client hangs up; returns how many bytes that were.
#[desugar]
async fn session(mut socket: TcpStream) -> io::Result<usize> {
    let mut buffer = [0; 512];
    let mut echoed = 0;
    loop {
        let n = socket.read(&mut buffer).await?;
        if n == 0 {
            return Ok(echoed);
        }
        socket.write_all(&buffer[..n]).await?;
        echoed += n;
    }
}

/// Accepts a fixed number of clients, and returns how many bytes went back to them in all.
#[desugar]
async fn serve(listener: TcpListener, clients: usize) -> io::Result<usize> {
    let mut sessions = JoinSet::new();
    for _ in 0..clients {
        let (socket, _) = listener.accept().await?;
        sessions.spawn_local(session(socket));
    }
    let mut echoed = 0;
    while let Some(session) = sessions.join_next().await {
        echoed += session??;
    }
    Ok(echoed)
}

/// Sends its messages one after the other and checks what comes back; returns how many bytes it sent.
#[desugar]
async fn client(server: SocketAddr, id: usize) -> io::Result<usize> {
    let mut socket = TcpStream::connect(server).await?;
    let mut sent = 0;
    for number in 0..MESSAGES {
        let message = format!("client {id} sends message {number}");
        socket.write_all(message.as_bytes()).await?;
        let mut echo = vec![0; message.len()];
        socket.read_exact(&mut echo).await?;
        assert_eq!(echo, message.as_bytes());
        sent += message.len();
    }
    Ok(sent)
}

/// The whole program: one server, many clients.
#[desugar]
async fn echo() -> io::Result<(usize, usize)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = spawn_local(serve(listener, CLIENTS));
    let mut clients = JoinSet::new();
    for id in 0..CLIENTS {
        clients.spawn_local(client(address, id));
    }
    let mut sent = 0;
    while let Some(client) = clients.join_next().await {
        sent += client??;
    }
    Ok((sent, server.await??))
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sent, echoed) = LocalSet::new().block_on(&runtime, echo())?;
    assert_eq!(sent, echoed);
    println!("{CLIENTS} clients sent {MESSAGES} messages each, {sent} bytes, and got every one back");
    Ok(())
}
