//! Strings in the tokens of macros that are not known, with the variables they may capture inline.
//!
//! `resolve` puts such a string into a group without delimiters, beside a site for each name in it. So every later stage
//! finds these mentions where it finds all others, and `emit` takes the string out again. No expression is a literal
//! followed by a name, so no group of the user's looks like it.

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};

use crate::ids::SiteId;
use crate::markers::as_site;

/// A string with the markers of what it may capture.
// Input:  "{x} of {y}"
// Output: ⟦"{x} of {y}" __site_0 __site_1⟧
pub(crate) fn hold(string: Literal, captures: Vec<Ident>) -> TokenTree {
    let span = string.span();
    let tokens = std::iter::once(TokenTree::Literal(string)).chain(captures.into_iter().map(TokenTree::Ident));
    let mut group = Group::new(Delimiter::None, tokens.collect());
    group.set_span(span);
    TokenTree::Group(group)
}

/// The tokens with all strings as they were.
pub(crate) fn release(tokens: TokenStream) -> TokenStream {
    let whole = |tree| match tree {
        TokenTree::Group(group) => match parts(&group) {
            Some((string, _)) => TokenTree::Literal(string),
            None => {
                let mut new = Group::new(group.delimiter(), release(group.stream()));
                new.set_span(group.span());
                TokenTree::Group(new)
            }
        },
        other => other,
    };
    tokens.into_iter().map(whole).collect()
}

/// The strings in some tokens, each with what it may capture.
pub(crate) fn strings_in(tokens: TokenStream) -> Vec<(Literal, Vec<SiteId>)> {
    let groups = tokens.into_iter().filter_map(|tree| match tree {
        TokenTree::Group(group) => Some(group),
        _ => None,
    });
    groups.flat_map(|group| parts(&group).map_or_else(|| strings_in(group.stream()), |string| vec![string])).collect()
}

/// The string in a group that [`hold`] has made, and what it may capture.
fn parts(group: &Group) -> Option<(Literal, Vec<SiteId>)> {
    let mut tokens = group.stream().into_iter();
    let string = match (group.delimiter(), tokens.next()) {
        (Delimiter::None, Some(TokenTree::Literal(string))) => string,
        _ => return None,
    };
    let sites: Option<Vec<SiteId>> = tokens
        .map(|tree| match tree {
            TokenTree::Ident(ident) => as_site(&ident),
            _ => None,
        })
        .collect();
    sites.filter(|sites| !sites.is_empty()).map(|sites| (string, sites))
}
