//! What the edition of the source decides: when the temporaries of a tail and of an `if let` go.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprIf, ExprLet, ExprMatch, Macro};

use super::awaits::expr_awaits;
use super::control::{block_expr, match_on};
use super::holes::wild;
use super::operands::{is_place, operands};
use crate::known_macros;

/// The edition of the source, as far as its meaning depends on it: when the temporaries of a tail and of an `if let` go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edition {
    Until2021,
    Since2024,
}

/// Makes a `match` of each `if let` before edition 2024 that is an operand beside an await, as what it looks at lives to the
/// end of the statement. Tells whether an operand is such a one.
pub(super) fn matched_operands(body: &mut Block, edition: Edition) -> bool {
    let mut operands = Operands { matches: edition == Edition::Until2021, found: false, beside_an_await: false };
    operands.visit_block_mut(body);
    operands.found
}

struct Operands {
    matches: bool,
    found: bool,
    beside_an_await: bool,
}

impl Operands {
    fn look(&mut self, operand: &mut Expr) {
        match operand {
            Expr::Paren(node) => self.look(&mut node.expr),
            Expr::Group(node) => self.look(&mut node.expr),
            Expr::If(node) if only_let(node).is_some_and(|cond| !is_place(&cond.expr)) => {
                self.found = true;
                if let (true, Some(same)) = (self.matches, as_match(node)) {
                    *operand = Expr::Match(same);
                }
            }
            _ => {}
        }
    }
}

impl VisitMut for Operands {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let before = self.beside_an_await;
        // Where nothing awaits, in it or beside it, nothing inside of it stands beside an await.
        if matches!(expr, Expr::Closure(_)) || !before && !expr_awaits(expr) {
            return;
        }
        self.beside_an_await = true;
        match expr {
            Expr::Await(node) => self.look(&mut node.base),
            Expr::Match(node) => self.look(&mut node.expr),
            Expr::Let(node) => self.look(&mut node.expr),
            _ => operands(expr).into_iter().for_each(|(operand, _)| self.look(operand)),
        }
        visit_mut::visit_expr_mut(self, expr);
        self.beside_an_await = before;
    }
    fn visit_block_mut(&mut self, block: &mut Block) {
        let before = std::mem::take(&mut self.beside_an_await);
        visit_mut::visit_block_mut(self, block);
        self.beside_an_await = before;
    }
    /// The arguments of a macro that is known are operands.
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        known_macros::map_arguments(mac, |argument| {
            if self.beside_an_await {
                self.look(argument);
            }
            self.visit_expr_mut(argument);
        });
    }
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// The condition of an `if`, if it is one `let`.
pub(super) fn only_let(node: &ExprIf) -> Option<&ExprLet> {
    match &*node.cond {
        Expr::Let(cond) => Some(cond),
        _ => None,
    }
}

/// An `if` with one `let` as a `match`, which it is but for its temporaries.
// Input:  if let Some(n) = a { b } else { c }
// Output: match a { Some(n) => { b } _ => { c } }
pub(super) fn as_match(node: &ExprIf) -> Option<ExprMatch> {
    let cond = only_let(node)?;
    let otherwise = match &node.else_branch {
        Some((_, otherwise)) => (**otherwise).clone(),
        None => block_expr(Block { brace_token: Default::default(), stmts: Vec::new() }),
    };
    let arms = [((*cond.pat).clone(), block_expr(node.then_branch.clone())), (wild(), otherwise)];
    Some(match_on((*cond.expr).clone(), arms, node.if_token.span))
}
