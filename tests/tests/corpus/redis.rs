//! The protocol of redis: values, by a stack and by recursion, and pipelines of commands.

use crate::support::{net::*, *};
use std::{io, str};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub enum RedisError {
    Io(io::Error),
    Malformed(&'static str),
    Unexpected(u8),
    Number(std::num::ParseIntError),
    Utf8(str::Utf8Error),
}

impl From<io::Error> for RedisError {
    fn from(error: io::Error) -> Self {
        RedisError::Io(error)
    }
}

impl From<std::num::ParseIntError> for RedisError {
    fn from(error: std::num::ParseIntError) -> Self {
        RedisError::Number(error)
    }
}

impl From<str::Utf8Error> for RedisError {
    fn from(error: str::Utf8Error) -> Self {
        RedisError::Utf8(error)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Error(String),
    Integer(i64),
    Bulk(Option<Vec<u8>>),
    Array(Vec<Value>),
}

fn wire(chunks: &[&str]) -> Wire {
    Wire::new("server", chunks)
}

twice! {
    pub struct Pipeline<'w> {
        wire: &'w mut BufReader<Wire>,
        commands: Vec<Vec<String>>,
    }

    impl<'w> Pipeline<'w> {
        pub fn new(wire: &'w mut BufReader<Wire>) -> Self {
            Pipeline { wire, commands: vec![] }
        }

        pub fn command(mut self, words: &[&str]) -> Self {
            self.commands.push(words.iter().map(|word| word.to_string()).collect());
            self
        }

        /// Sends all commands at once, then reads as many replies.
        #[desugar]
        pub async fn execute(self) -> Result<Vec<Result<String, String>>, RedisError> {
            let Pipeline { wire, commands } = self;
            let mut out = Vec::new();
            for command in &commands {
                out.extend_from_slice(format!("*{}\r\n", command.len()).as_bytes());
                for word in command {
                    out.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
                }
            }
            wire.write_all(&out).await?;
            wire.flush().await?;
            let mut replies = Vec::with_capacity(commands.len());
            for _ in &commands {
                let mut line = String::new();
                wire.read_line(&mut line).await?;
                let reply = match line.trim_end().split_at_checked(1) {
                    Some(("+" | ":", rest)) => Ok(rest.to_owned()),
                    Some(("-", error)) => Err(error.to_owned()),
                    Some(("$", length)) if let Ok(length) = length.parse::<usize>() => {
                        let mut bulk = vec![0; length + 2];
                        wire.read_exact(&mut bulk).await?;
                        Ok(str::from_utf8(&bulk[..length])?.to_owned())
                    }
                    Some(_) | None => return Err(RedisError::Unexpected(line.bytes().next().unwrap_or(0))),
                };
                replies.push(reply);
            }
            Ok(replies)
        }
    }

    #[desugar]
    pub async fn count_up(wire: Wire) -> Result<(Vec<Result<String, String>>, String), RedisError> {
        let mut wire = BufReader::new(wire);
        let replies = Pipeline::new(&mut wire).command(&["INCR", "n"]).command(&["GET", "n"]).execute().await?;
        Ok((replies, wire.get_ref().sent().replace("\r\n", " ")))
    }

    /// A value of the protocol of redis; arrays are read with a stack.
    #[desugar]
    pub async fn read_value<R>(reader: &mut BufReader<R>) -> Result<Value, RedisError>
    where
        R: AsyncRead + Unpin,
    {
        let mut open: Vec<(usize, Vec<Value>)> = vec![];
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).await?;
            let (kind, rest) = line.trim_end().split_at_checked(1).ok_or(RedisError::Malformed("end"))?;
            let mut value = match kind {
                "+" => Value::Text(rest.to_string()),
                "-" => Value::Error(rest.to_string()),
                ":" => Value::Integer(rest.parse()?),
                "$" if rest == "-1" => Value::Bulk(None),
                "$" => {
                    let mut bulk = vec![0; rest.parse::<usize>()? + 2];
                    reader.read_exact(&mut bulk).await?;
                    bulk.truncate(bulk.len() - 2);
                    Value::Bulk(Some(bulk))
                }
                "*" => match rest.parse()? {
                    0 => Value::Array(vec![]),
                    n => {
                        open.push((n, Vec::with_capacity(n)));
                        continue;
                    }
                },
                _ => return Err(RedisError::Malformed("kind")),
            };
            loop {
                let Some((missing, mut values)) = open.pop() else { return Ok(value) };
                values.push(value);
                if missing > 1 {
                    open.push((missing - 1, values));
                    break;
                }
                value = Value::Array(values);
            }
        }
    }

    /// The same with recursion.
    #[cfg(feature = "pending")] // Recursion through `Box::pin(..).await`.
    #[desugar]
    pub async fn read_nested<R>(reader: &mut BufReader<R>, depth: usize) -> Result<Value, RedisError>
    where
        R: AsyncRead + Unpin + Send,
    {
        let mut line = String::new();
        reader.read_line(&mut line).await?;
        match line.trim_end().split_at_checked(1).ok_or(RedisError::Malformed("end"))? {
            (":", rest) => Ok(Value::Integer(rest.parse()?)),
            ("*", rest) if depth < 4 => {
                let mut values = vec![];
                for _ in 0..rest.parse::<usize>()? {
                    values.push(Box::pin(read_nested(reader, depth + 1)).await?);
                }
                Ok(Value::Array(values))
            }
            (_, rest) => Ok(Value::Text(rest.to_owned())),
        }
    }
}

#[test]
fn a_pipeline() {
    compare_modules!(
        spawned(count_up(wire(&[":1\r\n$2\r", "\n10\r\n"]))),
        spawned(count_up(wire(&["-ERR\r\n", "+x\r\n"]))),
        spawned(count_up(wire(&["?\r\n"]))),
    );
}

#[test]
fn values_of_redis() {
    compare_modules!(
        sendable(read_value(&mut BufReader::new(wire(&["*2\r\n:1\r\n", "*1\r\n$2\r\nab\r\n"])))),
        sendable(read_value(&mut BufReader::new(wire(&["*3\r\n+a\r\n-b\r\n$-1\r\n"])))),
        sendable(read_value(&mut BufReader::new(wire(&["*1\r\n:x\r\n"])))),
    );
}

#[test]
#[cfg(feature = "pending")] // Recursion through `Box::pin(..).await`.
fn values_of_redis_by_recursion() {
    compare_modules!(
        read_nested(&mut BufReader::new(wire(&["*2\r\n:1\r\n", "*1\r\n+a\r\n"])), 0),
        read_nested(&mut BufReader::new(wire(&["*1\r\n*1\r\n:x\r\n"])), 0),
    );
}
