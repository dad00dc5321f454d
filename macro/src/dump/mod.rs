//! The data of every stage as text, for snapshots: what `unfold`, `resolve`, `mark`, `liveness` and `layout` have found.
//!
//! In: a function's tokens. Out: text that depends on nothing but them. A binding is `name#id` everywhere, a suspension
//! `poll#id`; expressions and patterns are the source's, formatted.

mod layout;
mod liveness;
mod mark;
mod resolve;
mod source;
mod unfold;

use proc_macro2::TokenStream;

use crate::ids::{BindingId, SuspensionId, Tables};
use crate::parse::Function;
use crate::resolve::Resolved;

/// The data of all stages, one after the other; then those of the async blocks inside.
pub(crate) fn stages(item: TokenStream) -> syn::Result<String> {
    let parsed = crate::parse::parse(Default::default(), syn::parse2(item)?, Default::default())?;
    let function = crate::unfold::unfold(&parsed);
    let resolved = crate::resolve::resolve(&function)?;
    let stages = dump(&function, &resolved)?;
    Ok(match unfold::dump(&parsed, &function) {
        Some(unfolded) => format!("== unfold\n{}\n{}", unfolded, stages),
        None => stages,
    })
}

fn dump(function: &Function, resolved: &Resolved) -> syn::Result<String> {
    let marked = crate::mark::mark(resolved, crate::mark::Edition::Since2024)?;
    let liveness = crate::liveness::liveness(&marked)?;
    let layout = crate::layout::layout(&marked, &liveness, &function.sig.ident, crate::expand::mentions(resolved));
    let parts = [
        ("resolve", resolve::dump(resolved)),
        ("mark", mark::dump(&marked)),
        ("liveness", liveness::dump(&marked, &liveness)),
        ("layout", layout::dump(&marked, &liveness, &layout)),
    ];
    let mut parts: Vec<String> = parts.iter().map(|(name, text)| format!("== {}\n{}", name, text)).collect();
    for block in &resolved.blocks {
        parts.push(format!("==== {}\n\n{}", block.function.sig.ident, dump(&block.function, &block.resolved)?));
    }
    Ok(parts.join("\n"))
}

/// Lines, each at its depth.
#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
    /// The next line goes on where the last one ends.
    joined: bool,
}

impl Lines {
    /// Writes text of one line or several.
    fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().lines() {
            if std::mem::take(&mut self.joined) {
                self.text.truncate(self.text.trim_end().len());
                self.text.push(' ');
            } else {
                self.text.extend(std::iter::repeat_n("    ", self.depth));
            }
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Writes what `inside` writes, one level deeper.
    fn inside(&mut self, inside: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inside(self);
        self.depth -= 1;
    }

    /// A heading, and a row per item below it; nothing where there are none.
    fn section(&mut self, heading: &str, rows: impl IntoIterator<Item = String>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_some() {
            self.line(heading);
            self.inside(|lines| rows.for_each(|row| lines.line(row.trim_end())));
        }
    }
}

/// `name#id`.
fn binding(tables: &Tables, id: BindingId) -> String {
    format!("{}#{}", tables.binding(id).source_name(), id.0)
}

/// `name#id, name#id`, or `nothing`.
fn bindings(tables: &Tables, ids: impl IntoIterator<Item = BindingId>) -> String {
    let names: Vec<String> = ids.into_iter().map(|id| binding(tables, id)).collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// `poll#id`.
fn suspension(id: SuspensionId) -> String {
    format!("poll#{}", id.0)
}
