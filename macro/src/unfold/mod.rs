//! Macros of other crates that hide awaits, or declare what lives across one, are written out as what they stand for.
//!
//! In: the function model. Out: the same function, in whose body each of these macros is plain source with explicit awaits:
//! `join!`, `try_join!`, `select!`, `pin!` and their kin. No later stage knows of them, so what is said there of awaits,
//! survivors and drops is said of these too. What is written out has the user's tokens with their spans, and around them
//! our own, that no name of the user's is mixed up with.
//!
//! A macro that does not parse as it should stays as it is: rustc says what is wrong with it. So does one that only has the
//! name of these, in a path that leads to neither of the crates.

mod branches;
mod join;
mod origin;
mod pin;
mod refutable;
mod select;
mod select_fused;

use std::borrow::Borrow;
use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprClosure, Index, Item, Macro, Stmt, StmtMacro};

use crate::ids::Tables;
use crate::known_macros;
use crate::layout::Names;
use crate::mark::awaits::stmt_awaits;
use crate::mark::operands::name_of;
use crate::markers::Idents;
use crate::parse::Function;

/// Writes the macros out.
pub(crate) fn unfold(function: &Function) -> Function {
    let mut function = function.clone();
    unfold_block(&mut function.block);
    function
}

/// Writes the macros of a block out.
pub(crate) fn unfold_block(block: &mut Block) {
    let mut items = BTreeSet::new();
    Idents(|ident: &Ident| items.extend([ident.to_string()])).visit_block(block);
    Unfolder { checks: Vec::new(), items: Names::avoiding(items) }.visit_block_mut(block);
}

struct Unfolder {
    /// Items that check what macros of the statement at hand are taken for.
    checks: Vec<Item>,
    /// The names of items of ours, which are none of the user's.
    items: Names,
}

impl VisitMut for Unfolder {
    // Input:  { tokio::pin!(a); let b = pin!(c); d(a, b).await; }
    // Output: { use tokio::pin as _; let mut a = a; let mut a = unsafe { Pin::new_unchecked(&mut a) }; .. }
    fn visit_block_mut(&mut self, block: &mut Block) {
        let outer = std::mem::take(&mut self.checks);
        let last = block.stmts.len().saturating_sub(1);
        let stmts: Vec<Stmt> = std::mem::take(&mut block.stmts)
            .into_iter()
            .enumerate()
            .flat_map(|(index, stmt)| self.statement(stmt, index == last))
            .collect();
        let awaits: Vec<bool> = stmts.iter().map(stmt_awaits).collect();
        for (index, mut stmt) in stmts.into_iter().enumerate() {
            let awaits_below = awaits[index + 1..].contains(&true);
            let mut before = pin::unfold_values(&mut stmt, awaits[index], awaits_below, &mut self.checks);
            block.stmts.extend(self.checks.drain(..).map(Stmt::Item));
            block.stmts.append(&mut before);
            block.stmts.push(stmt);
        }
        self.checks = outer;
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(node) = expr {
            if let Some(unfolded) = self.expression(&node.mac, &node.attrs) {
                *expr = unfolded;
            }
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    /// The arguments of a macro that is known.
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        if let Some(mut value) = pin::value_of(mac) {
            self.visit_expr_mut(&mut value);
            mac.tokens = value.into_token_stream();
        } else {
            known_macros::map_arguments(mac, |argument| self.visit_expr_mut(argument));
        }
    }

    // What is in there awaits nothing of this function.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl Unfolder {
    /// A statement, its macros written out; `last`: it may be the value of its block.
    fn statement(&mut self, mut stmt: Stmt, last: bool) -> Vec<Stmt> {
        if let Stmt::Macro(StmtMacro { attrs, mac, semi_token }) = &stmt {
            let locals = if last && semi_token.is_none() { None } else { pin::unfold_locals(mac, &mut self.checks) };
            if let Some(stmts) = locals {
                return stmts.into_iter().flat_map(|stmt| self.statement(stmt, false)).collect();
            }
            if let Some(unfolded) = self.expression(mac, attrs) {
                stmt = Stmt::Expr(unfolded, *semi_token);
            }
        }
        self.visit_stmt_mut(&mut stmt);
        let mut stmts: Vec<Stmt> = self.checks.drain(..).map(Stmt::Item).collect();
        stmts.push(stmt);
        stmts
    }

    /// The expression that a macro stands for: a block.
    fn expression(&mut self, mac: &Macro, attrs: &[Attribute]) -> Option<Expr> {
        let mut expr = join::unfold(mac, &mut self.checks)
            .or_else(|| select::unfold(mac, &mut self.checks, &mut self.items))
            .or_else(|| select_fused::unfold(mac, &mut self.checks, &mut self.items))?;
        if let Expr::Block(block) = &mut expr {
            block.attrs.extend_from_slice(attrs);
        }
        Some(expr)
    }
}

/// Where our own tokens for a macro stand: at its name, and never seen by the user's names.
fn here(mac: &Macro) -> Span {
    mac.path.segments.last().map_or_else(Span::mixed_site, |name| name.span().resolved_at(Span::mixed_site()))
}

/// A variable for each future, named after what makes it.
fn names_of(futures: &[impl Borrow<Expr>], span: Span) -> Vec<Ident> {
    let mut names = Names::default();
    futures.iter().map(|future| names.fresh(&name_of(future.borrow(), &Tables::default()), span)).collect()
}

/// The fields of the tuple `futures`.
fn fields(count: usize, span: Span) -> impl Iterator<Item = TokenStream> {
    (0..count).map(Index::from).map(move |index| quote_spanned!(span=> futures.#index))
}
