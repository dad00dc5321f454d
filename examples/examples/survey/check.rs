//! `cargo check`, and the errors it reports.

use std::ffi::OsString;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

use crate::reason::Reason;

/// One error.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) reason: Reason,
    /// Whether it may come from carrying out a macro, as what has no code may.
    pub(crate) early: bool,
    /// As the compiler prints it, with the source.
    pub(crate) rendered: String,
    /// Where it is, and where the macros were called that it comes from.
    pub(crate) at: Vec<Place>,
    /// What else it points to.
    pub(crate) beside: Vec<Place>,
    /// The source that it points to.
    pub(crate) text: String,
}

#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    pub(crate) byte: usize,
    pub(crate) line: usize,
}

/// How to call cargo.
pub(crate) struct Cargo {
    /// Where.
    pub(crate) root: PathBuf,
    /// Arguments of the user's, for `cargo check`.
    pub(crate) arguments: Vec<OsString>,
}

impl Cargo {
    /// The errors of a package in the order in which they are reported; none if it compiles.
    pub(crate) fn check(&self, package: &str) -> io::Result<Vec<Error>> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut child = Command::new(cargo)
            .args(["check", "--quiet", "--keep-going", "--message-format=json", "--package", package])
            .args(&self.arguments)
            .current_dir(&self.root)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut errors = Vec::new();
        for message in Message::parse_stream(BufReader::new(stdout)) {
            if let Message::CompilerMessage(message) = message? {
                errors.extend(self.error(&message.message));
            }
        }
        let status = child.wait()?;
        // Else it would be a function's fault.
        if status.code().is_none() {
            return Err(io::Error::other(format!("cargo check was stopped: {status}")));
        }
        if !status.success() && errors.is_empty() {
            errors.push(Error {
                reason: Reason::without_message(),
                early: false,
                rendered: "cargo check fails, and reports no error".to_owned(),
                at: Vec::new(),
                beside: Vec::new(),
                text: String::new(),
            });
        }
        Ok(errors)
    }

    fn error(&self, diagnostic: &Diagnostic) -> Option<Error> {
        let is_error = matches!(diagnostic.level, DiagnosticLevel::Error | DiagnosticLevel::Ice);
        // Without a place there is also the remark on how many errors there were.
        let is_remark = diagnostic.level == DiagnosticLevel::Error && diagnostic.spans.is_empty();
        if !is_error || is_remark {
            return None;
        }
        let (primary, others): (Vec<_>, Vec<_>) = diagnostic.spans.iter().partition(|span| span.is_primary);
        let of_children = diagnostic.children.iter().flat_map(|child| &child.spans);
        let lines = diagnostic.spans.iter().flat_map(|span| &span.text).map(|line| line.text.as_str());
        Some(Error {
            reason: Reason::of(diagnostic),
            early: diagnostic.code.is_none(),
            rendered: diagnostic.rendered.clone().unwrap_or_default(),
            at: primary.into_iter().flat_map(|span| self.places(span)).collect(),
            beside: others.into_iter().chain(of_children).flat_map(|span| self.places(span)).collect(),
            text: lines.collect::<Vec<_>>().join("\n"),
        })
    }

    /// A place, and the calls of the macros that it comes from, innermost first.
    fn places(&self, span: &DiagnosticSpan) -> Vec<Place> {
        let calls = |span: &DiagnosticSpan| span.expansion.as_ref().map(|expansion| expansion.span.clone());
        std::iter::successors(Some(span.clone()), calls)
            .map(|span| Place {
                file: self.root.join(&span.file_name),
                byte: span.byte_start as usize,
                line: span.line_start,
            })
            .collect()
    }
}
