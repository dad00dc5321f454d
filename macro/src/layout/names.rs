//! Names from the source, and which of them are taken.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};

/// Names given so far.
#[derive(Default)]
pub(crate) struct Names(pub(super) BTreeSet<String>);

impl Names {
    /// None of these is free.
    pub(crate) fn avoiding(names: impl IntoIterator<Item = String>) -> Self {
        Names(names.into_iter().collect())
    }

    /// The name, or one with a number that nothing has yet.
    pub(crate) fn fresh(&mut self, name: &str, span: Span) -> Ident {
        let mut candidate = name.to_owned();
        let mut number = 1;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            let separator = if name.starts_with(char::is_uppercase) { "" } else { "_" };
            candidate = format!("{}{}{}", name, separator, number);
        }
        match candidate.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, span),
            None => Ident::new(&candidate, span),
        }
    }
}

/// The identifiers in the resolved body that may name something outside of it: a survivor of that name would hide it.
pub(super) fn free_names(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut after_dot = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        // `name: ..` and `name = ..` name a field or an argument of a macro.
        let labels = matches!(
            tokens.peek(),
            Some(TokenTree::Punct(next)) if matches!(next.as_char(), ':' | '=') && next.spacing() == Spacing::Alone
        );
        match &tree {
            TokenTree::Ident(ident) if !after_dot && !labels => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => free_names(group.stream(), names),
            _ => {}
        }
        after_dot = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
}

/// `read_all` to `ReadAll`.
pub(crate) fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in name.trim_start_matches("r#").split('_') {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_uppercase().to_string()));
        out.push_str(chars.as_str());
    }
    if !out.starts_with(char::is_alphabetic) {
        out.insert(0, 'V');
    }
    out
}
