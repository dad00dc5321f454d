//! Survivors that are matched on, and perhaps taken by a pattern.

use proc_macro2::{Ident, TokenStream};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprMatch, Pat};

use super::here;
use super::leaf::{Leaves, Rewrite};
use super::nodes;
use crate::ids::{path_ident, SiteId};
use crate::liveness::Storage;
use crate::mark::inner::patterns_to_inner;
use crate::markers::{as_site, bindings_in};

impl Leaves<'_> {
    /// A pattern took what a scrutinee held: its guard stands for nothing any more.
    pub(super) fn forget(&self, site: SiteId) -> TokenStream {
        let binding = self.input.tables().site(site).binding;
        let name = self.input.name(binding);
        match self.input.storage(binding) {
            Some(Storage::Flagged | Storage::Local) => TokenStream::new(),
            _ => quote_here!(::core::mem::forget(#name);),
        }
    }

    /// A pattern did not take what a scrutinee holds after all: the survivor still has it.
    pub(super) fn give_back(&self, site: SiteId, other: &Ident) -> TokenStream {
        let binding = self.input.tables().site(site).binding;
        let name = self.input.name(binding);
        match self.input.storage(binding) {
            Some(Storage::Flagged | Storage::Local) if self.input.liveness.guarded.contains(&site) => {
                quote_here!(#name.give_back(#other);)
            }
            Some(Storage::Flagged | Storage::Local) => quote_here!(#name.keep(#other);),
            _ => quote_here!(::core::mem::forget(#other);),
        }
    }

    /// The scrutinee whose value a refutable pattern takes, if it is one.
    pub(super) fn taken(&self, scrutinee: &Expr) -> Option<SiteId> {
        let site = path_ident(scrutinee).and_then(as_site)?;
        let binding = self.input.tables().site(site).binding;
        (self.input.liveness.taken.contains(&site) && !self.is_plain(binding)).then_some(site)
    }

    /// A taken scrutinee's value, to be matched on: an arm that binds owns it, any other gives it back.
    pub(super) fn peek<'p>(&self, site: SiteId, patterns: impl IntoIterator<Item = &'p Pat>) -> TokenStream {
        let name = self.input.name(self.input.tables().site(site).binding);
        let kind = self.kind(site, patterns);
        quote_here!(#name.lend(#kind))
    }

    /// A taken scrutinee's value, to be taken apart by a pattern that always matches.
    pub(super) fn unpack(&self, site: SiteId, pattern: &Pat) -> TokenStream {
        let name = self.input.name(self.input.tables().site(site).binding);
        if matches!(pattern, Pat::Tuple(_)) && patterns_to_inner(pattern).is_empty() {
            // A tuple has no destructor of its own.
            return quote_here!(#name.take());
        }
        let kind = self.kind(site, [pattern]);
        quote_here!({ let kind = #kind; #name.unpack(kind) })
    }

    /// Whether the value has a destructor of its own, or one of the values in it of which the patterns bind parts, as a type;
    /// see `desugar::__private::whole`.
    // Output: (&Whole::of(state.ptr())).kind(), and for `Some(Point { x, y })`
    //         (.., Whole::inner(state.ptr(), |whole| match whole { Some(inner) => (&Whole::of_value(&inner)).kind(), .. }))
    fn kind<'p>(&self, site: SiteId, patterns: impl IntoIterator<Item = &'p Pat>) -> TokenStream {
        let name = self.input.name(self.input.tables().site(site).binding);
        let inner = patterns.into_iter().flat_map(patterns_to_inner);
        let kind = inner.fold(quote_here!((&::desugar::__private::Whole::of(#name.ptr())).kind()), |kind, pattern| {
            let pattern = self.pat(&pattern);
            quote_here!((#kind, ::desugar::__private::inner(#name.ptr(), |whole| match whole {
                #pattern => (&::desugar::__private::Whole::of_value(&inner)).kind(),
                _ => ::core::unreachable!(),
            })))
        });
        quote_here!({
            use ::desugar::__private::{DropsItself as _, DropsParts as _};
            #kind
        })
    }

    /// An arm over [`peek`](Self::peek): the pattern, and what it does first.
    // Input:  Some(x)                        Input:  None
    // Output: Some(x) => { forget(scrutinee); ..   Output: other @ None => { forget(other); ..
    pub(super) fn taking_arm(&self, site: SiteId, pat: &Pat) -> (TokenStream, TokenStream) {
        let tokens = self.pat(pat);
        if !bindings_in(pat).is_empty() {
            return (tokens, self.forget(site));
        }
        let other = Ident::new("other", here(pat.span()));
        let pattern = match pat {
            Pat::Wild(_) => quote_here!(#other),
            Pat::Guard(guard) => {
                let (inner, guard) = (self.pat(&guard.pat), self.expr(&guard.guard));
                quote_here!(#other @ (#inner) if #guard)
            }
            Pat::Or(_) => quote_here!(#other @ (#tokens)),
            _ => quote_here!(#other @ #tokens),
        };
        (pattern, self.give_back(site, &other))
    }
}

impl Rewrite<'_, '_> {
    /// `match survivor { .. }` whose arms take from the survivor.
    pub(super) fn matching(&mut self, node: &ExprMatch, site: SiteId) -> Expr {
        let leaves = self.0;
        let scrutinee = leaves.peek(site, node.arms.iter().map(|arm| &arm.pat));
        let arms = node.arms.iter().map(|arm| {
            let (pattern, first) = leaves.taking_arm(site, &arm.pat);
            let mut body = (*arm.body).clone();
            self.visit_expr_mut(&mut body);
            let attrs = &arm.attrs;
            (quote_here!(#(#attrs)* #pattern), quote_here!({ #first #body }))
        });
        nodes::matching(Expr::Verbatim(scrutinee), arms, here(node.match_token.span))
    }

    /// `if let pat = survivor { .. } else { .. }`, likewise.
    pub(super) fn if_let(&mut self, node: &syn::ExprIf, cond: &syn::ExprLet, site: SiteId) -> Expr {
        let leaves = self.0;
        let scrutinee = leaves.peek(site, [&*cond.pat]);
        let (pattern, first) = leaves.taking_arm(site, &cond.pat);
        let mut then = node.then_branch.clone();
        self.visit_block_mut(&mut then);
        let then = &then.stmts;
        let otherwise = node.else_branch.as_ref().map(|(_, otherwise)| {
            let mut otherwise = (**otherwise).clone();
            self.visit_expr_mut(&mut otherwise);
            otherwise
        });
        let other = Ident::new("other", here(node.if_token.span));
        let give_back = leaves.give_back(site, &other);
        let arms = [
            (pattern, quote_here!({ #first #(#then)* })),
            (quote_here!(#other), quote_here!({ #give_back #otherwise })),
        ];
        nodes::matching(Expr::Verbatim(scrutinee), arms, here(node.if_token.span))
    }
}
