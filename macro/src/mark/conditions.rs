//! Conditions with a `let`, where something awaits in or below them.
//!
//! What they match on, and its temporaries, live as long as the branch they lead to, in which suspensions are places to
//! resume at. So a condition becomes a line of statements at the head of a block, which is left where a part does not hold;
//! from its last await on it stays a condition, if nothing is awaited below.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprIf, ExprLet, Lifetime, Pat, Stmt as Source, Token};

use super::awaits::{binds_by_ref, block_awaits, expr_awaits};
use super::control::{block_expr, boolean, braced, break_with};
use super::operands::{name_of, operands};
use super::residual::{is_temporary, promotes};
use super::tree::{Block, Diverge, Leaf, Let, Stmt, Value};
use super::{Marker, Outlive, Temporaries};
use crate::ids::Mode;
use crate::known_macros;
use crate::markers::bindings_in;

impl Marker {
    /// `if let pat = x.await { .. }` with no await in the branches and no temporary that outlives the one in the head.
    pub(super) fn simple_if_let(&mut self, node: &ExprIf, out: &mut Vec<Stmt>) -> Option<Value> {
        let mut node = node.clone();
        match &mut *node.cond {
            Expr::Let(cond) => {
                if self.awaited_temporaries(&mut cond.expr) {
                    return None;
                }
                let mut temporaries = Temporaries::default();
                let scrutinee = std::mem::replace(&mut *cond.expr, boolean(true));
                *cond.expr = self.residual(scrutinee, Outlive::Nothing, out, &mut temporaries);
                Some(Value::Leaf(Leaf(Expr::If(node))))
            }
            _ => None,
        }
    }

    /// Whether a temporary of `expr` outlives an await in it, or control flow awaits in it.
    pub(super) fn awaited_temporaries(&self, expr: &mut Expr) -> bool {
        match expr {
            Expr::Await(node) => self.makes_temporary(&mut node.base) || self.awaited_temporaries(&mut node.base),
            // What it matches on is a temporary of the whole.
            Expr::Match(node) if node.arms.iter().all(|arm| !expr_awaits(&arm.body)) => {
                self.awaited_temporaries(&mut node.expr)
            }
            // Its value gets a name, which would live on.
            control if self.is_control(control) => expr_awaits(control),
            Expr::Macro(node) => known_macros::parse(&node.mac).is_some_and(|mut arguments| {
                let arguments = arguments.arguments.iter_mut().map(|argument| (&mut argument.value, argument.mode));
                self.any_awaited_temporaries(arguments.collect(), true)
            }),
            _ => {
                let promotes = promotes(expr);
                self.any_awaited_temporaries(operands(expr), promotes)
            }
        }
    }

    /// The same of operands: those before the last one that awaits outlive it.
    fn any_awaited_temporaries(&self, operands: Vec<(&mut Expr, Mode)>, promotes: bool) -> bool {
        let awaiting = operands.iter().rposition(|(operand, _)| expr_awaits(operand)).unwrap_or(0);
        operands.into_iter().enumerate().any(|(index, (operand, mode))| {
            let makes = is_temporary(operand, mode, promotes, &self.tables) || self.makes_temporary(operand);
            index < awaiting && makes || self.awaited_temporaries(operand)
        })
    }

    // Input:  if let Some(x) = a { b } else { c }
    // Output: 'if_let: { 'otherwise: { let Some(x) = a else { break 'otherwise }; break 'if_let b } c }
    pub(super) fn if_let(&mut self, node: ExprIf) -> Value {
        let whole = self.labels.fresh("if_let");
        let awaits = block_awaits(&node.then_branch);
        let span = node.if_token.span;
        let Parts { cond, then_branch, else_branch } = Parts::of(node);
        let otherwise = match else_branch {
            None => {
                if !awaits {
                    if let Some(block) = self.last_if(&cond, span, &whole, then_branch.clone(), None) {
                        return Value::Block(block);
                    }
                }
                // Nothing to do otherwise: the whole is one block.
                let mut block = Block { label: Some(whole.clone()), ..Block::default() };
                self.conditions(cond, &break_with(&whole, None), awaits, &mut block.stmts);
                self.append(&then_branch, &mut block);
                return Value::Block(block);
            }
            Some(otherwise) => otherwise,
        };
        let fail = self.labels.fresh("otherwise");
        if !awaits {
            let leave = break_with(&whole, Some(block_expr(then_branch.clone())));
            if let Some(first) = self.last_if(&cond, span, &fail, braced(span, leave), None) {
                let mut block = self.block_of_else(otherwise);
                block.label = Some(whole);
                block.stmts.insert(0, Stmt::Value(Value::Block(first)));
                return Value::Block(block);
            }
        }
        let mut first = Block { label: Some(fail.clone()), ..Block::default() };
        self.conditions(cond, &break_with(&fail, None), awaits, &mut first.stmts);
        self.append(&then_branch, &mut first);
        // The branch's value leaves both blocks.
        let span = then_branch.span();
        match first.tail.take() {
            None => {
                let leave = break_with(&whole, None);
                first.stmts.push(Stmt::Value(Value::Leaf(Leaf(leave))));
            }
            Some(tail) => {
                let value = self.leaf(*tail, span, &mut first.stmts);
                first.stmts.push(Stmt::Value(Value::Leaf(Leaf(break_with(&whole, Some(value))))));
            }
        }
        let mut block = self.block_of_else(otherwise);
        block.label = Some(whole);
        block.stmts.insert(0, Stmt::Value(Value::Block(first)));
        Value::Block(block)
    }

    /// `if` the last part of a condition with a `let`, above what awaits nothing; in a block in which the parts before it are
    /// evaluated, and that is left where one of them does not hold. `span`: of the source's keyword, of whose edition the whole is, from `if` to the
    /// last brace, as that says when its temporaries are dropped.
    // Input:  a.await && let Some(x) = b(&c()).await { d }
    // Output: 'fail: { .. if !__poll_0 { break 'fail } let c = c(); start b(&c); if let Some(x) = __poll_1 { d } }
    pub(super) fn last_if(
        &mut self,
        cond: &Expr,
        span: Span,
        fail: &Lifetime,
        then_branch: syn::Block,
        otherwise: Option<Expr>,
    ) -> Option<Block> {
        let mut block = Block::default();
        let cond = Box::new(self.last_condition(cond, span, &break_with(fail, None), &mut block.stmts)?);
        let left = block.stmts.iter().any(|stmt| match stmt {
            Stmt::Let(local) => local.diverge.is_some(),
            stmt => matches!(stmt, Stmt::Value(_)),
        });
        block.label = left.then(|| fail.clone());
        let else_branch =
            otherwise.map(|otherwise| (Default::default(), Box::new(block_expr(braced(span, otherwise)))));
        let node = ExprIf { attrs: Vec::new(), if_token: Token![if](span), cond, then_branch, else_branch };
        block.stmts.push(Stmt::Value(Value::Leaf(Leaf(Expr::If(node)))));
        Some(block)
    }

    pub(super) fn block_of_else(&mut self, expr: Expr) -> Block {
        match self.else_branch(expr) {
            Value::Block(block) if block.label.is_none() => block,
            value => Block { tail: Some(Box::new(value)), ..Block::default() },
        }
    }

    /// Appends a block of the source in a scope of its own, if it declares anything beside what the conditions declared.
    pub(super) fn append(&mut self, source: &syn::Block, block: &mut Block) {
        let inner = self.block(source, None);
        block.stmts.extend(inner.stmts);
        block.tail = inner.tail;
        block.braces = inner.braces;
    }

    /// The parts of a condition, in order: `a && let Some(x) = b && c`.
    pub(super) fn conjuncts(cond: Expr) -> Vec<Expr> {
        match cond {
            Expr::Binary(binary)
                if matches!(binary.op, syn::BinOp::And(_)) && contains_let(&binary.left, &binary.right) =>
            {
                let mut parts = Self::conjuncts(*binary.left);
                parts.extend(Self::conjuncts(*binary.right));
                parts
            }
            Expr::Paren(node) if has_let(&node.expr) => Self::conjuncts(*node.expr),
            cond => vec![cond],
        }
    }

    /// Statements that go on if every part of `cond` holds, and evaluate `fail` if not. What the parts bind, and their
    /// temporaries that outlive an await, live to the end of the block these statements are put in.
    // Input:  a && let Some(x) = b      else break 'l
    // Output: if !a { break 'l } let Some(x) = b else { break 'l };
    pub(super) fn conditions(&mut self, cond: Expr, fail: &Expr, awaits_below: bool, out: &mut Vec<Stmt>) {
        self.parts_of_condition(Self::conjuncts(cond), fail, awaits_below, out);
    }

    /// The same above what awaits nothing: what is left of the condition from its last await on, if that binds something. So
    /// what it matches on, and its temporaries, live as long as they do in the source.
    // Input:  a && let Some(x) = b.await && c      else break 'l
    // Output: __poll_0 = x && c, after `if !a { break 'l }`
    fn last_condition(&mut self, cond: &Expr, keyword: Span, fail: &Expr, out: &mut Vec<Stmt>) -> Option<Expr> {
        let mut parts = Self::conjuncts(cond.clone());
        let last = parts.iter().rposition(expr_awaits).unwrap_or(0);
        let mut rest = parts.split_off(last);
        if !rest.iter().any(has_let) {
            return None;
        }
        self.parts_of_condition(parts, fail, true, out);
        let first = match rest.remove(0) {
            Expr::Let(mut node) => {
                // Its temporaries live to the end of the block.
                let mut living = Temporaries::of_head();
                let source = node.expr.span();
                *node.expr = self.residual(*node.expr, Outlive::Nothing, out, &mut living);
                if self.is_named_value(&node.expr) {
                    // A name of ours is not of the source's edition, which must know chains.
                    let (expr, paren_token) = (node.expr, syn::token::Paren(source));
                    node.expr = Box::new(Expr::Paren(syn::ExprParen { attrs: Vec::new(), paren_token, expr }));
                }
                Expr::Let(node)
            }
            part => self.part_of_condition(part, out),
        };
        Some(rest.into_iter().fold(first, |left, right| {
            // Of the source's edition, which must know chains.
            let (op, attrs) = (syn::BinOp::And(Token![&&](keyword)), Vec::new());
            Expr::Binary(syn::ExprBinary { attrs, left: Box::new(left), op, right: Box::new(right) })
        }))
    }

    fn parts_of_condition(&mut self, parts: Vec<Expr>, fail: &Expr, awaits_below: bool, out: &mut Vec<Stmt>) {
        let awaits: Vec<bool> = parts.iter().map(expr_awaits).collect();
        for (index, part) in parts.into_iter().enumerate() {
            let crosses = awaits_below || awaits[index + 1..].contains(&true);
            match part {
                Expr::Let(ExprLet { pat, expr, .. }) => self.let_or(*pat, *expr, fail, crosses, out),
                part => {
                    let remains = self.part_of_condition(part, out);
                    out.push(Stmt::Value(Value::Leaf(Leaf(unless(remains, fail)))));
                }
            }
        }
    }

    /// What remains of a condition, or of a part of one: its temporaries end with it.
    pub(super) fn part_of_condition(&mut self, part: Expr, out: &mut Vec<Stmt>) -> Expr {
        let span = part.span();
        let mut temporaries = Temporaries::of_expression();
        let remains = self.residual(part, Outlive::Nothing, out, &mut temporaries);
        self.settled(remains, temporaries, "condition", span, out)
    }

    /// `let pat = expr else { fail };`, where what is left of the value lives on.
    fn let_or(&mut self, mut pat: Pat, expr: Expr, fail: &Expr, crosses: bool, out: &mut Vec<Stmt>) {
        let mut living = Temporaries::of_head();
        let mut bindings = bindings_in(&pat);
        let mut scrutinee = self.residual(expr, Outlive::of(crosses), out, &mut living);
        if crosses && self.is_value(&scrutinee) {
            if binds_by_ref(&pat) && self.is_named_value(&scrutinee) {
                self.keep_in_place(&mut scrutinee, Mode::Place, Outlive::Await, out, &mut living);
            } else if binds_by_ref(&pat) {
                let (name, span) = (name_of(&scrutinee, &self.tables), scrutinee.span());
                let binding = self.bind_value(Value::Leaf(Leaf(scrutinee)), &name, span, out);
                scrutinee = self.mention(binding, Mode::Place, span);
            } else {
                bindings = self.fill_holes(&mut pat);
            }
        }
        let local = Let::of(pat, bindings, Some(Value::Leaf(Leaf(scrutinee))));
        out.push(Stmt::Let(Let { diverge: Some(Diverge::leave(fail.clone())), ..local }));
    }
}

/// The parts of an `if`.
struct Parts {
    cond: Expr,
    then_branch: syn::Block,
    else_branch: Option<Expr>,
}

impl Parts {
    fn of(node: ExprIf) -> Self {
        Parts {
            cond: *node.cond,
            then_branch: node.then_branch,
            else_branch: node.else_branch.map(|(_, otherwise)| *otherwise),
        }
    }
}

pub(crate) fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => contains_let(&binary.left, &binary.right),
        Expr::Paren(node) => has_let(&node.expr),
        _ => false,
    }
}

fn contains_let(left: &Expr, right: &Expr) -> bool {
    has_let(left) || has_let(right)
}

/// `if !cond { fail }`.
fn unless(cond: Expr, fail: &Expr) -> Expr {
    let not = Expr::Unary(syn::ExprUnary {
        attrs: Vec::new(),
        op: syn::UnOp::Not(Default::default()),
        expr: Box::new(match cond {
            Expr::Path(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Paren(_) | Expr::Field(_) | Expr::Macro(_) => {
                cond
            }
            cond => {
                Expr::Paren(syn::ExprParen { attrs: Vec::new(), paren_token: Default::default(), expr: Box::new(cond) })
            }
        }),
    });
    let stmts = vec![Source::Expr(fail.clone(), Some(Default::default()))];
    Expr::If(syn::ExprIf {
        attrs: Vec::new(),
        if_token: Default::default(),
        cond: Box::new(not),
        then_branch: syn::Block { brace_token: Default::default(), stmts },
        else_branch: None,
    })
}
