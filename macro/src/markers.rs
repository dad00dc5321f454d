//! How bindings, mentions, suspensions and async blocks stand in the user's own syntax: as marker identifiers.
//!
//! `resolve` replaces the name of a local, wherever it is bound or mentioned, by a marker that carries an id, with the span
//! of the name. So a later stage never looks a name up: an identifier is a marker, or it is not ours.
//!
//! What is looked for is looked for in the tree. Tokens of it would be made for that alone: making them costs ten times as
//! much, in a procedural macro that is not optimised, as to look at each node.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Block, Expr, ExprClosure, Macro, Pat, Stmt};

use crate::ids::{BindingId, BlockId, SiteId, SuspensionId};

const BINDING: &str = "__binding_";
const SITE: &str = "__site_";
const POLL: &str = "__poll_";
const BLOCK: &str = "__block_";

impl BindingId {
    pub(crate) fn marker(self, span: Span) -> Ident {
        Ident::new(&format!("{}{}", BINDING, self.0), span)
    }
}

impl SiteId {
    pub(crate) fn marker(self, span: Span) -> Ident {
        Ident::new(&format!("{}{}", SITE, self.0), span)
    }
}

impl SuspensionId {
    pub(crate) fn marker(self, span: Span) -> Ident {
        Ident::new(&format!("{}{}", POLL, self.0), span)
    }
}

impl BlockId {
    pub(crate) fn marker(self, span: Span) -> Ident {
        Ident::new(&format!("{}{}", BLOCK, self.0), span)
    }
}

fn parse_marker(ident: &Ident, prefix: &str) -> Option<usize> {
    ident.to_string().strip_prefix(prefix)?.parse().ok()
}

pub(crate) fn as_binding(ident: &Ident) -> Option<BindingId> {
    parse_marker(ident, BINDING).map(BindingId)
}

pub(crate) fn as_site(ident: &Ident) -> Option<SiteId> {
    parse_marker(ident, SITE).map(SiteId)
}

pub(crate) fn as_block(ident: &Ident) -> Option<BlockId> {
    parse_marker(ident, BLOCK).map(BlockId)
}

pub(crate) fn as_poll(ident: &Ident) -> Option<SuspensionId> {
    parse_marker(ident, POLL).map(SuspensionId)
}

/// Syntax that can be looked through, in the order of the text.
pub(crate) trait Searched {
    fn accept<'ast>(&'ast self, visitor: &mut impl Visit<'ast>);
}

macro_rules! searched {
    ($($ty:ty: $visit:ident),* $(,)?) => {$(
        impl Searched for $ty {
            fn accept<'ast>(&'ast self, visitor: &mut impl Visit<'ast>) {
                visitor.$visit(self);
            }
        }
    )*};
}

searched! {
    Block: visit_block, Expr: visit_expr, ExprClosure: visit_expr_closure, Macro: visit_macro, Pat: visit_pat,
    Stmt: visit_stmt, TokenStream: visit_token_stream,
}

/// Hands over each identifier, those in the tokens of macros too.
pub(crate) struct Idents<F>(pub(crate) F);

impl<'ast, F: FnMut(&Ident)> Visit<'ast> for Idents<F> {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.0(ident);
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        idents_in(tokens.clone(), &mut self.0);
    }
}

fn idents_in(tokens: TokenStream, found: &mut impl FnMut(&Ident)) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => found(&ident),
            TokenTree::Group(group) => idents_in(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Every marker of one kind, in textual order.
fn markers<T>(syntax: &impl Searched, parse: fn(&Ident) -> Option<T>) -> Vec<T> {
    let mut found = Vec::new();
    syntax.accept(&mut Idents(|ident: &Ident| found.extend(parse(ident))));
    found
}

pub(crate) fn sites_in(syntax: &impl Searched) -> Vec<SiteId> {
    markers(syntax, as_site)
}

pub(crate) fn polls_in(syntax: &impl Searched) -> Vec<SuspensionId> {
    markers(syntax, as_poll)
}

/// All that is declared in there, each once.
pub(crate) fn declared_in(syntax: &impl Searched) -> Vec<BindingId> {
    let mut seen = BTreeSet::new();
    markers(syntax, as_binding).into_iter().filter(|id| seen.insert(*id)).collect()
}

/// The bindings of a pattern, each once, in order of declaration. What its guard declares is not bound by it.
pub(crate) fn bindings_in(pat: &Pat) -> Vec<BindingId> {
    match pat {
        Pat::Guard(guard) => {
            let mut bindings = bindings_in(&guard.pat);
            bindings_of_lets(&guard.guard, &mut bindings);
            bindings
        }
        pat => declared_in(pat),
    }
}

/// What a condition binds: `if let` in a guard is a part of the pattern.
fn bindings_of_lets(cond: &Expr, bindings: &mut Vec<BindingId>) {
    match cond {
        Expr::Let(node) => bindings.extend(bindings_in(&node.pat)),
        Expr::Binary(node) if matches!(node.op, syn::BinOp::And(_)) => {
            bindings_of_lets(&node.left, bindings);
            bindings_of_lets(&node.right, bindings);
        }
        Expr::Paren(node) => bindings_of_lets(&node.expr, bindings),
        _ => {}
    }
}
