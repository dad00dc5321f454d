//! Macros of other crates that hide awaits, or declare what lives across one, are written out as what they stand for.
//!
//! In: the function model. Out: the same function, in whose body each of these macros is plain source with explicit awaits:
//! `join!`, `try_join!`, `select!`, `pin!` and their kin. No later stage knows of them, so what is said there of awaits,
//! survivors and drops is said of these too. What is written out has the user's tokens with their spans, and around them
//! our own, that no name of the user's is mixed up with.
//!
//! A macro that does not parse as it should stays as it is: rustc says what is wrong with it. So does one that only has the
//! name of these, in a path that leads to neither of the crates.

mod join;
mod origin;
mod pin;

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, ExprClosure, Item, Macro, Stmt, StmtMacro};

use crate::known_macros;
use crate::mark::awaits::stmt_awaits;
use crate::parse::Function;

/// Writes the macros out.
pub(crate) fn unfold(function: &Function) -> Function {
    let mut function = function.clone();
    Unfolder::default().visit_block_mut(&mut function.block);
    function
}

#[derive(Default)]
struct Unfolder {
    /// Items that check what macros of the statement at hand are taken for.
    checks: Vec<Item>,
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
        let mut expr = join::unfold(mac, &mut self.checks)?;
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
