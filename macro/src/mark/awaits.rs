//! Which syntax contains an await of this function: not inside closures, items or opaque macros.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, Item, Macro, PatIdent, Stmt};

use crate::markers::{Idents, Searched};

/// Finds awaits.
#[derive(Default)]
struct Awaits(bool);

impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, _: &'ast ExprAwait) {
        self.0 = true;
    }
    // Those of a block are the block's.
    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    // A closure's awaits would be its own, and are native errors.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.0 |= tokens_await(mac.tokens.clone());
    }
}

pub(crate) fn expr_awaits(expr: &Expr) -> bool {
    let mut awaits = Awaits::default();
    awaits.visit_expr(expr);
    awaits.0
}

pub(super) fn block_awaits(block: &Block) -> bool {
    let mut awaits = Awaits::default();
    awaits.visit_block(block);
    awaits.0
}

pub(crate) fn stmt_awaits(stmt: &Stmt) -> bool {
    let mut awaits = Awaits::default();
    visit::visit_stmt(&mut awaits, stmt);
    awaits.0
}

pub(crate) fn tokens_await(tokens: TokenStream) -> bool {
    let mut after_dot = false;
    for tree in tokens {
        match &tree {
            TokenTree::Ident(ident) if after_dot && ident == "await" => return true,
            TokenTree::Group(group) if tokens_await(group.stream()) => return true,
            _ => {}
        }
        after_dot = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
    false
}

/// A pattern that binds by `ref` borrows from what it matches.
pub(crate) fn binds_by_ref(syntax: &impl Searched) -> bool {
    struct ByRef(bool);
    impl<'ast> Visit<'ast> for ByRef {
        fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
            self.0 |= pat.by_ref.is_some();
            visit::visit_pat_ident(self, pat);
        }
        fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
            Idents(|ident: &Ident| self.0 |= ident == "ref").visit_token_stream(tokens);
        }
    }
    let mut by_ref = ByRef(false);
    syntax.accept(&mut by_ref);
    by_ref.0
}
