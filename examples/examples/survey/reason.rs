//! Why a function does not compile, worded so that the same reason reads the same for every function.

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};

/// Who says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Judge {
    /// The macro, with an error of its own.
    Refused,
    /// The compiler, in the expansion or in a function that calls it.
    Error,
    /// Nobody: the macro or the compiler panicked.
    Panic,
}

/// A reason, without the names of what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reason {
    pub(crate) judge: Judge,
    pub(crate) text: String,
}

impl Reason {
    pub(crate) fn of(diagnostic: &Diagnostic) -> Reason {
        let primary = diagnostic.spans.iter().find(|span| span.is_primary);
        let label = primary.and_then(|span| span.label.as_deref());
        let message = diagnostic.message.as_str();
        if diagnostic.level == DiagnosticLevel::Ice {
            return Reason { judge: Judge::Panic, text: format!("the compiler: {}", without_names(message)) };
        }
        if message.ends_with("attribute panicked") {
            let panic = diagnostic.children.first().map_or("", |child| child.message.as_str());
            return Reason { judge: Judge::Panic, text: format!("the macro: {}", without_names(panic)) };
        }
        match (&diagnostic.code, label) {
            // What the macro says is a bare sentence, with what to write instead; the compiler explains itself.
            (None, None) if diagnostic.children.is_empty() && message.contains("; ") => {
                Reason { judge: Judge::Refused, text: message.to_owned() }
            }
            (None, _) => Reason { judge: Judge::Error, text: without_names(message) },
            (Some(code), label) => {
                let mut text = format!("{}: {}", code.code, without_names(message));
                // This message alone says nothing of what is wrong.
                if let ("E0308", Some(label)) = (code.code.as_str(), label) {
                    text = format!("{text}: {}", without_names(label));
                }
                Reason { judge: Judge::Error, text }
            }
        }
    }

    /// The compiler failed, and did not say why.
    pub(crate) fn without_message() -> Reason {
        Reason { judge: Judge::Panic, text: "the compiler fails without a message".to_owned() }
    }

    /// The reason why a function fails whose attributes may have been carried out first.
    pub(crate) fn under(&self, attributes: &[String]) -> Reason {
        match attributes {
            [] => self.clone(),
            attributes => {
                let attributes: Vec<String> = attributes.iter().map(|name| format!("#[{name}]")).collect();
                Reason { judge: self.judge, text: format!("below {}: {}", attributes.join(" "), self.text) }
            }
        }
    }
}

/// The first line of a message with `_` for the names in it, and for the numbers.
fn without_names(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut text = String::new();
    for (index, piece) in line.split('`').enumerate() {
        match index % 2 {
            0 => text.push_str(&without_numbers(piece)),
            _ => text.push_str(&format!("`{}`", without_name(piece))),
        }
    }
    text
}

/// What is told apart by its name is kept: keywords, the types of the expansion and the traits of the language.
fn without_name(code: &str) -> String {
    const KEPT: [&str; 24] = [
        "?",
        "Clone",
        "Copy",
        "Debug",
        "Display",
        "Fn",
        "FnMut",
        "FnOnce",
        "Future",
        "IntoFuture",
        "Iterator",
        "Poll",
        "Self",
        "Send",
        "Sized",
        "Sync",
        "Unpin",
        "async",
        "await",
        "break",
        "continue",
        "return",
        "self",
        "super",
    ];
    let name = |name: &str| if KEPT.contains(&name) { name.to_owned() } else { "_".to_owned() };
    match code.rsplit_once(": ") {
        // A bound.
        Some((_, bound)) => format!("_: {}", name(bound)),
        None => {
            let outermost = code.split('<').next().unwrap_or_default();
            let last = outermost.rsplit("::").next().unwrap_or_default();
            match name(last) {
                kept if kept != "_" && code.contains('<') => format!("{kept}<_>"),
                kept => kept,
            }
        }
    }
}

fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(' ') {
        match word.trim_end().parse::<u64>() {
            Ok(_) => out.push_str(&word.replace(word.trim_end(), "_")),
            Err(_) => out.push_str(word),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Judge, Reason, without_names};

    #[test]
    fn names_and_numbers_are_left_out_and_what_the_language_means_is_kept() {
        assert_eq!(without_names("cannot find value `first` in this scope"), "cannot find value `_` in this scope");
        assert_eq!(
            without_names("this function takes 2 arguments but 10 were supplied"),
            "this function takes _ arguments but _ were supplied"
        );
        assert_eq!(without_names("`Rc<u32>` cannot be sent"), "`_` cannot be sent");
        assert_eq!(without_names("the trait bound `Rc<u32>: Send` is not met"), "the trait bound `_: Send` is not met");
        assert_eq!(without_names("expected `std::task::Poll<u32>`, found `()`"), "expected `Poll<_>`, found `_`");
        assert_eq!(without_names("`?` in a function\nthat is long"), "`?` in a function");
    }

    #[test]
    fn one_odd_quote_does_no_harm() {
        assert_eq!(without_names("expected `, found"), "expected `_`");
    }

    #[test]
    fn attributes_make_a_reason_of_its_own() {
        let reason = Reason { judge: Judge::Refused, text: "no".to_owned() };
        assert_eq!(reason.under(&[]), reason);
        assert_eq!(reason.under(&["a::b".to_owned(), "c".to_owned()]).text, "below #[a::b] #[c]: no");
    }
}
