//! Parsers of what comes in by and by, which lend out parts of their buffers.

use crate::support::{net::*, streams::*, *};
use futures::{Stream, StreamExt};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    error::Error as StdError,
    io,
    ops::Range,
    str::{FromStr, Utf8Error},
};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

#[derive(Debug)]
pub enum ParseError<'i> {
    Unexpected { at: usize, found: Option<char>, wanted: &'i str },
    Number(std::num::ParseIntError),
    Utf8(Utf8Error),
    Io(io::Error),
    Deep(usize),
}

impl From<io::Error> for ParseError<'_> {
    fn from(error: io::Error) -> Self {
        ParseError::Io(error)
    }
}

impl From<Utf8Error> for ParseError<'_> {
    fn from(error: Utf8Error) -> Self {
        ParseError::Utf8(error)
    }
}

impl From<std::num::ParseIntError> for ParseError<'_> {
    fn from(error: std::num::ParseIntError) -> Self {
        ParseError::Number(error)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token<'b> {
    Open(char),
    Close(char),
    Text(Cow<'b, str>),
    Number(i64),
    Comma,
    Colon,
}

#[derive(Debug, PartialEq)]
pub struct Entry<'a> {
    pub name: &'a str,
    pub size: usize,
}

fn wire(chunks: &[&str]) -> Wire {
    Wire::new("source", chunks)
}

twice! {
    /// Tokens of a text that comes in chunks.
    pub struct Tokens<R> {
        reader: R,
        buffer: String,
        at: usize,
        done: bool,
    }

    impl<R: AsyncRead + Unpin> Tokens<R> {
        pub fn new(reader: R) -> Self {
            Tokens { reader, buffer: String::new(), at: 0, done: false }
        }

        /// Makes room, and reads a little more.
        #[desugar]
        async fn fill(&mut self) -> io::Result<bool> {
            if self.done {
                return Ok(false);
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            let mut chunk = [0; 8];
            let n = self.reader.read(&mut chunk).await?;
            self.done = n == 0;
            self.buffer.push_str(std::str::from_utf8(&chunk[..n]).map_err(io::Error::other)?);
            Ok(n > 0)
        }

        /// The next token, borrowed from the buffer where that is possible.
        #[desugar]
        pub async fn next<'t>(&'t mut self) -> Result<Option<Token<'t>>, ParseError<'static>> {
            let first = loop {
                match self.buffer[self.at..].chars().next() {
                    Some(c) if c.is_whitespace() => self.at += c.len_utf8(),
                    Some(c) => break c,
                    None => {
                        if !self.fill().await? {
                            return Ok(None);
                        }
                    }
                }
            };
            let simple = match first {
                '[' | '{' => Some(Token::Open(first)),
                ']' | '}' => Some(Token::Close(first)),
                ',' => Some(Token::Comma),
                ':' => Some(Token::Colon),
                _ => None,
            };
            if let Some(token) = simple {
                self.at += 1;
                return Ok(Some(token));
            }
            let is_text = first == '"';
            let range = self.take_while(is_text).await?;
            let text = &self.buffer[range];
            match is_text {
                true if text.contains('\\') => Ok(Some(Token::Text(Cow::Owned(text.replace('\\', ""))))),
                true => Ok(Some(Token::Text(Cow::Borrowed(text)))),
                false => Ok(Some(Token::Number(text.parse()?))),
            }
        }

        /// The range of a text or a number, with more read as it is needed.
        #[desugar]
        async fn take_while(&mut self, is_text: bool) -> Result<Range<usize>, ParseError<'static>> {
            self.at += usize::from(is_text);
            let mut length = 0;
            let mut escaped = false;
            loop {
                let rest = &self.buffer[self.at + length..];
                match rest.chars().next() {
                    Some('"') if is_text && !escaped => break,
                    Some(c) if is_text || c.is_ascii_digit() || c == '-' => {
                        escaped = c == '\\' && !escaped;
                        length += c.len_utf8();
                    }
                    None => {
                        if self.fill().await? {
                            continue;
                        }
                        if is_text {
                            return Err(ParseError::Unexpected { at: length, found: None, wanted: "quote" });
                        }
                        break;
                    }
                    Some(c) if length == 0 => {
                        return Err(ParseError::Unexpected { at: self.at, found: Some(c), wanted: "a value" });
                    }
                    Some(_) => break,
                }
            }
            let start = self.at;
            self.at += length + usize::from(is_text);
            Ok(start..start + length)
        }
    }

    /// Counts what is in a text, and how deep it is.
    #[desugar]
    pub async fn measure(
        wire: Wire,
        max_depth: usize,
    ) -> Result<(BTreeMap<String, usize>, usize), ParseError<'static>> {
        let mut tokens = Tokens::new(wire);
        let mut counts = BTreeMap::new();
        let (mut depth, mut deepest) = (0usize, 0);
        while let Some(token) = tokens.next().await? {
            let kind = match token {
                Token::Open(_) if depth == max_depth => return Err(ParseError::Deep(depth)),
                Token::Open(c) => {
                    depth += 1;
                    deepest = deepest.max(depth);
                    c.to_string()
                }
                Token::Close(_) => {
                    depth = depth.checked_sub(1).ok_or(ParseError::Deep(0))?;
                    continue;
                }
                Token::Text(Cow::Borrowed(text)) => format!("text of {}", text.len()),
                Token::Text(Cow::Owned(text)) => format!("escaped {text}"),
                Token::Number(n) => (if n < 0 { "negative" } else { "number" }).to_string(),
                Token::Comma | Token::Colon => continue,
            };
            *counts.entry(kind).or_insert(0) += 1;
        }
        Ok((counts, deepest))
    }

    /// Rows of separated values; a row is lent out until the next one is asked for.
    pub struct Rows<R> {
        reader: BufReader<R>,
        line: String,
        columns: Vec<String>,
        number: usize,
    }

    pub struct RowRef<'r> {
        columns: &'r [String],
        fields: Vec<&'r str>,
        number: usize,
    }

    impl<'r> RowRef<'r> {
        pub fn get<T: FromStr>(&self, column: &str) -> Option<T> {
            let at = self.columns.iter().position(|name| name == column)?;
            self.fields.get(at)?.trim().parse().ok()
        }
    }

    impl<R> Rows<R>
    where
        R: AsyncRead + Unpin,
    {
        /// Reads the line with the names of the columns.
        #[desugar]
        pub async fn open<'o>(reader: R) -> io::Result<Self>
        where
            R: 'o,
        {
            let mut reader = BufReader::new(reader);
            let mut line = String::new();
            reader.read_line(&mut line).await?;
            let columns: Vec<_> = line.trim_end().split(',').map(str::to_lowercase).collect();
            line.clear();
            Ok(Rows { reader, line, columns, number: 0 })
        }

        #[desugar]
        pub async fn next(&mut self) -> io::Result<Option<RowRef<'_>>> {
            loop {
                self.line.clear();
                if self.reader.read_line(&mut self.line).await? == 0 {
                    return Ok(None);
                }
                self.number += 1;
                if !self.line.trim().is_empty() {
                    break;
                }
            }
            let fields = self.line.trim_end().split(',').collect();
            Ok(Some(RowRef { columns: &self.columns, fields, number: self.number }))
        }
    }

    #[desugar]
    pub async fn sum_column(wire: Wire, column: &str) -> Result<(i64, Vec<usize>), io::Error> {
        let mut rows = Rows::open(wire).await?;
        let (mut sum, mut skipped) = (0, vec![]);
        while let Some(row) = rows.next().await? {
            let Some(n) = row.get::<i64>(column) else {
                skipped.push(row.number);
                continue;
            };
            sum += n;
        }
        Ok((sum, skipped))
    }

    /// The parts of a body between lines with a boundary.
    #[desugar]
    pub async fn multipart<'b, R>(
        mut reader: R,
        boundary: &'b str,
    ) -> Result<Vec<(HashMap<String, String>, String)>, ParseError<'b>>
    where
        R: AsyncBufRead + Unpin,
    {
        let (open, close) = (format!("--{boundary}"), format!("--{boundary}--"));
        let mut parts: Vec<(HashMap<String, String>, String)> = vec![];
        let mut in_headers = false;
        let mut number = 0;
        for at in 1.. {
            let mut line = vec![];
            if reader.read_until(b'\n', &mut line).await? == 0 {
                return Err(ParseError::Unexpected { at, found: None, wanted: boundary });
            }
            let line = std::str::from_utf8(&line)?.trim_end_matches(['\r', '\n']);
            number = at;
            match (line, parts.last_mut()) {
                (line, _) if line == close => break,
                (line, _) if line == open => {
                    parts.push(Default::default());
                    in_headers = true;
                }
                (_, None) => {}
                ("", Some(_)) if in_headers => in_headers = false,
                (line, Some((headers, _))) if in_headers => {
                    let (name, value) = line.split_once(':').ok_or(ParseError::Unexpected {
                        at,
                        found: line.chars().next(),
                        wanted: "header",
                    })?;
                    headers.insert(name.to_lowercase(), value.trim().to_string());
                }
                (line, Some((_, body))) => {
                    body.push_str(line);
                    body.push('\n');
                }
            }
        }
        debug!("{} parts in {number} lines", parts.len());
        Ok(parts)
    }

    /// The entries of an archive; the names are lent from the table.
    #[desugar]
    pub async fn entries<'t, R>(
        mut reader: R,
        table: &'t mut Vec<u8>,
        filter: impl Fn(&str) -> bool,
    ) -> Result<Vec<Entry<'t>>, ParseError<'t>>
    where
        R: AsyncRead + Unpin,
    {
        let mut spans: Vec<(Range<usize>, usize)> = vec![];
        while let Ok(length @ 1..) = reader.read_u8().await {
            let start = table.len();
            table.resize(start + usize::from(length), 0);
            reader.read_exact(&mut table[start..]).await?;
            let size = reader.read_u16().await? as usize;
            let mut content = (&mut reader).take(size as u64);
            let mut discard = [0u8; 4];
            while content.read(&mut discard).await? > 0 {}
            spans.push((start..table.len(), size));
        }
        let table: &'t [u8] = table;
        spans
            .into_iter()
            .map(|(span, size)| Ok(Entry { name: std::str::from_utf8(&table[span])?, size }))
            .filter(|entry| entry.as_ref().map_or(true, |entry| filter(entry.name)))
            .collect()
    }

    #[desugar]
    pub async fn names_of(wire: Wire) -> Result<(usize, String), String> {
        let mut table = vec![];
        let entries =
            entries(wire, &mut table, |name| !name.starts_with('.')).await.map_err(|error| format!("{error:?}"))?;
        let names: Vec<&str> = entries.iter().map(|Entry { name, .. }| *name).collect();
        Ok((entries.iter().map(|entry| entry.size).sum(), names.join("+")))
    }

    /// Fills in a template; what is not known is asked for, and defaults stand behind a `|`.
    #[desugar]
    pub async fn render<'v>(
        template: &str,
        known: &'v mut BTreeMap<String, String>,
        ask: impl Fn(&str) -> Leaf<Option<String>>,
    ) -> Result<Cow<'v, str>, Box<dyn StdError + Send + Sync>> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once("{{") {
            out += before;
            let (key, tail) =
                behind.split_once("}}").ok_or_else(|| format!("{} is open", &behind[..behind.len().min(3)]))?;
            rest = tail;
            let (key, default) = match key.split_once('|') {
                Some((key, default)) => (key.trim(), Some(default)),
                None => (key.trim(), None),
            };
            let value = match known.get(key) {
                Some(value) => value.as_str(),
                None => {
                    let asked = ask(key).await.or(default.map(str::to_owned)).ok_or(format!("{key} is not known"))?;
                    known.entry(key.to_string()).or_insert(asked)
                }
            };
            out.push_str(value);
        }
        if out.is_empty() && known.contains_key(rest) {
            return Ok(Cow::Borrowed(&known[rest]));
        }
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }

    /// Lines that belong together, as those of a stack trace do.
    #[desugar]
    pub async fn group_lines<'s, S>(mut lines: S, is_start: fn(&str) -> bool) -> Vec<Vec<&'s str>>
    where
        S: Stream<Item = &'s str> + Unpin,
    {
        let mut groups = Vec::new();
        let mut group: Vec<&'s str> = Vec::new();
        while let Some(line) = lines.next().await {
            if is_start(line) && !group.is_empty() {
                groups.push(std::mem::take(&mut group));
            }
            let line = line.trim_end();
            if let [.., last] = group[..]
                && last == line
            {
                continue;
            }
            group.push(line);
        }
        groups.extend(Some(group).filter(|group| !group.is_empty()));
        groups
    }
}

#[test]
fn tokens() {
    compare_modules!(
        sendable(measure(wire(&["{\"a\": [1, -2", "3], \"b\\\"c", "\": 4}"]), 3)),
        sendable(measure(wire(&["[[", "[1]]]"]), 2)),
        sendable(measure(wire(&["[\"open"]), 2)),
        sendable(measure(wire(&["x"]), 2)),
    );
}

#[test]
fn rows() {
    compare_modules!(
        sendable(sum_column(wire(&["Name,Count\na,1\n\nb", ",x\nc, 5\n"]), "count")),
        sendable(sum_column(wire(&["name\na\n"]), "count")),
        sendable(sum_column(wire(&["name\na", "!reset"]), "count")),
    );
}

#[test]
fn parts() {
    let body = ["skipped\r\n--b\r\nName: a\r\n\r\none\r\ntwo\r\n--b", "--\r\n"];
    compare_modules!(
        sendable(multipart(BufReader::new(wire(&body)), "b")),
        sendable(multipart(BufReader::new(wire(&body[..1])), "b")),
        sendable(multipart(BufReader::new(wire(&["--b\nname\n"])), "b")),
    );
}

#[test]
fn an_archive() {
    compare_modules!(
        sendable(names_of(wire(&["\x01a\0\x02xx\x02", ".b\0\0\x02cd\0\x01y"]))),
        sendable(names_of(wire(&["\x03a"]))),
    );
}

#[test]
fn templates() {
    let known = || BTreeMap::from([("name".to_string(), "ada".to_string())]);
    let ask = |key: &str| if key == "age" { some(key, "36".to_string()) } else { missing(key) };
    compare_modules!(
        sendable(render("{{name}} is {{ age }}, {{age}}, {{x|?}}.", &mut known(), ask)),
        sendable(render("name", &mut known(), ask)),
        sendable(render("{{name}} {{x}}", &mut known(), ask)),
        sendable(render("{{name", &mut known(), ask)),
    );
}

#[test]
fn groups() {
    let is_start = |line: &str| !line.starts_with(' ');
    compare_modules!(
        sendable(group_lines(items("lines", ["a", " at b", " at b ", "c"]), is_start)),
        sendable(group_lines(items("lines", []), is_start)),
    );
}
