//! Assignments to survivors that may have no value yet.

use proc_macro2::Ident;
use quote::{format_ident, ToTokens};
use syn::visit_mut::VisitMut;
use syn::{parse_quote_spanned, Expr};

use super::here;
use super::leaf::Rewrite;
use crate::ids::{map_idents, path_ident, Mode, SiteId};
use crate::liveness::Storage;
use crate::markers::{as_site, sites_in};

impl Rewrite<'_, '_> {
    /// `x = value`, where `x` is a survivor that may have no value yet.
    pub(super) fn assignment(&mut self, node: &mut syn::ExprAssign) -> Option<Expr> {
        let site = match path_ident(&node.left).and_then(as_site) {
            Some(site) => site,
            None => return self.assignments(node),
        };
        let info = self.tables().site(site);
        let (leaves, binding, span) = (self.0, info.binding, here(info.span));
        if info.mode == Mode::Lend {
            let (guard, value) = self.lent(node)?;
            return Some(parse_quote_spanned!(span=> *#guard.put(#value)));
        }
        if leaves.is_plain(binding) || leaves.is_full(site) || leaves.in_closure.get() {
            // A closure captures only what has a value.
            return None;
        }
        let before = leaves.escapes.replace(true);
        self.visit_expr_mut(&mut node.right);
        leaves.escapes.set(before);
        let (name, value) = (leaves.name(binding, self.tables().site(site).span), &node.right);
        Some(match leaves.input.storage(binding) {
            Some(Storage::Flagged | Storage::Local) => parse_quote_spanned!(span=> #name.set(#value)),
            _ => {
                let init = leaves.input.init(binding, value);
                parse_quote_spanned!(span=> #name = #init)
            }
        })
    }

    /// A reference to a temporary that is put in its place: the call says of which type the temporary should be.
    // Input:  &(x = [a, b])
    // Output: x.hold([a, b])
    pub(super) fn reference(&mut self, node: &mut syn::ExprReference) -> Option<Expr> {
        let assign = match &mut *node.expr {
            Expr::Paren(inner) => match &mut *inner.expr {
                Expr::Assign(assign) => assign,
                _ => return None,
            },
            _ => return None,
        };
        let (guard, value) = self.lent(assign)?;
        let span = here(node.and_token.span);
        Some(match node.mutability {
            None => parse_quote_spanned!(span=> #guard.hold(#value)),
            Some(_) => parse_quote_spanned!(span=> #guard.hold_mut(#value)),
        })
    }

    /// The guard of a temporary that is put in its place, and its value.
    fn lent(&mut self, node: &mut syn::ExprAssign) -> Option<(Ident, Expr)> {
        let site = path_ident(&node.left).and_then(as_site)?;
        let info = self.tables().site(site);
        // In code that is never reached it has no place.
        if info.mode != Mode::Lend || self.0.is_plain(info.binding) {
            return None;
        }
        let (guard, leaves) = (self.0.name(info.binding, info.span), self.0);
        let before = leaves.escapes.replace(true);
        self.visit_expr_mut(&mut node.right);
        leaves.escapes.set(before);
        Some((guard, (*node.right).clone()))
    }

    /// `(x, y) = value`, likewise: what the pattern takes apart is assigned one by one. The temporaries of the value end
    /// before that.
    // Input:  (x, _) = value
    // Output: { let (new_0, _) = value; x = frame.x.init(new_0); }
    pub(super) fn assignments(&mut self, node: &mut syn::ExprAssign) -> Option<Expr> {
        let leaves = self.0;
        let sites = sites_in(&*node.left);
        let unsettled = |site: &SiteId| {
            let info = self.tables().site(*site);
            info.mode == Mode::Assign && !leaves.is_plain(info.binding) && !leaves.is_full(*site)
        };
        if leaves.in_closure.get()
            || !sites.iter().any(unsettled)
            || sites.iter().any(|site| self.tables().site(*site).mode != Mode::Assign)
        {
            return None;
        }
        self.visit_expr_mut(&mut node.right);
        let mut assignments = Vec::new();
        let pattern = map_idents(node.left.to_token_stream(), &mut |ident| {
            let site = as_site(ident)?;
            let binding = self.tables().site(site).binding;
            let (name, new) = (leaves.name(binding, ident.span()), format_ident!("new_{}", assignments.len()));
            assignments.push(match leaves.input.storage(binding) {
                _ if leaves.is_plain(binding) => quote_here!(#name = #new;),
                _ if leaves.is_full(site) => quote_here!(*#name.ptr() = #new;),
                Some(Storage::Flagged | Storage::Local) => quote_here!(#name.set(#new);),
                _ => {
                    let init = leaves.input.init(binding, &new);
                    quote_here!(#name = #init;)
                }
            });
            Some(new.into())
        });
        let value = &node.right;
        Some(parse_quote_spanned!(here(node.eq_token.span)=> { let #pattern = #value; #(#assignments)* }))
    }
}
