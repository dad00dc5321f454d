//! Comes in: one line as a client sent it. Goes out: the line that answers it. Nothing here waits.

use super::{Map, Store};

/// What one line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `GET key`
    Get(&'a str),
    /// `SET key value`; the value is the rest of the line, spaces included.
    Set(&'a str, &'a str),
    /// `DEL key`
    Delete(&'a str),
}

impl<'a> Request<'a> {
    /// Reads a line, without its line end; `None` if it is not a request.
    ///
    /// ```
    /// use desugar_examples::kv::protocol::Request;
    ///
    /// assert_eq!(Request::parse("SET colour dark red"), Some(Request::Set("colour", "dark red")));
    /// assert_eq!(Request::parse("SET colour"), None);
    /// ```
    pub fn parse(line: &'a str) -> Option<Self> {
        let (command, rest) = line.split_once(' ')?;
        let is_key = !rest.is_empty() && !rest.contains(' ');
        match command {
            "GET" if is_key => Some(Request::Get(rest)),
            "DEL" if is_key => Some(Request::Delete(rest)),
            "SET" => {
                rest.split_once(' ').filter(|(key, _)| !key.is_empty()).map(|(key, value)| Request::Set(key, value))
            }
            _ => None,
        }
    }

    /// Carries the request out, and returns the answer without its line end.
    pub fn apply(self, map: &mut Map) -> String {
        match self {
            Request::Get(key) => map.get(key).map_or_else(missing, |value| format!("VALUE {value}")),
            Request::Set(key, value) => map
                .insert(key.to_owned(), value.to_owned())
                .map_or_else(|| "STORED".to_owned(), |old| format!("REPLACED {old}")),
            Request::Delete(key) => map.remove(key).map_or_else(missing, |value| format!("DELETED {value}")),
        }
    }
}

fn missing() -> String {
    "MISSING".to_owned()
}

/// Answers one line. The map is locked for no longer than this call.
pub fn answer(line: &[u8], store: &Store) -> String {
    let request = str::from_utf8(line).ok().and_then(|line| Request::parse(line.trim_end_matches(['\r', '\n'])));
    let mut answer = match request {
        Some(request) => request.apply(&mut store.lock().expect("nothing panics while it holds the map")),
        None => "ERROR not a request".to_owned(),
    };
    answer.push('\n');
    answer
}
