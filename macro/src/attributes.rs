//! What the other attributes on an item mean for it.
//!
//! rustc expands attributes from the top down. Those above `#[desugar]` are done, or take part in no expansion; those
//! below get what `#[desugar]` hands them. Many of these want an `async fn`: they look for the word `async`
//! (`#[tokio::main]`), or time, trace or box what the body does, which of a function that returns a future would be only
//! that it makes one (`#[instrument]`). None can be told from its name alone, so every attribute that is not known to
//! leave its item alone gets what it would have got natively: an `async fn`.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Block, Item, Meta, Path, Token};

/// The attributes of the language that change nothing about the bodies and signatures in an item.
const INERT: &[&str] = &[
    "allow",
    "automatically_derived",
    "cfg",
    "cold",
    "coverage",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "ignore",
    "inline",
    "instruction_set",
    "link_section",
    "macro_use",
    "must_use",
    "no_implicit_prelude",
    "no_mangle",
    "optimize",
    "path",
    "should_panic",
    "target_feature",
    "track_caller",
    "warn",
];

/// Tools whose attributes expand to nothing.
const TOOLS: &[&str] = &["clippy", "diagnostic", "miri", "rust_analyzer", "rustfmt"];

/// Whether one of the attributes may insist on an `async fn`.
pub(crate) fn insist_on_async(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| !is_inert(&attr.meta))
}

fn is_inert(meta: &Meta) -> bool {
    let path = meta.path();
    if path.is_ident("cfg_attr") || path.is_ident("unsafe") {
        return inner(meta).is_none_or(|inner| inner.iter().all(is_inert));
    }
    match path.get_ident() {
        Some(name) => INERT.iter().any(|inert| name == inert),
        None => path.segments.first().is_some_and(|tool| TOOLS.iter().any(|name| tool.ident == name)),
    }
}

/// What `#[cfg_attr(condition, ..)]` and `#[unsafe(..)]` hold.
fn inner(meta: &Meta) -> Option<Vec<Meta>> {
    let list = meta.require_list().ok()?;
    let parse = |input: syn::parse::ParseStream| {
        if list.path.is_ident("cfg_attr") {
            input.parse::<Meta>()?;
            input.parse::<Token![,]>()?;
        }
        Punctuated::<Meta, Token![,]>::parse_terminated(input)
    };
    parse.parse2(list.tokens.clone()).ok().map(|inner| inner.into_iter().collect())
}

/// Whether an attribute is `#[desugar]` itself, by the name it has in this crate.
pub(crate) fn is_desugar(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "desugar")
}

/// Takes off what changes nothing. Lints speak of the checked copy, which keeps it.
pub(crate) fn remove_inert(block: &mut Block) {
    struct Visitor;
    impl VisitMut for Visitor {
        fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
            attrs.retain(|attr| !is_inert(&attr.meta));
        }
        fn visit_item_mut(&mut self, _: &mut Item) {}
    }
    Visitor.visit_block_mut(block);
}
