//! What comes first: `select!` of tokio and of `futures`. Always in the order of the source, as traces are compared.

use crate::support::{net::*, streams::*, sync::*, *};
use futures::{FutureExt, StreamExt};
use std::{collections::VecDeque, io};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn messages_or_a_stop() {
    compare! {
        sendable(serve(mailbox(["a", "b"]), 3)), sendable(serve(mailbox(["a", "b", "c", "d"]), 2)), sendable(serve(mailbox([]), 9));

        #[desugar]
        async fn serve(mut messages: Receiver<&'static str>, stop_after: usize) -> (Vec<String>, &'static str) {
            let mut handled = vec![];
            let stop = pauses("stop", stop_after);
            tokio::pin!(stop);
            loop {
                tokio::select! {
                    biased;
                    () = &mut stop => break (handled, "stopped"),
                    message = messages.recv() => {
                        let Some(message) = message else { break (handled, "nobody left") };
                        pause("handle").await;
                        handled.push(message.to_uppercase());
                    }
                }
            }
        }
    }
}

#[test]
fn two_streams_with_preconditions() {
    compare! {
        sendable(read_both(2, 1)), sendable(read_both(0, 0));

        #[desugar]
        async fn read_both(left: u32, right: u32) -> Vec<(char, u32)> {
            let (mut left, mut right) = (items("left", 0..left), items("right", 0..right));
            let (mut left_open, mut right_open) = (true, true);
            let mut out = vec![];
            while left_open || right_open {
                tokio::select! {
                    biased;
                    item = left.next(), if left_open => match item {
                        Some(n) => out.push(('l', n)),
                        None => left_open = false,
                    },
                    Some(n) = right.next(), if right_open && out.len() < 4 => out.push(('r', n)),
                    else => right_open = false,
                }
            }
            out
        }
    }
}

#[test]
fn a_deadline_over_many_turns() {
    compare! {
        sendable(collect(items("s", 1..=3), 20)), sendable(collect(items("s", 1..=9), 4));

        #[desugar]
        async fn collect(mut stream: Items<u32>, patience: usize) -> Result<u32, (u32, &'static str)> {
            let mut sum = 0;
            let mut deadline = Box::pin(pauses("deadline", patience));
            loop {
                tokio::select! {
                    biased;
                    item = stream.next() => match item {
                        Some(n) if n > 5 => return Err((sum, "too large")),
                        Some(n) => sum += n,
                        None => return Ok(sum),
                    },
                    _ = deadline.as_mut() => return Err((sum, "too late")),
                }
            }
        }
    }
}

#[test]
fn a_connection_with_heartbeats() {
    compare! {
        sendable(talk(Wire::new("peer", ["ping", "data", "bye!"]), 2)),
        sendable(talk(Wire::new("peer", ["data", "!reset"]), 1));

        #[desugar]
        async fn talk(mut wire: Wire, patience: usize) -> io::Result<(u32, String)> {
            let mut buffer = [0u8; 4];
            let mut beats = 0;
            let mut heard = VecDeque::new();
            'talk: loop {
                let n = tokio::select! {
                    biased;
                    () = pauses("heartbeat", patience), if beats < 2 => {
                        beats += 1;
                        wire.write_all(b"beat").await?;
                        continue 'talk;
                    }
                    read = wire.read(&mut buffer) => read?,
                };
                match &buffer[..n] {
                    b"ping" => wire.write_all(b"pong").await?,
                    b"bye!" | b"" => break 'talk,
                    text => heard.push_back(String::from_utf8_lossy(text).into_owned()),
                }
            }
            Ok((beats, format!("{heard:?} {}", wire.sent())))
        }
    }
}

#[test]
fn a_hedged_request() {
    compare! {
        sendable(hedged(1, 1)), sendable(hedged(9, 1)), sendable(hedged(3, 9));

        #[desugar]
        async fn request(name: &str, polls: usize) -> Result<String, String> {
            let connection = fetch(name).await;
            pauses(name, polls).await;
            Ok(connection.name())
        }

        #[desugar]
        async fn hedged(first: usize, second: usize) -> Result<String, String> {
            let mut original = Box::pin(request("original", first).fuse());
            futures::select_biased! {
                result = original => return result,
                () = pauses("patience", 2).fuse() => warn!("a second one"),
            }
            let mut hedge = Box::pin(request("hedge", second).fuse());
            futures::select_biased! {
                result = original => result,
                result = hedge => result.map(|text| format!("{text} was faster")),
            }
        }
    }
}

#[test]
fn until_all_are_complete() {
    compare! {
        sendable(drain_all(2, 1)), sendable(drain_all(0, 2));

        #[desugar]
        async fn drain_all(left: u32, right: u32) -> (u32, u32) {
            let mut left = items("left", 0..left).fuse();
            let mut right = items("right", 0..right).fuse();
            let mut counts = (0, 0);
            loop {
                futures::select_biased! {
                    item = left.next() => counts.0 += u32::from(item.is_some()),
                    item = right.next() => if let Some(n) = item {
                        pause("slow").await;
                        counts.1 += n;
                    },
                    complete => break,
                }
            }
            counts
        }
    }
}
