//! Connections to peers that follow a script, for tokio's I/O traits.

use desugar_tests::{D, pause, tick, trace};
use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection. What comes in comes chunk by chunk, one poll after it was asked for; after the last chunk it is closed.
pub struct Wire {
    name: String,
    incoming: VecDeque<Vec<u8>>,
    outgoing: Vec<u8>,
    /// How many bytes the peer takes before it is gone.
    capacity: usize,
    asked: bool,
    flushing: bool,
    _d: D,
}

impl Wire {
    pub fn new<B: AsRef<[u8]>>(name: &str, incoming: impl IntoIterator<Item = B>) -> Self {
        Wire {
            name: name.to_string(),
            incoming: incoming.into_iter().map(|chunk| chunk.as_ref().to_vec()).collect(),
            outgoing: Vec::new(),
            capacity: usize::MAX,
            asked: false,
            flushing: false,
            _d: D(format!("wire {name}")),
        }
    }

    /// A peer that is gone after so many bytes.
    pub fn closing_after(mut self, capacity: usize) -> Self {
        self.capacity = capacity;
        self
    }

    /// What was written to it, as text.
    pub fn sent(&self) -> String {
        String::from_utf8_lossy(&self.outgoing).into_owned()
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        tick(&format!("poll_read {}", this.name));
        if !std::mem::replace(&mut this.asked, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(chunk) = this.incoming.front_mut() else { return Poll::Ready(Ok(())) };
        if chunk == b"!reset" {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let n = chunk.len().min(buf.remaining());
        buf.put_slice(&chunk[..n]);
        chunk.drain(..n);
        if chunk.is_empty() {
            this.incoming.pop_front();
            this.asked = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        tick(&format!("poll_write {} {:?}", this.name, String::from_utf8_lossy(bytes)));
        if this.outgoing.len() + bytes.len() > this.capacity {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        this.outgoing.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// Pending once.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        tick(&format!("poll_flush {}", this.name));
        this.flushing = !this.flushing;
        if this.flushing {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        trace::log("shutdown");
        self.poll_flush(cx)
    }
}

/// Hosts that can be connected to; the others refuse.
pub struct Network {
    hosts: std::sync::Mutex<Vec<(String, Wire)>>,
}

impl Network {
    pub fn new<const N: usize>(hosts: [(&str, Wire); N]) -> Self {
        Network { hosts: std::sync::Mutex::new(hosts.map(|(host, wire)| (host.to_string(), wire)).into()) }
    }

    /// Pending once.
    pub async fn connect(&self, host: &str) -> io::Result<Wire> {
        pause(&format!("connect {host}")).await;
        let mut hosts = self.hosts.lock().unwrap();
        let at = hosts.iter().position(|(name, _)| name == host).ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok(hosts.remove(at).1)
    }
}

/// Connections that come in, one after the other.
pub struct Listener {
    backlog: VecDeque<io::Result<Wire>>,
}

impl Listener {
    pub fn new(backlog: impl IntoIterator<Item = io::Result<Wire>>) -> Self {
        Listener { backlog: backlog.into_iter().collect() }
    }

    /// Pending once; fails once there are no more.
    pub async fn accept(&mut self) -> io::Result<(Wire, u16)> {
        pause("accept").await;
        let wire = self.backlog.pop_front().ok_or(io::ErrorKind::NotConnected)??;
        Ok((wire, 40000 + self.backlog.len() as u16))
    }
}
