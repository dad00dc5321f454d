//! Names to bindings, innermost scope first.

use std::collections::BTreeMap;

use proc_macro2::Ident;

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
        if let Some(scope) = self.0.last_mut() {
            scope.insert(name.to_string(), binding);
        }
    }

    pub(crate) fn find(&self, name: &Ident) -> Option<BindingId> {
        self.find_str(&name.to_string())
    }

    pub(crate) fn find_str(&self, name: &str) -> Option<BindingId> {
        self.0.iter().rev().find_map(|scope| scope.get(name)).copied()
    }

    /// The binding of `name` in the innermost scope: or-patterns bind a name once for all alternatives.
    pub(crate) fn in_innermost(&self, name: &str) -> Option<BindingId> {
        self.0.last()?.get(name).copied()
    }
}
