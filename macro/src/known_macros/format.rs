//! What format strings capture inline.

use std::collections::BTreeMap;

/// A name that a format string captures inline.
pub(crate) struct Capture {
    pub(crate) name: String,
    /// As a width or a precision: `{:width$}`, `{:.precision$}`; as well, perhaps, as to be formatted.
    pub(crate) counts: bool,
}

/// What a format string captures inline, in order of the names: `{x}`, `{x:?}`, `{:width$}`, `{:.precision$}`.
pub(crate) fn captures(format: &str) -> Vec<Capture> {
    let mut names = BTreeMap::new();
    let mut rest = format;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let close = match rest.find('}') {
            Some(close) => close,
            None => break,
        };
        let (argument, spec) = match rest[..close].find(':') {
            Some(colon) => (&rest[..colon], &rest[colon + 1..close]),
            None => (&rest[..close], ""),
        };
        if let Some(name) = identifier(argument.trim()) {
            names.entry(name).or_insert(false);
        }
        let mut piece = spec;
        while let Some(dollar) = piece.find('$') {
            let start = piece[..dollar]
                .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
                .map_or(0, |at| at + piece[at..].chars().next().map_or(1, char::len_utf8));
            if let Some(name) = identifier(&piece[start..dollar]) {
                names.insert(name, true);
            }
            piece = &piece[dollar + 1..];
        }
        rest = &rest[close + 1..];
    }
    names.into_iter().map(|(name, counts)| Capture { name, counts }).collect()
}

fn identifier(text: &str) -> Option<String> {
    let first = text.chars().next()?;
    (first.is_alphabetic() || first == '_').then(|| text.to_owned())
}
