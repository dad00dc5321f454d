//! Clients of other people's protocols: pipelines, mail, names, brokers, databases, calls with trailers, modems.

use crate::support::{net::*, streams::*, time::*, *};
use futures::StreamExt;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt, io,
    net::Ipv4Addr,
    str,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub enum ProtocolError {
    Io(io::Error),
    Utf8(str::Utf8Error),
    Reply { code: u16, text: String },
    Unexpected(u8),
    Status(Code, String),
}

impl From<io::Error> for ProtocolError {
    fn from(error: io::Error) -> Self {
        ProtocolError::Io(error)
    }
}

impl From<str::Utf8Error> for ProtocolError {
    fn from(error: str::Utf8Error) -> Self {
        ProtocolError::Utf8(error)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    Ok = 0,
    Cancelled = 1,
    Unavailable = 14,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Address { address: Ipv4Addr, ttl: u64 },
    Alias { of: String, ttl: u64 },
}

/// What a server sends in a stream of messages, the last of it with a status.
#[derive(Clone, Debug)]
pub enum Frame {
    Message(Vec<u8>),
    Trailers { code: Code, text: &'static str },
}

type Result<T, E = ProtocolError> = std::result::Result<T, E>;

fn server<B: AsRef<[u8]>>(chunks: &[B]) -> Wire {
    Wire::new("server", chunks)
}

twice! {
    pub struct Smtp<W> {
        pub io: BufReader<W>,
        pub extensions: BTreeSet<String>,
    }

    impl Smtp<Wire> {
        #[desugar]
        async fn reply(&mut self, expected: u16) -> Result<Vec<String>> {
            let mut texts = vec![];
            loop {
                let mut line = String::new();
                if self.io.read_line(&mut line).await? == 0 {
                    return Err(ProtocolError::Io(io::ErrorKind::UnexpectedEof.into()));
                }
                let code = line.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
                let text = line.get(4..).unwrap_or_default().trim_end().to_string();
                if code != expected {
                    return Err(ProtocolError::Reply { code, text });
                }
                let is_last = !line[3..].starts_with('-');
                texts.push(text);
                if is_last {
                    return Ok(texts);
                }
            }
        }

        #[desugar]
        async fn command(&mut self, text: fmt::Arguments<'_>, expected: u16) -> Result<Vec<String>> {
            let line = format!("{text}\r\n");
            self.io.write_all(line.as_bytes()).await?;
            self.io.flush().await?;
            self.reply(expected).await
        }

        #[desugar]
        async fn say(&mut self, text: &str, expected: u16) -> Result<Vec<String>> {
            self.io.write_all(&[text.as_bytes(), b"\r\n"].concat()).await?;
            self.io.flush().await?;
            self.reply(expected).await
        }

        /// Sends one mail; addresses that are refused are named, if there is at least one that is not.
        #[desugar]
        pub async fn send(&mut self, from: &str, to: &[&str], text: &str) -> Result<Vec<String>> {
            self.say(&format!("MAIL FROM:<{from}>"), 250).await?;
            let mut refused = Vec::new();
            for address in to {
                match self.say(&format!("RCPT TO:<{address}>"), 250).await {
                    Ok(_) => {}
                    Err(ProtocolError::Reply { code: 500..=599, .. }) => refused.push(address.to_string()),
                    Err(error) => return Err(error),
                }
            }
            if refused.len() == to.len() {
                self.say("RSET", 250).await?;
                return Ok(refused);
            }
            self.say("DATA", 354).await?;
            for line in text.lines() {
                let dot = if line.starts_with('.') { "." } else { "" };
                self.io.write_all(format!("{dot}{line}\r\n").as_bytes()).await?;
            }
            self.say(".", 250).await.map(|_| refused)
        }

        /// The same with the arguments of a format.
        #[cfg(feature = "pending")] // `format_args!` in an argument.
        #[desugar]
        pub async fn greet(&mut self, name: &str) -> Result<usize> {
            self.reply(220).await?;
            let lines = self.command(format_args!("EHLO {name}"), 250).await?;
            self.extensions.extend(lines.into_iter().skip(1));
            Ok(self.extensions.len())
        }
    }

    #[desugar]
    pub async fn send_mail(wire: Wire, to: &[&str]) -> Result<(Vec<String>, String)> {
        let mut smtp = Smtp { io: BufReader::new(wire), extensions: BTreeSet::new() };
        let refused = smtp.send("me@here", to, "hello\n.dots").await?;
        Ok((refused, smtp.io.get_ref().sent().replace("\r\n", "|")))
    }

    pub struct Resolver<Q> {
        ask: Q,
        cache: BTreeMap<String, (Record, Instant)>,
    }

    impl<Q> Resolver<Q>
    where
        Q: Fn(&str) -> Leaf<Option<Record>> + Send,
    {
        /// The address behind the aliases; and how many questions that took.
        #[desugar]
        pub async fn resolve(&mut self, name: &str) -> Result<(Ipv4Addr, u32), Vec<String>> {
            let mut chain = vec![name.trim_end_matches('.').to_lowercase()];
            let mut asked = 0;
            loop {
                let name = chain.last().expect("begins with one").clone();
                let known = self.cache.get(&name).filter(|(_, until)| *until > Instant::now());
                let record = if let Some((record, _)) = known {
                    record.clone()
                } else {
                    asked += 1;
                    let Some(record) = (self.ask)(&name).await else {
                        self.cache.remove(&name);
                        return Err(chain);
                    };
                    let (Record::Address { ttl, .. } | Record::Alias { ttl, .. }) = &record;
                    self.cache.insert(name, (record.clone(), Instant::now() + Duration::from_secs(*ttl)));
                    record
                };
                match record {
                    Record::Address { address, .. } => return Ok((address, asked)),
                    Record::Alias { of, .. } if chain.contains(&of) || chain.len() > 3 => {
                        chain.push(of);
                        return Err(chain);
                    }
                    Record::Alias { of, .. } => chain.push(of),
                }
            }
        }
    }

    #[desugar]
    pub async fn resolve_all(names: &[&str], seconds: u64) -> Vec<Result<(Ipv4Addr, u32), Vec<String>>> {
        let ask = |name: &str| {
            let ttl = 10;
            missing_or(
                name,
                match name {
                    "home" => Some(Record::Address { address: Ipv4Addr::LOCALHOST, ttl }),
                    "www" => Some(Record::Alias { of: "home".to_string(), ttl }),
                    "loop" => Some(Record::Alias { of: "loop".to_string(), ttl }),
                    _ => None,
                },
            )
        };
        let mut resolver = Resolver { ask, cache: BTreeMap::new() };
        let mut out = vec![];
        for name in names {
            let result = resolver.resolve(name).await;
            out.push(result);
            sleep(Duration::from_secs(seconds)).await;
        }
        out
    }

    /// Publishes with acknowledgements; what is not acknowledged is sent again.
    #[desugar]
    pub async fn publish_all(wire: &mut Wire, messages: &[&[u8]], retries: u8) -> Result<BTreeMap<u16, u8>> {
        let mut open: BTreeMap<u16, (&[u8], u8)> = (1..).zip(messages.iter().map(|&message| (message, 0))).collect();
        let mut done = BTreeMap::new();
        while let Some((&id, &(message, tries))) = open.first_key_value() {
            if tries > retries {
                let (id, _) = open.pop_first().unwrap();
                warn!("message {id} is lost");
                continue;
            }
            let [high, low] = id.to_be_bytes();
            let length = u8::try_from(message.len() + 2).map_err(|_| ProtocolError::Unexpected(0xff))?;
            wire.write_all(&[0x32 | u8::from(tries > 0) << 3, length, high, low]).await?;
            wire.write_all(message).await?;
            let mut reply = [0u8; 4];
            match timeout(Duration::from_millis(20), wire.read_exact(&mut reply)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Ok(Err(error)) => return Err(error.into()),
                Err(Elapsed) => {
                    open.entry(id).and_modify(|(_, tries)| *tries += 1);
                    continue;
                }
            }
            match reply {
                [0x40, 2, high, low] => {
                    let id = u16::from_be_bytes([high, low]);
                    if let Some((_, tries)) = open.remove(&id) {
                        done.insert(id, tries);
                    }
                }
                [kind, ..] => return Err(ProtocolError::Unexpected(kind)),
            }
        }
        Ok(done)
    }

    /// The rows of a simple query of postgres: messages of a kind, a length and a body.
    #[desugar]
    pub async fn simple_query(wire: &mut Wire, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        wire.write_u8(b'Q').await?;
        wire.write_u32(sql.len() as u32 + 5).await?;
        wire.write_all(format!("{sql}\0").as_bytes()).await?;
        let mut rows = vec![];
        let mut failure = None;
        loop {
            let (kind, length) = (wire.read_u8().await?, wire.read_u32().await?);
            let mut body = vec![0; length.saturating_sub(4) as usize];
            wire.read_exact(&mut body).await?;
            match kind {
                b'D' => {
                    let mut rest = &body[2..];
                    let count = u16::from_be_bytes([body[0], body[1]]);
                    let mut row = Vec::with_capacity(count.into());
                    for _ in 0..count {
                        let (length, tail) = rest.split_first_chunk::<4>().ok_or(ProtocolError::Unexpected(kind))?;
                        row.push(match i32::from_be_bytes(*length) {
                            -1 => {
                                rest = tail;
                                None
                            }
                            n => {
                                let (value, tail) = tail.split_at(n as usize);
                                rest = tail;
                                Some(str::from_utf8(value)?.to_string())
                            }
                        });
                    }
                    rows.push(row);
                }
                b'E' => failure = Some(String::from_utf8_lossy(&body).into_owned()),
                b'Z' => break,
                b'T' | b'C' | b'S' => {}
                other => return Err(ProtocolError::Unexpected(other)),
            }
        }
        failure.map_or(Ok(rows), |text| Err(ProtocolError::Reply { code: 42, text }))
    }

    /// Calls a method that answers with many messages; tries again what was not there, if nothing has come yet.
    #[desugar]
    pub async fn call_streaming<F, S>(
        mut open: F,
        interceptors: &[&(dyn Fn(&mut HashMap<&str, String>) + Sync)],
    ) -> Result<(Vec<Vec<u8>>, u32)>
    where
        F: FnMut(&HashMap<&str, String>) -> S,
        S: futures::Stream<Item = Frame> + Unpin,
    {
        let mut messages = vec![];
        let mut attempt = 0;
        'attempts: loop {
            attempt += 1;
            let mut metadata = HashMap::from([("attempt", attempt.to_string())]);
            interceptors.iter().for_each(|intercept| intercept(&mut metadata));
            let mut frames = open(&metadata);
            while let Some(frame) = frames.next().await {
                match frame {
                    Frame::Message(bytes) => messages.push(bytes),
                    Frame::Trailers { code: Code::Ok, .. } => break 'attempts Ok((messages, attempt)),
                    Frame::Trailers { code: Code::Unavailable, .. } if messages.is_empty() && attempt < 3 => {
                        continue 'attempts;
                    }
                    Frame::Trailers { code, text } => {
                        break 'attempts Err(ProtocolError::Status(code, text.to_string()));
                    }
                }
            }
            break Err(ProtocolError::Status(
                Code::Cancelled,
                format!("no trailers after {} messages", messages.len()),
            ));
        }
    }

    /// Texts with their length before them.
    #[desugar]
    pub async fn read_texts<R: AsyncRead + Unpin>(reader: &mut R) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for _ in 0..reader.read_u8().await? {
            let mut text = vec![0; reader.read_u8().await?.into()];
            reader.read_exact(&mut text).await?;
            texts.push(str::from_utf8(&text)?.to_owned());
        }
        Ok(texts)
    }

    /// A command to a modem, and its lines up to the final one; what comes unasked goes elsewhere.
    #[desugar]
    pub async fn at_command<'l>(
        modem: &mut BufReader<Wire>,
        command: &str,
        unasked: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>, String> {
        modem.write_all(format!("AT{command}\r").as_bytes()).await.map_err(|error| error.to_string())?;
        let mut lines = vec![];
        let mut line = String::new();
        while modem.read_line(&mut line).await.is_ok_and(|n| n > 0) {
            match line.trim() {
                "" => {}
                "OK" => return Ok(lines),
                error if error == "ERROR" || error.starts_with("+CME ERROR") => return Err(error.to_string()),
                echo if echo.starts_with("AT") => {}
                code @ ("RING" | "NO CARRIER") => unasked(code),
                text => lines.push(text.trim_start_matches(|c| c != ':').trim_start_matches(": ").to_string()),
            }
            line.clear();
        }
        Err(format!("closed after {lines:?}"))
    }
}

fn missing_or<T>(name: &str, found: Option<T>) -> Leaf<Option<T>> {
    value(name, found)
}

#[test]
fn a_mail() {
    compare_modules!(
        sendable(send_mail(server(&["250 ok\r\n250 ok\r\n550 no\r\n", "354 go\r\n250 sent\r\n"]), &["a", "b"])),
        sendable(send_mail(server(&["250 ok\r\n550 no\r\n250 reset\r\n"]), &["a"])),
        sendable(send_mail(server(&["250 ok\r\n", "421 busy\r\n"]), &["a"])),
    );
}

#[test]
#[cfg(feature = "pending")] // `format_args!` in an argument.
fn a_greeting() {
    compare_modules!(
        Smtp { io: BufReader::new(server(&["220 hi\r\n250-me\r\n", "250 SIZE\r\n"])), extensions: BTreeSet::new() }
            .greet("me"),
    );
}

#[test]
fn names() {
    compare_modules!(
        sendable(resolve_all(&["WWW.", "home"], 1)),
        sendable(resolve_all(&["home", "home"], 20)),
        sendable(resolve_all(&["loop", "none"], 1)),
    );
}

#[test]
fn a_broker() {
    compare_modules!(
        sendable(publish_all(&mut server(&[b"\x40\x02\x00\x01\x40\x02", &b"\x00\x02"[..]]), &[b"a", b"b"], 1)),
        sendable(publish_all(&mut server(&[b"\x20\x02\x00\x01"]), &[b"a"], 1)),
    );
}

#[test]
fn a_query() {
    compare_modules!(
        sendable(simple_query(
            &mut server(&[&b"D\0\0\0\x0f\0\x02\0\0\0\x01x\xff\xff\xff\xff"[..], b"Z\0\0\0\x05I"]),
            "select"
        )),
        sendable(simple_query(&mut server(&[b"E\0\0\0\x07badZ\0\0\0\x05I"]), "select")),
        sendable(simple_query(&mut server(&[b"?\0\0\0\x04"]), "select")),
    );
}

#[test]
fn a_call_with_trailers() {
    let end = |code, text| Frame::Trailers { code, text };
    let message = || Frame::Message(b"m".to_vec());
    compare_modules!(
        call_streaming(|_| items("call", [message(), end(Code::Ok, "")]), &[&|map| tick(&map["attempt"])]),
        call_streaming(|_| items("call", [end(Code::Unavailable, "down")]), &[]),
        call_streaming(
            |map| items("call", vec![message(); map.len()]),
            &[&|map| drop(map.insert("a", "b".to_string()))]
        ),
    );
}

#[test]
fn texts() {
    compare_modules!(
        sendable(read_texts(&mut server(&["\x02\x01a", "\x02bc"]))),
        sendable(read_texts(&mut server(&[b"\x01\x01\xff"]))),
    );
}

#[test]
fn a_modem() {
    let modem = |lines: &[&str]| BufReader::new(server(lines));
    compare_modules!(
        at_command(&mut modem(&["AT+CSQ\r\n+CSQ: 17", "\r\nRING\r\nOK\r\n"]), "+CSQ", &mut |code| tick(code)),
        at_command(&mut modem(&["+CME ERROR: 3\r\n"]), "+CSQ", &mut |_| ()),
        at_command(&mut modem(&["x\r\n"]), "", &mut |_| ()),
    );
}
