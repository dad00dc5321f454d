//! Control flow around awaits: it keeps its shape, or takes one in which every place to resume at is the end of a block.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprBreak, ExprForLoop, ExprIf, ExprLoop, ExprMatch, ExprWhile, Label, Lifetime, Pat, Token};

use super::awaits::{binds_by_ref, block_awaits, expr_awaits, tokens_await};
use super::conditions::has_let;
use super::edition::{as_match, only_let, Edition};
use super::holes::has_holes;
use super::labels::name_loop;
use super::operands::{is_place, name_of};
use super::residual::takes_nothing;
use super::statements::base;
use super::tree::{Arm, Block, Diverge, If, Leaf, Let, Loop, Match, Stmt, Value};
use super::{Marker, Outlive, Temporaries};
use crate::ids::Mode;
use crate::markers::{bindings_in, polls_in};
use crate::refusal::Refusal;

impl Marker {
    /// An expression that is not evaluated operand by operand.
    pub(super) fn is_control(&self, expr: &Expr) -> bool {
        match expr {
            Expr::If(_)
            | Expr::Match(_)
            | Expr::Loop(_)
            | Expr::While(_)
            | Expr::ForLoop(_)
            | Expr::Block(_)
            | Expr::Unsafe(_)
            | Expr::Const(_) => true,
            Expr::Binary(binary) => {
                matches!(binary.op, syn::BinOp::And(_) | syn::BinOp::Or(_)) && expr_awaits(&binary.right)
            }
            _ => false,
        }
    }

    /// Control flow that awaits somewhere.
    pub(super) fn control(&mut self, expr: Expr, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) -> Value {
        if let Some(attr) = attributes(&expr).first() {
            self.refusals.push_spanned(attr, Refusal::AttributeOnAwait);
        }
        let position = Position::of(temporaries);
        // What a `match` is for is a part of it.
        (temporaries.is_inside, temporaries.ends_here, temporaries.outlive_value) = (true, false, false);
        match expr {
            Expr::If(node) => self.if_else(node, position, out, temporaries),
            Expr::Match(node) => self.match_arms(node, position, out, temporaries),
            Expr::Loop(node) => self.endless(node),
            Expr::While(node) => self.while_loop(node),
            Expr::ForLoop(node) => self.for_loop(node, out),
            Expr::Block(node) => {
                let label = node.label.map(|label| label.name);
                Value::Block(self.inner_block(&node.block, label, out, temporaries))
            }
            Expr::Unsafe(node) => Value::Block(self.inner_block(&node.block, None, out, temporaries)),
            Expr::Const(node) => {
                self.refusals.push(node.const_token.span, Refusal::AwaitInConst);
                Value::Leaf(Leaf(Expr::Const(node)))
            }
            Expr::Binary(node) => {
                // `a && b` is `if a { b } else { false }`, `a || b` is `if a { true } else { b }`.
                let cond = self.condition(*node.left, out);
                let (awaiting, mut constant) = (self.tail_of(*node.right), Block::default());
                let and = matches!(node.op, syn::BinOp::And(_));
                constant.tail = Some(Box::new(Value::Leaf(Leaf(boolean(!and)))));
                let (then, otherwise) = if and { (awaiting, constant) } else { (constant, awaiting) };
                Value::If(Box::new(If {
                    cond: Value::Leaf(Leaf(cond)),
                    then,
                    otherwise: Some(Value::Block(otherwise)),
                }))
            }
            other => Value::Leaf(Leaf(other)),
        }
    }

    /// A condition before branches that await: evaluated, its temporaries dropped.
    pub(super) fn condition(&mut self, cond: Expr, out: &mut Vec<Stmt>) -> Expr {
        let span = cond.span();
        let mut temporaries = Temporaries::of_expression();
        let remains = self.residual(cond, Outlive::Nothing, out, &mut temporaries);
        if temporaries.places.is_empty() && polls_in(&remains).is_empty() {
            return remains;
        }
        self.settle(Value::Leaf(Leaf(remains)), temporaries, "condition", span, out)
    }

    fn tail_of(&mut self, expr: Expr) -> Block {
        let mut block = Block::default();
        self.tail(expr, &mut block, None);
        block
    }

    fn if_else(
        &mut self,
        mut node: ExprIf,
        position: Position,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) -> Value {
        let branches_await = branches_await(&node);
        if !has_let(&node.cond) {
            let cond = self.condition(*node.cond, out);
            if !branches_await {
                node.cond = Box::new(cond);
                return Value::Leaf(Leaf(Expr::If(node)));
            }
            let then = self.block(&node.then_branch, None);
            let otherwise = node.else_branch.map(|(_, otherwise)| self.else_branch(*otherwise));
            return Value::If(Box::new(If { cond: Value::Leaf(Leaf(cond)), then, otherwise }));
        }
        if !branches_await {
            if let Some(leaf) = self.simple_if_let(&node, out) {
                self.by_edition |= position == Position::Inside && only_let(&node).is_some();
                return leaf;
            }
        }
        if self.edition == Edition::Until2021 {
            if let Some(same) = as_match(&node) {
                // What it matches on is a temporary of the statement, as that of a `match`.
                return self.match_arms(same, position, out, temporaries);
            }
        }
        let ends_with_it = matches!(position, Position::Statement | Position::Value) && node.else_branch.is_none();
        self.by_edition |= only_let(&node).is_some() && !ends_with_it;
        self.if_let(node)
    }

    pub(super) fn else_branch(&mut self, expr: Expr) -> Value {
        match expr {
            Expr::Block(node) if node.label.is_none() && node.attrs.is_empty() => {
                Value::Block(self.block(&node.block, None))
            }
            expr => Value::Block(self.tail_of(expr)),
        }
    }

    /// What it matches on is a temporary of the statement that the `match` is in.
    fn match_arms(
        &mut self,
        mut node: ExprMatch,
        position: Position,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) -> Value {
        for arm in &node.arms {
            if let Pat::Guard(guard) = &arm.pat {
                if tokens_await(quote::ToTokens::to_token_stream(&guard.guard)) {
                    self.refusals.push(guard.if_token.span, Refusal::AwaitInGuard);
                }
            }
        }
        let span = node.expr.span();
        let awaits: Vec<bool> = node.arms.iter().map(|arm| expr_awaits(&arm.body)).collect();
        let arms_await = awaits.contains(&true);
        let mut scrutinee = self.residual(*node.expr, Outlive::of(arms_await), out, temporaries);
        if !arms_await {
            // What the arms leave of the value of a branch is dropped with the statement.
            if leaves_parts(&node.arms) {
                self.keep_in_place(&mut scrutinee, Mode::Place, Outlive::Nothing, out, temporaries);
            }
            node.expr = Box::new(scrutinee);
            return Value::Leaf(Leaf(Expr::Match(node)));
        }
        if !polls_in(&scrutinee).is_empty() && !self.is_value(&scrutinee) {
            match is_place(&scrutinee) && !polls_in(&*base(&mut scrutinee)).is_empty() {
                true => self.hold_base(&mut scrutinee, out, temporaries),
                // It is what an index is computed from.
                false => drop(self.hold_poll(&mut scrutinee, Mode::Place, span, out)),
            }
        }
        let (named, by_value) = (self.is_named_value(&scrutinee), self.is_value(&scrutinee));
        // What all arms leave as it is outlives the `match`, and a value that it gives.
        let leaves =
            takes_nothing(node.arms.iter().map(|arm| &arm.pat)) && node.arms.iter().any(|arm| has_holes(&arm.pat));
        self.by_edition |= leaves && by_value && position == Position::Tail;
        let outlives = leaves && matches!(position, Position::Inside | Position::Value);
        let by_ref = outlives || node.arms.iter().any(|arm| binds_by_ref(&arm.pat));
        if named && by_ref {
            self.keep_in_place(&mut scrutinee, Mode::Place, Outlive::Await, out, temporaries);
        } else if !named && by_value && (by_ref || !polls_in(&scrutinee).is_empty()) {
            let name = name_of(&scrutinee, &self.tables);
            let name = if name == "value" { "scrutinee".to_owned() } else { name };
            let mode = if by_ref { Mode::Place } else { Mode::Value };
            scrutinee = self.hold(scrutinee, mode, &name, span, out, temporaries);
        }
        let arms = node.arms.into_iter().zip(awaits).map(|(arm, awaits)| {
            if let Some(attr) = arm.attrs.first() {
                self.refusals.push_spanned(attr, Refusal::AttributeOnAwait);
            }
            let mut pat = arm.pat;
            let bindings = if awaits && by_value && !by_ref { self.fill_holes(&mut pat) } else { bindings_in(&pat) };
            let body = match *arm.body {
                body if !awaits => Value::Leaf(Leaf(body)),
                Expr::Block(body) if body.label.is_none() => Value::Block(self.block(&body.block, None)),
                body => Value::Block(self.tail_of(body)),
            };
            Arm { bindings, pat, body }
        });
        let arms = arms.collect();
        Value::Match(Box::new(Match { scrutinee: Leaf(scrutinee), arms }))
    }

    fn loop_label(&mut self, label: Option<Label>, name: &str, body: &mut syn::Block) -> Lifetime {
        let label = match label {
            Some(label) => label.name,
            None => self.labels.fresh(name),
        };
        name_loop(body, &label);
        label
    }

    fn endless(&mut self, mut node: ExprLoop) -> Value {
        let label = self.loop_label(node.label, "repeat", &mut node.body);
        let body = self.block(&node.body, None);
        Value::Loop(Box::new(Loop { label, body }))
    }

    // Input:  while let Some(x) = a { b }
    // Output: 'l: loop { let Some(x) = a else { break 'l }; b }
    fn while_loop(&mut self, mut node: ExprWhile) -> Value {
        let label = self.loop_label(node.label, "repeat", &mut node.body);
        if !block_awaits(&node.body) {
            let leave = break_with(&label, None);
            if let Some(body) = self.last_if(&node.cond, node.while_token.span, &label, node.body.clone(), Some(leave))
            {
                return Value::Loop(Box::new(Loop { label, body: Block { label: None, ..body } }));
            }
        }
        let mut body = Block::default();
        self.conditions(*node.cond, &break_with(&label, None), block_awaits(&node.body), &mut body.stmts);
        self.append(&node.body, &mut body);
        Value::Loop(Box::new(Loop { label, body }))
    }

    // Input:  for x in a { b }
    // Output: let iter = into_iter(a); 'l: loop { let Some(x) = iter.next() else { break 'l }; b }
    fn for_loop(&mut self, mut node: ExprForLoop, out: &mut Vec<Stmt>) -> Value {
        let span = node.expr.span();
        let awaits = block_awaits(&node.body);
        if !awaits {
            let mut temporaries = Temporaries::of_head();
            node.expr = Box::new(self.residual(*node.expr, Outlive::Nothing, out, &mut temporaries));
            return Value::Leaf(Leaf(self.settled(Expr::ForLoop(node), temporaries, "value", span, out)));
        }
        let mut scope = Block::default();
        let mut living = Temporaries::of_head();
        let iterable = self.residual(*node.expr, Outlive::Await, &mut scope.stmts, &mut living);
        let iter = self.bind_value(Value::IntoIter(Leaf(iterable)), "iter", span, &mut scope.stmts);
        let label = self.loop_label(node.label, "each", &mut node.body);
        let next = self.tables.mention(iter, Mode::Place, span);
        let mut body = Block::default();
        let bindings = self.fill_holes(&mut node.pat);
        let pat = some(*node.pat);
        let local = Let::of(pat, bindings, Some(Value::Next(next)));
        body.stmts.push(Stmt::Let(Let { diverge: Some(Diverge::leave(break_with(&label, None))), ..local }));
        self.append(&node.body, &mut body);
        scope.tail = Some(Box::new(Value::Loop(Box::new(Loop { label, body }))));
        Value::Block(scope)
    }
}

/// Where control flow stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// It is a statement without a value, or with one that does nothing when it is dropped.
    Statement,
    /// It is the value of a statement, and its value may do something when it is dropped.
    Value,
    /// Its temporaries end with it: since edition 2024, the value of a block.
    Tail,
    /// In something that is computed before its temporaries end.
    Inside,
}

impl Position {
    fn of(temporaries: &Temporaries) -> Self {
        match temporaries {
            Temporaries { is_inside: true, .. } => Position::Inside,
            Temporaries { ends_here: true, .. } => Position::Tail,
            Temporaries { outlive_value: true, .. } => Position::Value,
            _ => Position::Statement,
        }
    }
}

fn branches_await(node: &ExprIf) -> bool {
    block_awaits(&node.then_branch) || node.else_branch.as_ref().is_some_and(|(_, otherwise)| expr_awaits(otherwise))
}

/// Whether some arm leaves what it matches, or a part of it, where it is.
pub(super) fn leaves_parts(arms: &[syn::Arm]) -> bool {
    arms.iter().any(|arm| has_holes(&arm.pat) || binds_by_ref(&arm.pat))
}

fn attributes(expr: &Expr) -> &[syn::Attribute] {
    match expr {
        Expr::If(node) => &node.attrs,
        Expr::Match(node) => &node.attrs,
        Expr::Loop(node) => &node.attrs,
        Expr::While(node) => &node.attrs,
        Expr::ForLoop(node) => &node.attrs,
        Expr::Block(node) => &node.attrs,
        Expr::Unsafe(node) => &node.attrs,
        _ => &[],
    }
}

/// `match scrutinee { pat => body, .. }`, with the span of the keyword.
pub(super) fn match_on(scrutinee: Expr, arms: impl IntoIterator<Item = (Pat, Expr)>, span: Span) -> ExprMatch {
    let arms = arms.into_iter().map(|(pat, body)| syn::Arm {
        attrs: Vec::new(),
        pat,
        fat_arrow_token: Default::default(),
        body: Box::new(body),
        comma: Some(Default::default()),
    });
    ExprMatch {
        attrs: Vec::new(),
        match_token: Token![match](span),
        expr: Box::new(scrutinee),
        brace_token: Default::default(),
        arms: arms.collect(),
    }
}

/// `break 'label value`.
pub(super) fn break_with(label: &Lifetime, value: Option<Expr>) -> Expr {
    Expr::Break(ExprBreak {
        attrs: Vec::new(),
        break_token: Default::default(),
        label: Some(label.clone()),
        expr: value.map(Box::new),
    })
}

pub(super) fn block_expr(block: syn::Block) -> Expr {
    Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block })
}

/// `{ expr; }`.
pub(super) fn braced(span: Span, expr: Expr) -> syn::Block {
    syn::Block { brace_token: syn::token::Brace(span), stmts: vec![syn::Stmt::Expr(expr, Some(Default::default()))] }
}

pub(super) fn boolean(value: bool) -> Expr {
    Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: syn::Lit::Bool(syn::LitBool { value, span: Span::mixed_site() }) })
}

/// `::core::option::Option::Some(pat)`.
fn some(pat: Pat) -> Pat {
    let path = ["core", "option", "Option", "Some"]
        .iter()
        .map(|name| syn::PathSegment::from(syn::Ident::new(name, Span::mixed_site())))
        .collect();
    Pat::TupleStruct(syn::PatTupleStruct {
        attrs: Vec::new(),
        qself: None,
        path: syn::Path { leading_colon: Some(Default::default()), segments: path },
        paren_token: Default::default(),
        elems: std::iter::once(pat).collect(),
    })
}
