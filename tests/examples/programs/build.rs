//! `cargo build` of a crate of programs, and which of them have errors.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

/// Why a program does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The code and the message of the first error, without what belongs to this program only.
    pub(crate) kind: String,
    /// All errors, as the compiler prints them.
    pub(crate) text: String,
}

/// Builds the crate, or only checks it; the faults by the names of the programs.
pub(crate) fn build(folder: &Path, target: &Path, only_check: bool) -> io::Result<BTreeMap<String, Fault>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args([if only_check { "check" } else { "build" }, "--quiet", "--offline", "--message-format=json"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut faults: BTreeMap<String, Fault> = BTreeMap::new();
    let mut others = String::new();
    for message in Message::parse_stream(stdout) {
        let Message::CompilerMessage(message) = message? else { continue };
        let message = message.message;
        if !matches!(message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice) {
            continue;
        }
        let rendered = message.rendered.clone().unwrap_or_default();
        match program_of(&message) {
            Some(name) => {
                let fault = faults.entry(name).or_insert_with(|| Fault { kind: kind(&message), text: String::new() });
                fault.text += &rendered;
            }
            None => others += &rendered,
        }
    }
    if !child.wait()?.success() && faults.is_empty() {
        return Err(io::Error::other(format!("the programs cannot be built, and none is at fault\n{others}")));
    }
    Ok(faults)
}

/// The program that an error is about: in the file of which it is, or something that it comes from.
fn program_of(message: &Diagnostic) -> Option<String> {
    let children = message.children.iter().flat_map(|child| &child.spans);
    let in_spans = message.spans.iter().chain(children).find_map(of_span);
    in_spans.or_else(|| {
        let rendered = message.rendered.as_deref()?;
        let (before, _) = rendered.split_once(".rs:").filter(|(before, _)| before.contains("src/p"))?;
        before.rsplit("src/").next().map(str::to_string)
    })
}

fn of_span(span: &DiagnosticSpan) -> Option<String> {
    let calls = |span: &DiagnosticSpan| span.expansion.as_ref().map(|expansion| expansion.span.clone());
    std::iter::successors(Some(span.clone()), calls).find_map(|span| {
        let name = span.file_name.strip_prefix("src/")?.strip_suffix(".rs")?;
        (name != "main").then(|| name.to_string())
    })
}

/// The code and the message: names are left out, so that like errors are counted together.
fn kind(message: &Diagnostic) -> String {
    let code = message.code.as_ref().map_or("", |code| &code.code);
    let mut text = String::new();
    for (at, part) in message.message.split('`').enumerate() {
        let name = part.chars().all(|letter| letter.is_alphanumeric() || "_'*.&".contains(letter));
        text += if at % 2 == 1 && name { "_" } else { part };
    }
    format!("{code} {}", text.lines().next().unwrap_or_default()).trim().to_string()
}
