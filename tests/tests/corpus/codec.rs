//! Readers and writers of protocols: lines, frames, chunks, numbers of variable length, handshakes.

use crate::support::{net::*, *};
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub enum CodecError {
    Io(io::Error),
    TooLong { limit: usize, got: usize },
    Malformed(&'static str),
    Text(std::string::FromUtf8Error),
    Number(std::num::ParseIntError),
    Version { ours: u8, theirs: u8 },
}

impl From<io::Error> for CodecError {
    fn from(error: io::Error) -> Self {
        CodecError::Io(error)
    }
}

impl From<std::string::FromUtf8Error> for CodecError {
    fn from(error: std::string::FromUtf8Error) -> Self {
        CodecError::Text(error)
    }
}

impl From<std::num::ParseIntError> for CodecError {
    fn from(error: std::num::ParseIntError) -> Self {
        CodecError::Number(error)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl TryFrom<u8> for Opcode {
    type Error = CodecError;

    fn try_from(bits: u8) -> Result<Self, CodecError> {
        Ok(match bits {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return Err(CodecError::Malformed("opcode")),
        })
    }
}

fn wire(chunks: &[&str]) -> Wire {
    Wire::new("peer", chunks)
}

fn bytes(chunks: &[&[u8]]) -> Wire {
    Wire::new("peer", chunks)
}

twice! {
    pub struct Lines<R> {
        reader: R,
        buffer: Vec<u8>,
        max: usize,
    }

    impl<R> Lines<R>
    where
        R: AsyncRead + Unpin,
    {
        pub fn new(reader: R, max: usize) -> Self {
            Lines { reader, buffer: Vec::with_capacity(max), max }
        }

        /// The next line without its end; the last one may have none.
        #[desugar]
        pub async fn next(&mut self) -> Result<Option<String>, CodecError> {
            let mut searched = 0;
            loop {
                if let Some(at) = self.buffer[searched..].iter().position(|&byte| byte == b'\n') {
                    let mut line: Vec<u8> = self.buffer.drain(..=searched + at).collect();
                    line.pop();
                    if line.last() == Some(&b'\r') {
                        line.pop();
                    }
                    return Ok(Some(String::from_utf8(line)?));
                }
                searched = self.buffer.len();
                if searched > self.max {
                    return Err(CodecError::TooLong { limit: self.max, got: searched });
                }
                if self.reader.read_buf(&mut self.buffer).await? == 0 {
                    let rest = std::mem::take(&mut self.buffer);
                    return if rest.is_empty() { Ok(None) } else { Ok(Some(String::from_utf8(rest)?)) };
                }
            }
        }
    }

    #[desugar]
    pub async fn all_lines(wire: Wire) -> Result<Vec<String>, (usize, CodecError)> {
        let mut lines = Lines::new(wire, 8);
        let mut out = vec![];
        while let Some(line) = lines.next().await.map_err(|error| (out.len(), error))? {
            out.push(line);
        }
        Ok(out)
    }

    /// A frame with its length before it; `None` if the peer closed between two of them.
    #[desugar]
    pub async fn read_frame<'b, R>(reader: &mut R, buffer: &'b mut Vec<u8>) -> Result<Option<&'b [u8]>, CodecError>
    where
        R: AsyncRead + Unpin + ?Sized,
    {
        const MAX: usize = 64;
        let length = match reader.read_u16().await {
            Ok(length) => length as usize,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if length > MAX {
            return Err(CodecError::TooLong { limit: MAX, got: length });
        }
        buffer.resize(length, 0);
        reader.read_exact(&mut buffer[..length]).await?;
        Ok(Some(&buffer[..]))
    }

    /// Sends each frame back, reversed.
    #[desugar]
    pub async fn echo_frames(mut wire: Wire) -> Result<(u32, String), CodecError> {
        let mut buffer = Vec::new();
        let mut count = 0;
        while let Some(frame) = read_frame(&mut wire, &mut buffer).await? {
            let reversed: Vec<u8> = frame.iter().rev().copied().collect();
            let length = u16::try_from(reversed.len()).map_err(|_| CodecError::Malformed("length"))?;
            wire.write_all(&[&length.to_be_bytes()[..], &reversed].concat()).await?;
            count += 1;
        }
        wire.flush().await?;
        Ok((count, wire.sent()))
    }

    /// Writes the parts as chunks of at most so many bytes, and the end.
    #[desugar]
    pub async fn write_chunked<'p>(
        mut writer: impl AsyncWrite + Unpin,
        parts: impl IntoIterator<Item = &'p [u8], IntoIter: Send> + Send,
        max: usize,
    ) -> io::Result<usize> {
        let mut total = 0;
        for chunk in parts.into_iter().flat_map(|part| part.chunks(max)) {
            writer.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
            writer.write_all(chunk).await?;
            writer.write_all(b"\r\n").await?;
            writer.flush().await?;
            total += chunk.len();
        }
        writer.write_all(b"0\r\n\r\n").await.map(|()| total)
    }

    /// A chunked body and its trailers.
    #[desugar]
    pub async fn read_chunked(wire: Wire) -> Result<(Vec<u8>, Vec<(String, String)>), CodecError> {
        let mut reader = BufReader::new(wire);
        let (mut body, mut line) = (Vec::new(), String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).await? == 0 {
                return Err(CodecError::Malformed("no last chunk"));
            }
            let size = line.trim_end().split(';').next().unwrap_or("");
            let size @ 1.. = usize::from_str_radix(size, 16)? else { break };
            let start = body.len();
            body.resize(start + size, 0);
            reader.read_exact(&mut body[start..]).await?;
            let mut end = [0; 2];
            reader.read_exact(&mut end).await?;
            if end != *b"\r\n" {
                return Err(CodecError::Malformed("chunk"));
            }
        }
        let mut trailers = Vec::new();
        let mut lines = reader.lines();
        while let Some(line) = lines.next_line().await? {
            let Some((name, value)) = line.split_once(':') else { break };
            trailers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok((body, trailers))
    }

    /// A number of seven bits per byte, lowest first.
    #[desugar]
    pub async fn read_varint<R: AsyncRead + Unpin>(reader: &mut R) -> Result<u32, CodecError> {
        let mut value = 0u32;
        for shift in (0..32).step_by(7) {
            let byte = reader.read_u8().await?;
            let bits = u32::from(byte & 0x7f);
            value |= bits.checked_shl(shift).filter(|v| v >> shift == bits).ok_or(CodecError::Malformed("varint"))?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CodecError::Malformed("varint"))
    }

    /// Numbers until the peer closes, each with its position.
    #[desugar]
    pub async fn sum_of_varints(mut wire: Wire) -> Result<u64, (usize, CodecError)> {
        let count = read_varint(&mut wire).await.map_err(|error| (0, error))?;
        let mut sum = 0;
        for at in 1..=count as usize {
            sum += match read_varint(&mut wire).await {
                Ok(n) => u64::from(n),
                Err(CodecError::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err((at, error)),
            };
        }
        Ok(sum)
    }

    /// The lower one of both versions, if the peer speaks our protocol at all.
    #[desugar]
    pub async fn handshake<S>(mut stream: S, ours: u8) -> Result<(S, u8), CodecError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        const MAGIC: [u8; 4] = *b"DSGR";
        stream.write_all(&[&MAGIC[..], &[ours]].concat()).await?;
        let [mut magic, mut theirs] = [[0; 4], [0; 4]];
        stream.read_exact(&mut magic).await?;
        if magic != MAGIC {
            stream.shutdown().await.ok();
            return Err(CodecError::Malformed("magic"));
        }
        let theirs = {
            stream.read_exact(&mut theirs[..1]).await?;
            theirs[0]
        };
        match (ours, theirs) {
            (_, 0) => Err(CodecError::Version { ours, theirs }),
            (255, version) | (version, 255) => Ok((stream, version)),
            (ours, theirs) => Ok((stream, ours.min(theirs))),
        }
    }

    #[desugar]
    pub async fn greet(wire: Wire, version: u8) -> Result<String, CodecError> {
        let (wire, version) = handshake(wire, version).await?;
        Ok(format!("{version} {}", wire.sent()))
    }

    /// One message of a websocket; answers pings in between.
    #[desugar]
    pub async fn read_message(wire: &mut Wire) -> Result<(Opcode, Vec<u8>), CodecError> {
        let mut message: Option<(Opcode, Vec<u8>)> = None;
        'frames: loop {
            let [head, length] = {
                let mut start = [0u8; 2];
                wire.read_exact(&mut start).await?;
                start
            };
            let (fin, opcode) = (head & 0x80 != 0, Opcode::try_from(head & 0x0f)?);
            let length = match length & 0x7f {
                126 => wire.read_u16().await? as usize,
                127 => return Err(CodecError::TooLong { limit: u16::MAX as usize, got: usize::MAX }),
                short => short as usize,
            };
            let mut key = [0u8; 4];
            if wire.read_exact(&mut key).await.is_err() {
                return Err(CodecError::Malformed("mask"));
            }
            let mut payload = vec![0; length];
            wire.read_exact(&mut payload).await?;
            payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
            match (opcode, &mut message) {
                (Opcode::Ping, _) => {
                    wire.write_all(&[0x8a, payload.len() as u8]).await?;
                    wire.write_all(&payload).await?;
                    continue 'frames;
                }
                (Opcode::Pong, _) => continue,
                (Opcode::Close, _) => break Ok((opcode, payload)),
                (Opcode::Continuation, Some((_, whole))) => whole.append(&mut payload),
                (Opcode::Text | Opcode::Binary, none @ None) => *none = Some((opcode, payload)),
                _ => break Err(CodecError::Malformed("order of frames")),
            }
            if fin {
                break message.ok_or(CodecError::Malformed("no frame"));
            }
        }
    }

    /// A reply of a mail server: the lines of one code, the last of them with a space behind the code.
    #[desugar]
    pub async fn read_reply(lines: &mut Lines<Wire>) -> Result<(u16, Vec<String>), CodecError> {
        let mut texts = Vec::<String>::new();
        let mut code = None::<u16>;
        loop {
            let Some(line) = lines.next().await? else {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            };
            let (digits, rest) = line.split_at(3.min(line.len()));
            let this = digits.parse()?;
            if let Some(first) = code.replace(this)
                && first != this
            {
                return Err(CodecError::Malformed("code changes"));
            }
            texts.push(rest.get(1..).unwrap_or_default().to_string());
            if !rest.starts_with('-') {
                break Ok((this, texts));
            }
        }
    }
}

#[test]
fn lines() {
    compare_modules!(
        spawned(all_lines(wire(&["ab\r\nc", "d\n\nlast"]))),
        spawned(all_lines(wire(&["ab\n", "too long for"]))),
        spawned(all_lines(wire(&["ab", "!reset"]))),
    );
}

#[test]
fn frames() {
    compare_modules!(
        spawned(echo_frames(bytes(&[b"\0\x03ab", b"c\0\x01x"]))),
        spawned(echo_frames(bytes(&[b"\0\x03ab"]))),
        spawned(echo_frames(bytes(&[b"\x01\x03ab"]))),
        spawned(echo_frames(bytes(&[b"\0\x01a"]).closing_after(2))),
    );
}

#[test]
fn chunks() {
    compare_modules!(
        sendable(write_chunked(&mut wire(&[]), [&b"abcd"[..], b"e"], 3)),
        sendable(write_chunked(&mut wire(&[]).closing_after(8), [&b"abcd"[..]], 2)),
        spawned(read_chunked(wire(&["3\r\nabc\r\n2;x", "\r\nde\r\n0\r\nSum: 5\r\n\r\n"]))),
        spawned(read_chunked(wire(&["3\r\nabcde"]))),
        spawned(read_chunked(wire(&["1\r\na\r\n"]))),
    );
}

#[test]
fn numbers_of_variable_length() {
    compare_modules!(
        spawned(sum_of_varints(bytes(&[b"\x03\x05\xac", b"\x02"]))),
        spawned(sum_of_varints(bytes(&[b"\x01\xff\xff\xff\xff\xff"]))),
        spawned(sum_of_varints(bytes(&[]))),
    );
}

#[test]
fn handshakes() {
    compare_modules!(
        sendable(greet(wire(&["DSG", "R\x03"]), 5)),
        sendable(greet(wire(&["HTTP/1.1"]), 5)),
        sendable(greet(wire(&["DSGR\0"]), 255)),
    );
}

#[test]
fn messages_of_a_websocket() {
    let text = b"\x81\x82\x01\x01\x01\x01ab";
    compare_modules!(
        sendable(read_message(&mut bytes(&[text]))),
        sendable(read_message(&mut bytes(&[b"\x89\x81\0\0\0\0p", b"\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b"]))),
        sendable(read_message(&mut bytes(&[b"\x80\x80\0\0\0\0"]))),
        sendable(read_message(&mut bytes(&[b"\x83\x80"]))),
    );
}

#[test]
fn replies_of_a_mail_server() {
    compare_modules!(
        sendable(read_reply(&mut Lines::new(wire(&["250-a\r\n250 b\r\n"]), 64))),
        sendable(read_reply(&mut Lines::new(wire(&["250-a\r\n251 b\r\n"]), 64))),
        sendable(read_reply(&mut Lines::new(wire(&["250-a\r\n"]), 64))),
    );
}
