//! What the edition of the source decides: when the temporaries of a tail and of an `if let` go.

use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprIf, ExprMatch, Pat};

use super::awaits::expr_awaits;
use super::control::block_expr;
use super::operands::{is_place, operands};

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
            Expr::If(node) => {
                if let Some(same) = as_match(node).filter(|same| !is_place(&same.expr)) {
                    self.found = true;
                    if self.matches {
                        *operand = Expr::Match(same);
                    }
                }
            }
            _ => {}
        }
    }
}

impl VisitMut for Operands {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Closure(_) = expr {
            return;
        }
        let before = self.beside_an_await;
        self.beside_an_await |= expr_awaits(expr);
        if self.beside_an_await {
            match expr {
                Expr::Await(node) => self.look(&mut node.base),
                Expr::Match(node) => self.look(&mut node.expr),
                Expr::Let(node) => self.look(&mut node.expr),
                _ => operands(expr).into_iter().for_each(|(operand, _)| self.look(operand)),
            }
        }
        visit_mut::visit_expr_mut(self, expr);
        self.beside_an_await = before;
    }
    fn visit_block_mut(&mut self, block: &mut Block) {
        let before = std::mem::take(&mut self.beside_an_await);
        visit_mut::visit_block_mut(self, block);
        self.beside_an_await = before;
    }
    fn visit_item_mut(&mut self, _: &mut syn::Item) {}
}

/// An `if` with one `let` as a `match`, which it is but for its temporaries.
// Input:  if let Some(n) = a { b } else { c }
// Output: match a { Some(n) => { b } _ => { c } }
pub(super) fn as_match(node: &ExprIf) -> Option<ExprMatch> {
    let cond = match &*node.cond {
        Expr::Let(cond) => cond,
        _ => return None,
    };
    let otherwise = match &node.else_branch {
        Some((_, otherwise)) => (**otherwise).clone(),
        None => block_expr(syn::Block { brace_token: Default::default(), stmts: Vec::new() }),
    };
    let wild = Pat::Wild(syn::PatWild { attrs: Vec::new(), underscore_token: Default::default() });
    Some(ExprMatch {
        attrs: Vec::new(),
        match_token: syn::Token![match](node.if_token.span),
        expr: cond.expr.clone(),
        brace_token: Default::default(),
        arms: vec![arm((*cond.pat).clone(), block_expr(node.then_branch.clone())), arm(wild, otherwise)],
    })
}

/// `pat => body,`.
pub(super) fn arm(pat: Pat, body: Expr) -> syn::Arm {
    let (attrs, fat_arrow_token, comma) = (Vec::new(), Default::default(), Some(Default::default()));
    syn::Arm { attrs, pat, fat_arrow_token, body: Box::new(body), comma }
}
