//! Blocks and their statements.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, Lifetime, Local, Pat, PatType, Stmt as Source};

use super::awaits::{binds_by_ref, expr_awaits, stmt_awaits};
use super::control::{boolean, match_on};
use super::holes::wild;
use super::operands::{is_inert_value, is_place, name_of};
use super::residual::is_constant;
use super::tree::{Arm, Block, Diverge, If, Leaf, Let, Match, Stmt, Value};
use super::{Edition, Marker, Outlive, Temporaries};
use crate::ids::Mode;
use crate::known_macros;
use crate::markers::{bindings_in, polls_in};
use crate::refusal::Refusal;

/// Where the temporaries of a block's tail are declared before edition 2024.
pub(super) struct Around<'a> {
    out: &'a mut Vec<Stmt>,
    temporaries: &'a mut Temporaries,
    /// They end with the block.
    is_block: bool,
}

impl Marker {
    /// A block of the source with which the temporaries of its tail end in any edition: a body, a branch, an arm.
    // Output, before edition 2024: { let t; let value = { let a = a(); t = t(); t.get(&a) }; drop(t); value }
    pub(super) fn block(&mut self, block: &syn::Block, label: Option<Lifetime>) -> Block {
        let (mut around, mut temporaries) = (Vec::new(), Temporaries::default());
        let living = Around { out: &mut around, temporaries: &mut temporaries, is_block: true };
        let mut inner = self.statements(block, label, living);
        if temporaries.places.is_empty() {
            return inner;
        }
        let (mut stmts, rest): (Vec<_>, _) = inner.stmts.into_iter().partition(|stmt| matches!(stmt, Stmt::Item(_)));
        stmts.extend(around);
        inner.stmts = rest;
        let value = self.settle(Value::Block(inner), temporaries, "value", block.span(), &mut stmts);
        Block { stmts, tail: Some(Box::new(Value::Leaf(Leaf(value)))), ..Block::default() }
    }

    /// A block that is a part of an expression: before edition 2024, the temporaries of its tail are those of the expression.
    pub(super) fn inner_block(
        &mut self,
        block: &syn::Block,
        label: Option<Lifetime>,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) -> Block {
        self.statements(block, label, Around { out, temporaries, is_block: false })
    }

    fn statements(&mut self, block: &syn::Block, label: Option<Lifetime>, mut around: Around<'_>) -> Block {
        let braces = Some(block.brace_token.span.join());
        let mut out = Block { label, braces, stmts: Vec::new(), tail: None };
        let last = block.stmts.len().saturating_sub(1);
        for (index, stmt) in block.stmts.iter().enumerate() {
            let awaits_below = block.stmts[index + 1..].iter().any(stmt_awaits);
            match stmt {
                Source::Local(local) => self.local(local, awaits_below, &mut out.stmts),
                Source::Item(item) => out.stmts.push(Stmt::Item(item.clone())),
                Source::Expr(expr, None) if index == last => self.tail(expr.clone(), &mut out, Some(&mut around)),
                Source::Macro(mac) if index == last && mac.semi_token.is_none() => {
                    self.tail(macro_expr(mac), &mut out, Some(&mut around))
                }
                Source::Expr(expr, Some(_)) if expr_awaits(expr) && self.is_control(bare(expr)) => {
                    self.discard(expr.clone(), &mut out.stmts)
                }
                Source::Expr(Expr::Assign(node), Some(_)) if expr_awaits(&node.right) && is_wild(&node.left) => {
                    self.discard((*node.right).clone(), &mut out.stmts)
                }
                Source::Expr(expr, _) => self.statement(expr.clone(), &mut out.stmts),
                Source::Macro(mac) => {
                    if awaits_below && known_macros::leaves_a_guard(&mac.mac) {
                        self.refusals.push_spanned(&mac.mac.path, Refusal::MacroGuard);
                    }
                    self.statement(macro_expr(mac), &mut out.stmts)
                }
            }
        }
        out
    }

    fn statement(&mut self, expr: Expr, out: &mut Vec<Stmt>) {
        let mut temporaries = Temporaries::default();
        let value = self.value(expr, out, &mut temporaries);
        out.push(Stmt::Value(value));
        self.end(temporaries, out);
    }

    /// Those of a statement for a value: of a `let`, or one that is let go.
    fn temporaries_of_value(&self, expr: &Expr) -> Temporaries {
        Temporaries { outlive_value: self.is_control(bare(expr)) && may_give(expr), ..Temporaries::default() }
    }

    /// Control flow with a semicolon, which may have a value; and `_ = value;`.
    // Input:  if a { b.await } else { c };
    // Output: let _ = if a { b.await } else { c };
    fn discard(&mut self, expr: Expr, out: &mut Vec<Stmt>) {
        let mut temporaries = self.temporaries_of_value(&expr);
        let value = self.value(expr, out, &mut temporaries);
        out.push(Stmt::Let(Let::of(wild(), Vec::new(), Some(value))));
        self.end(temporaries, out);
    }

    /// The value of a block. Its temporaries go before the block's variables since edition 2024, and after them before. Where
    /// nothing is `around` it, it is an expression of the source with which its temporaries end.
    pub(super) fn tail(&mut self, expr: Expr, block: &mut Block, around: Option<&mut Around<'_>>) {
        let value = match around {
            Some(around) if self.edition == Edition::Until2021 => self.lasting_tail(expr, &mut block.stmts, around),
            around => self.ending_tail(expr, &mut block.stmts, around),
        };
        block.tail = Some(Box::new(value));
    }

    fn lasting_tail(&mut self, expr: Expr, stmts: &mut Vec<Stmt>, around: &mut Around<'_>) -> Value {
        let mut temporaries = Temporaries { outlive: around.temporaries.outlive, ..Temporaries::of_head() };
        let value = self.value(expr, stmts, &mut temporaries);
        for binding in temporaries.places {
            around.out.extend(self.undeclare(binding, stmts));
            self.lives_on(binding, around.out, around.temporaries);
        }
        value
    }

    fn ending_tail(&mut self, expr: Expr, stmts: &mut Vec<Stmt>, around: Option<&mut Around<'_>>) -> Value {
        let (name, span) = (name_of(&expr, &self.tables), expr.span());
        let mut temporaries = Temporaries::of_expression();
        let value = self.value(expr, stmts, &mut temporaries);
        if temporaries.places.is_empty() {
            return value;
        }
        let is_other = |stmt: &Stmt| match stmt {
            Stmt::Let(local) => local.bindings.iter().any(|binding| !temporaries.places.contains(binding)),
            _ => false,
        };
        self.by_edition |= around.is_some_and(|around| !around.is_block || stmts.iter().any(is_other));
        Value::Leaf(Leaf(self.settle(value, temporaries, &name, span, stmts)))
    }

    /// An expression at the beginning of its statement: control flow keeps its shape, all else is a leaf.
    pub(super) fn value(&mut self, expr: Expr, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) -> Value {
        match expr {
            Expr::Paren(node) if expr_awaits(&node.expr) => self.value(*node.expr, out, temporaries),
            Expr::Group(node) if expr_awaits(&node.expr) => self.value(*node.expr, out, temporaries),
            expr if expr_awaits(&expr) && self.is_control(&expr) => self.control(expr, out, temporaries),
            expr => {
                let outlive = std::mem::take(&mut temporaries.outlive);
                Value::Leaf(Leaf(self.residual(expr, outlive, out, temporaries)))
            }
        }
    }

    // Input:  let Some(n) = read(&mut buf).await? else { return };
    // Output: start read(&mut buf); let Some(n) = __poll_0? else { return };
    fn local(&mut self, local: &Local, awaits_below: bool, out: &mut Vec<Stmt>) {
        let (pat, ty) = match local.pat.clone() {
            Pat::Type(PatType { pat, ty, .. }) => (*pat, Some(*ty)),
            pat => (pat, None),
        };
        if let (Some(attr), true) =
            (local.attrs.iter().find(|attr| !attr.path().is_ident("allow")), local_awaits(local))
        {
            self.refusals.push_spanned(attr, Refusal::AttributeOnAwait);
        }
        let bindings = bindings_in(&pat);
        let init = match &local.init {
            None => return out.push(Stmt::Let(Let { ty, ..Let::of(pat, bindings, None) })),
            Some(init) => init,
        };
        let mut expr = (*init.expr).clone();
        if let Some((_, diverge)) = &init.diverge {
            if expr_awaits(diverge) {
                return self.local_else(pat, ty, expr, (**diverge).clone(), out);
            }
        }
        // What the variables borrow ends with them, but what is left of the statement may end before them.
        if awaits_below || self.awaited_temporaries(&mut expr) {
            if binds_by_ref(&pat) && !is_place(&expr) {
                self.keep(&mut expr, true, out);
            }
            self.extend(&mut expr, out);
        }
        let mut temporaries = self.temporaries_of_value(&expr);
        let value = self.value(expr, out, &mut temporaries);
        let diverge = init.diverge.as_ref().map(|(_, diverge)| (**diverge).clone());
        self.bind(Let { ty, ..Let::of(pat, bindings, Some(value)) }, diverge, temporaries, out);
    }

    /// A `let`, with which its temporaries end.
    fn bind(&mut self, mut local: Let, diverge: Option<Expr>, temporaries: Temporaries, out: &mut Vec<Stmt>) {
        let newest_first: Vec<_> = temporaries.places.iter().rev().copied().collect();
        let has_own = match &local.init {
            Some(Value::Leaf(leaf)) => !is_place(&leaf.0) && self.makes_temporary(&mut leaf.0.clone()),
            _ => false,
        };
        if has_own && !newest_first.is_empty() && !local.bindings.is_empty() {
            local.ends = newest_first;
            local.diverge = diverge.map(Diverge::leave);
            return out.push(Stmt::Let(local));
        }
        local.diverge = diverge.map(|diverge| Diverge { drops: newest_first, leaf: Leaf(diverge) });
        out.push(Stmt::Let(local));
        self.end(temporaries, out);
    }

    /// A `let .. else` whose `else` awaits: the same as a match with two arms.
    // Input:  let Some(a) = b else { c.await; return };
    // Output: let a = match b { Some(a') => a', _ => { c.await; return } };
    fn local_else(&mut self, pat: Pat, ty: Option<syn::Type>, expr: Expr, diverge: Expr, out: &mut Vec<Stmt>) {
        let span = pat.span();
        let bindings = bindings_in(&pat);
        if bindings.is_empty() && ty.is_none() {
            return self.require(pat, expr, diverge, out);
        }
        let mut temporaries = Temporaries::default();
        let mut scrutinee = self.residual(expr, Outlive::Await, out, &mut temporaries);
        if ty.is_some() || !temporaries.places.is_empty() || !polls_in(&scrutinee).is_empty() {
            // Its temporaries go before the `else`, as they would.
            let name = name_of(&scrutinee, &self.tables);
            let binding = self.bind_value(Value::Leaf(Leaf(scrutinee)), &name, span, out);
            if let (Some(Stmt::Let(bound)), Some(ty)) = (out.last_mut(), ty) {
                bound.ty = Some(ty);
            }
            self.end(temporaries, out);
            scrutinee = self.mention(binding, Mode::Value, span);
        }
        let (inner, renamed) = self.rename(&pat);
        let values: Vec<Expr> = renamed.iter().map(|binding| self.mention(*binding, Mode::Value, span)).collect();
        let success = Arm { pat: inner, bindings: renamed, body: Value::Leaf(Leaf(tuple(values))) };
        let mut failure = wild();
        if !is_place(&scrutinee) || self.is_named_value(&scrutinee) {
            self.fill_holes(&mut failure);
        }
        let mut body = self.value(diverge, out, &mut Temporaries::default());
        let left = bindings_in(&failure);
        if let (Value::Block(block), false) = (&mut body, left.is_empty()) {
            // What does not match is gone before the `else`.
            block.stmts.insert(0, Stmt::Drop(left.clone()));
        }
        let failure = Arm { bindings: left, pat: failure, body };
        let init = Value::Match(Box::new(Match { scrutinee: Leaf(scrutinee), arms: vec![success, failure] }));
        let pat = tuple_pat(bindings.iter().map(|binding| self.plain_pat(*binding)).collect());
        out.push(Stmt::Let(Let::of(pat, bindings, Some(init))));
    }

    /// The same where nothing is bound: all of the value goes before the `else`, and before its temporaries.
    // Input:  let Some(_) = b else { c.await; return };
    // Output: if match b { Some(_) => false, _ => true } { c.await; return }
    fn require(&mut self, pat: Pat, expr: Expr, diverge: Expr, out: &mut Vec<Stmt>) {
        let arms = [(pat, boolean(false)), (wild(), boolean(true))];
        let fails = Expr::Match(match_on(expr, arms, Span::mixed_site()));
        let cond = Value::Leaf(Leaf(self.condition(fails, out)));
        let then = self.block_of_else(diverge);
        out.push(Stmt::Value(Value::If(Box::new(If { cond, then, otherwise: None }))));
    }

    /// The same pattern with bindings of its own.
    fn rename(&mut self, pat: &Pat) -> (Pat, Vec<crate::ids::BindingId>) {
        let mut renamed = Vec::new();
        let tokens = crate::ids::map_idents(quote::ToTokens::to_token_stream(pat), &mut |ident| {
            let old = crate::markers::as_binding(ident)?;
            let mut binding = self.tables.binding(old).clone();
            binding.hidden = true;
            let new = self.tables.bind(binding);
            renamed.push(new);
            Some(new.marker(ident.span()).into())
        });
        let parse = Pat::parse_multi_with_leading_vert;
        match syn::parse::Parser::parse2(parse, tokens) {
            Ok(pat) => (pat, renamed),
            Err(error) => {
                self.refusals.combine(error);
                (pat.clone(), renamed)
            }
        }
    }

    fn plain_pat(&self, binding: crate::ids::BindingId) -> Pat {
        let (name, mutable) = (&self.tables.binding(binding).name, self.tables.binding(binding).mutable);
        Pat::Ident(syn::PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: mutable.then(Default::default),
            ident: binding.marker(name.span()),
            subpat: None,
        })
    }

    /// `let x = &value();`: the value lives as long as `x`, so it gets a name where awaits are below.
    // Input:  (&make(), Some(&mut *lock()))
    // Output: (&__site_0, Some(&mut *__site_1)), after `let make = make(); let lock = lock();`
    fn extend(&mut self, expr: &mut Expr, out: &mut Vec<Stmt>) {
        match expr {
            Expr::Paren(node) => self.extend(&mut node.expr, out),
            Expr::Cast(node) => self.extend(&mut node.expr, out),
            Expr::Tuple(node) => self.extend_all(node.elems.iter_mut().collect(), out),
            Expr::Array(node) => self.extend_all(node.elems.iter_mut().collect(), out),
            Expr::Struct(node) => self.extend_all(node.fields.iter_mut().map(|field| &mut field.expr).collect(), out),
            Expr::Call(node) if is_constructor(&node.func) => self.extend_all(node.args.iter_mut().collect(), out),
            Expr::Reference(node) => {
                let promoted = node.mutability.is_none() && is_constant(&node.expr);
                let base = base(&mut node.expr);
                if !is_place(base) && !promoted {
                    self.extend(base, out);
                    self.keep(base, node.mutability.is_some(), out);
                }
            }
            _ => {}
        }
    }

    /// Elements of a literal: those before one whose temporary is kept are computed before it.
    fn extend_all(&mut self, elements: Vec<&mut Expr>, out: &mut Vec<Stmt>) {
        let last = elements.iter().rposition(|element| is_extended(element));
        for (index, element) in elements.into_iter().enumerate() {
            if is_extended(element) {
                self.extend(element, out);
            } else if last.is_some_and(|last| index < last) && !is_inert_value(element, &self.tables) {
                let (name, span) = (name_of(element, &self.tables), element.span());
                let value = Value::Leaf(Leaf(element.clone()));
                let binding = self.bind_value(value, &name, span, out);
                *element = self.mention(binding, Mode::Value, span);
            }
        }
    }

    /// Gives a value a name, for as long as the block lasts.
    fn keep(&mut self, value: &mut Expr, mutable: bool, out: &mut Vec<Stmt>) {
        let (name, span) = (name_of(value, &self.tables), value.span());
        let mut temporaries = Temporaries::default();
        let kept = self.value(value.clone(), out, &mut temporaries);
        let binding = self.hidden(&name, span, false);
        let mut local = Self::plain_let(binding, Some(kept), span);
        if let (Pat::Ident(pat), true) = (&mut local.pat, mutable) {
            pat.mutability = Some(Default::default());
            self.tables.bindings[binding.0].mutable = true;
        }
        self.bind(local, None, temporaries, out);
        *value = self.mention(binding, Mode::Place, span);
    }
}

/// `_`.
fn is_wild(expr: &Expr) -> bool {
    matches!(expr, Expr::Infer(_))
}

/// Without the parentheses around it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(node) => bare(&node.expr),
        Expr::Group(node) => bare(&node.expr),
        expr => expr,
    }
}

/// What a place is a part of.
pub(super) fn base(place: &mut Expr) -> &mut Expr {
    match place {
        Expr::Field(node) => base(&mut node.base),
        Expr::Paren(node) => base(&mut node.expr),
        Expr::Index(node) => base(&mut node.expr),
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Deref(_), expr, .. }) => base(expr),
        other => other,
    }
}

/// Whether control flow may have a value that does something when it is dropped, as far as its text says.
fn may_give(expr: &Expr) -> bool {
    let block_gives = |block: &syn::Block| match block.stmts.last() {
        Some(Source::Expr(expr, None)) => may_give(expr),
        Some(Source::Macro(mac)) => mac.semi_token.is_none(),
        _ => false,
    };
    match expr {
        Expr::Paren(node) => may_give(&node.expr),
        Expr::Group(node) => may_give(&node.expr),
        Expr::Block(node) => node.label.is_some() || block_gives(&node.block),
        Expr::Unsafe(node) => block_gives(&node.block),
        Expr::If(node) => {
            let otherwise = node.else_branch.as_ref();
            otherwise.is_some_and(|(_, otherwise)| block_gives(&node.then_branch) || may_give(otherwise))
        }
        Expr::Match(node) => node.arms.iter().any(|arm| may_give(&arm.body)),
        Expr::While(_) | Expr::ForLoop(_) | Expr::Assign(_) | Expr::Lit(_) => false,
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => false,
        Expr::Tuple(node) => !node.elems.is_empty(),
        _ => true,
    }
}

/// Whether a `let` extends a temporary in this part of its value.
fn is_extended(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(node) => is_extended(&node.expr),
        Expr::Cast(node) => is_extended(&node.expr),
        Expr::Tuple(node) => node.elems.iter().any(is_extended),
        Expr::Array(node) => node.elems.iter().any(is_extended),
        Expr::Struct(node) => node.fields.iter().any(|field| is_extended(&field.expr)),
        Expr::Call(node) => is_constructor(&node.func) && node.args.iter().any(is_extended),
        Expr::Reference(node) => {
            let promoted = node.mutability.is_none() && is_constant(&node.expr);
            !is_place(base(&mut node.expr.clone())) && !promoted
        }
        _ => false,
    }
}

/// A path that names a tuple struct or variant, by the case of its last name.
pub(crate) fn is_constructor(func: &Expr) -> bool {
    match func {
        Expr::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident.to_string().starts_with(char::is_uppercase))
        }
        _ => false,
    }
}

fn local_awaits(local: &Local) -> bool {
    local.init.as_ref().is_some_and(|init| {
        expr_awaits(&init.expr) || init.diverge.as_ref().is_some_and(|(_, diverge)| expr_awaits(diverge))
    })
}

fn macro_expr(mac: &syn::StmtMacro) -> Expr {
    Expr::Macro(syn::ExprMacro { attrs: mac.attrs.clone(), mac: mac.mac.clone() })
}

pub(super) fn tuple(mut values: Vec<Expr>) -> Expr {
    if values.len() == 1 {
        return values.remove(0);
    }
    Expr::Tuple(syn::ExprTuple {
        attrs: Vec::new(),
        paren_token: Default::default(),
        elems: values.into_iter().collect(),
    })
}

fn tuple_pat(mut pats: Vec<Pat>) -> Pat {
    if pats.len() == 1 {
        return pats.remove(0);
    }
    Pat::Tuple(syn::PatTuple { attrs: Vec::new(), paren_token: Default::default(), elems: pats.into_iter().collect() })
}
