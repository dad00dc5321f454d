//! Names to bindings, innermost scope first.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span};

use crate::ids::BindingId;

#[derive(Default)]
pub(crate) struct Scopes(Vec<BTreeMap<String, BindingId>>);

impl Scopes {
    pub(crate) fn enter(&mut self) {
        self.0.push(BTreeMap::new());
    }

    pub(crate) fn leave(&mut self) {
        self.0.pop();
    }

    pub(crate) fn declare(&mut self, name: &Ident, binding: BindingId) {
        let key = key(&name.to_string(), name.span());
        if let Some(scope) = self.0.last_mut() {
            scope.insert(key, binding);
        }
    }

    /// Declares what is seen in all scopes that do not hide it.
    pub(crate) fn declare_outermost(&mut self, name: &Ident, binding: BindingId) {
        if let Some(scope) = self.0.first_mut() {
            scope.insert(key(&name.to_string(), name.span()), binding);
        }
    }

    pub(crate) fn find(&self, name: &Ident) -> Option<BindingId> {
        let key = key(&name.to_string(), name.span());
        self.0.iter().rev().find_map(|scope| scope.get(&key)).copied()
    }

    /// The binding of `name` in the innermost scope: or-patterns bind a name once for all alternatives.
    pub(crate) fn in_innermost(&self, name: &Ident) -> Option<BindingId> {
        self.0.last()?.get(&key(&name.to_string(), name.span())).copied()
    }
}

/// A name as rustc tells locals apart: with where it comes from, the call of a macro or its definition.
///
/// The context of a span has no accessor on stable; its `Debug` begins with it, `#4 bytes(..)`. Where it does not, names
/// count as they are spelt.
fn key(name: &str, span: Span) -> String {
    let name = name.trim_start_matches("r#");
    let debug = format!("{:?}", span);
    match debug.split_whitespace().next() {
        Some(context) if context.starts_with('#') => format!("{}{}", name, context),
        _ => name.to_owned(),
    }
}
