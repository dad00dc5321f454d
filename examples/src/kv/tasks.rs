//! Every async function of the key-value example: the server's and its clients', written once, compiled twice.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::protocol::answer;
use super::workload::Exchange;
use super::{Map, Store};

/// How long the server and its clients wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How often somebody who waits looks whether the server is to stop.
    pub tick: Duration,
    /// How long the other side may stay silent before it is given up.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { tick: Duration::from_millis(10), silence: Duration::from_secs(5) }
    }
}

/// What a server has done by the time it stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// Connections that ended well: the client hung up, or the server was told to stop.
    pub completed: usize,
    /// Connections that ended with an error, or with a client that stayed silent for too long.
    pub failed: usize,
    /// Lines answered on the connections that ended well.
    pub lines: usize,
}

impl Served {
    fn count(&mut self, session: Result<io::Result<usize>, JoinError>) {
        match session.expect("a session does not panic") {
            Ok(lines) => {
                self.completed += 1;
                self.lines += lines;
            }
            Err(_) => self.failed += 1,
        }
    }
}

/// What is left after a workload has gone through a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The answers each client got, in order.
    pub answers: Vec<Vec<String>>,
    /// What the server says about itself.
    pub served: Served,
    /// What the server remembers in the end.
    pub map: Map,
}

/// A server stops when it is told to, and also when nobody is left who could tell it.
fn is_stopping(shutdown: &watch::Receiver<bool>) -> bool {
    *shutdown.borrow() || shutdown.has_changed().is_err()
}

crate::twice! {
    /// Accepts connections until it is told to stop, then waits for the open ones to finish their current line.
    pub async fn serve(
        listener: TcpListener,
        store: Store,
        shutdown: watch::Receiver<bool>,
        limits: Limits,
    ) -> io::Result<Served> {
        let mut sessions = JoinSet::new();
        let mut served = Served::default();
        while !is_stopping(&shutdown) {
            if let Ok(accepted) = timeout(limits.tick, listener.accept()).await {
                let (socket, _) = accepted?;
                sessions.spawn(session(socket, store.clone(), shutdown.clone(), limits));
            }
            while let Some(session) = sessions.try_join_next() {
                served.count(session);
            }
        }
        drop(listener);
        while let Some(session) = sessions.join_next().await {
            served.count(session);
        }
        Ok(served)
    }

    /// Answers the lines of one client; returns how many those were.
    pub async fn session(
        socket: TcpStream,
        store: Store,
        shutdown: watch::Receiver<bool>,
        limits: Limits,
    ) -> io::Result<usize> {
        let (reading, mut writing) = socket.into_split();
        let mut reading = BufReader::new(reading);
        let mut line = Vec::new();
        let mut lines = 0;
        let mut last_heard = Instant::now();
        while !(is_stopping(&shutdown) && line.is_empty()) {
            // A read that runs out of time leaves in `line` what has come so far, and the next one adds to it.
            let Ok(read) = timeout(limits.tick, reading.read_until(b'\n', &mut line)).await else {
                if last_heard.elapsed() > limits.silence {
                    return Err(ErrorKind::TimedOut.into());
                }
                continue;
            };
            if read? == 0 || !line.ends_with(b"\n") {
                break;
            }
            let answer = answer(&line, &store);
            timeout(limits.silence, writing.write_all(answer.as_bytes())).await??;
            line.clear();
            lines += 1;
            last_heard = Instant::now();
        }
        Ok(lines)
    }

    /// Sends its lines one after the other and returns the answers; one that is not as expected ends it.
    pub async fn client(server: SocketAddr, script: Vec<Exchange>, limits: Limits) -> io::Result<Vec<String>> {
        let mut socket = BufReader::new(TcpStream::connect(server).await?);
        let mut answers = Vec::with_capacity(script.len());
        for Exchange { line, expected } in script {
            socket.write_all(format!("{line}\n").as_bytes()).await?;
            let mut answer = String::new();
            timeout(limits.silence, socket.read_line(&mut answer)).await??;
            let answer = answer.trim_end();
            if answer != expected {
                return Err(io::Error::other(format!("{line:?} gave {answer:?}, and not {expected:?}")));
            }
            answers.push(answer.to_owned());
        }
        Ok(answers)
    }

    /// Runs everything: a server on a port of its own, a client for each script, and then the shutdown.
    pub async fn exercise(scripts: Vec<Vec<Exchange>>, limits: Limits) -> io::Result<Outcome> {
        let store = Store::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (stop, shutdown) = watch::channel(false);
        let server = tokio::spawn(serve(listener, store.clone(), shutdown, limits));
        let mut clients = Vec::new();
        for script in scripts {
            clients.push(tokio::spawn(client(address, script, limits)));
        }
        let mut answers = Vec::new();
        for client in clients {
            answers.push(client.await??);
        }
        stop.send_replace(true);
        let served = server.await??;
        let map = store.lock().expect("nothing panics while it holds the map").clone();
        Ok(Outcome { answers, served, map })
    }
}
