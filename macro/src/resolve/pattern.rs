//! Patterns: every name they bind becomes a binding of the innermost scope.

use syn::{Expr, Pat, PatIdent};

use super::plain;
use super::Resolver;
use crate::ids::{Binding, BindingId, Mode};
use crate::refusal::Refusal;

impl Resolver {
    // Input:  (a, Some(Foo { b, .. }))
    // Output: (__binding_0, Some(Foo { b: __binding_1, .. }))
    pub(super) fn pattern(&mut self, pat: &mut Pat) {
        let mut bound = Vec::new();
        self.pattern_of(pat, &mut bound);
    }

    /// A pattern that is one name, and not that of a constant.
    pub(super) fn name(&mut self, ident: &mut PatIdent) {
        let id = self.bind(ident);
        self.scopes.declare(&ident.ident, id);
        ident.ident = id.marker(ident.ident.span());
        if let Some((_, subpat)) = &mut ident.subpat {
            self.pattern(subpat);
        }
    }

    fn bind(&mut self, ident: &PatIdent) -> BindingId {
        self.tables.bind(Binding {
            mutable: ident.mutability.is_some(),
            reference: ident.by_ref.is_some(),
            ..Binding::named(ident.ident.clone())
        })
    }

    /// `bound`: what this pattern has bound so far, which a later alternative of an or-pattern binds again.
    fn pattern_of(&mut self, pat: &mut Pat, bound: &mut Vec<(String, BindingId)>) {
        match pat {
            Pat::Ident(ident) => {
                let name = ident.ident.to_string();
                let constant = ident.by_ref.is_none()
                    && ident.mutability.is_none()
                    && ident.subpat.is_none()
                    && name.starts_with(char::is_uppercase);
                if !constant {
                    let id = match bound.iter().find(|(other, _)| *other == name) {
                        Some((_, id)) if self.scopes.in_innermost(&ident.ident) == Some(*id) => *id,
                        _ => self.bind(ident),
                    };
                    self.scopes.declare(&ident.ident, id);
                    bound.push((name, id));
                    ident.ident = id.marker(ident.ident.span());
                }
                if let Some((_, subpat)) = &mut ident.subpat {
                    self.pattern_of(subpat, bound);
                }
            }
            Pat::Or(or) => or.cases.iter_mut().for_each(|case| self.pattern_of(case, bound)),
            Pat::Paren(paren) => self.pattern_of(&mut paren.pat, bound),
            Pat::Reference(reference) => self.pattern_of(&mut reference.pat, bound),
            Pat::Slice(slice) => slice.elems.iter_mut().for_each(|pat| self.pattern_of(pat, bound)),
            Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|pat| self.pattern_of(pat, bound)),
            Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|pat| self.pattern_of(pat, bound)),
            Pat::Struct(structure) => {
                for field in &mut structure.fields {
                    // Shorthand `Foo { b }` binds and names the field at once: write it out.
                    field.colon_token.get_or_insert_with(Default::default);
                    self.pattern_of(&mut field.pat, bound);
                }
            }
            Pat::Type(typed) => {
                let before = bound.len();
                self.pattern_of(&mut typed.pat, bound);
                if let syn::Type::Reference(_) = *typed.ty {
                    if let (Pat::Ident(_), Some((_, id))) = (&*typed.pat, bound.get(before)) {
                        self.tables.bindings[id.0].reference = true;
                    }
                }
            }
            Pat::Guard(guard) => {
                self.pattern_of(&mut guard.pat, bound);
                let before = self.tables.sites.len();
                self.condition(&mut guard.guard);
                for site in &mut self.tables.sites[before..] {
                    // A guard only borrows what the pattern binds, whatever a method asks for; and it may be evaluated more
                    // than once, so that what it takes by value is copied.
                    let bound = || bound.iter().any(|(_, id)| *id == site.binding);
                    if site.mode == Mode::Value || site.mode == Mode::Receiver && bound() {
                        site.mode = Mode::Place;
                    }
                }
            }
            Pat::Macro(mac) => self.refusals.push(syn::spanned::Spanned::span(&mac.mac.path), Refusal::MacroPattern),
            Pat::Const(_) | Pat::Lit(_) | Pat::Path(_) | Pat::Range(_) | Pat::Rest(_) | Pat::Wild(_) => {}
            other => self.refusals.push(syn::spanned::Spanned::span(other), Refusal::UnknownSyntax),
        }
    }

    /// A `let` of one name whose type or value says that it is plain.
    pub(super) fn note_plain(&mut self, pat: &Pat, init: &Expr) {
        let (pat, bytes) = match pat {
            Pat::Type(typed) => (&*typed.pat, plain::plain_type(&typed.ty)),
            pat => (pat, plain::plain_value(init)),
        };
        if let (Pat::Ident(ident), Some(bytes)) = (pat, bytes) {
            if let (Some(id), None, None) = (crate::markers::as_binding(&ident.ident), &ident.by_ref, &ident.subpat) {
                let binding = &mut self.tables.bindings[id.0];
                (binding.plain, binding.bytes) = (true, bytes);
            }
        }
    }

    /// A `let` whose value is a reference for all to see never has it moved out by a receiver.
    pub(super) fn note_reference(&mut self, pat: &Pat, init: &Expr) {
        if let (Pat::Ident(ident), Expr::Reference(_)) = (pat, init) {
            if let Some(id) = crate::markers::as_binding(&ident.ident) {
                self.tables.bindings[id.0].reference = true;
            }
        }
    }
}
