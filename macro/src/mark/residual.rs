//! What remains of an expression when its awaits, and the temporaries that outlive them, have been taken out.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprMacro};

use super::awaits::{binds_by_ref, expr_awaits, tokens_await};
use super::control::leaves_parts;
use super::hold::{braced, parenthesized};
use super::literal::has_made_base;
use super::operands::{changes, is_inert, is_inert_value, is_place, is_poll, name_of, operands, takes_apart};
use super::tree::{Leaf, Stmt};
use super::{Edition, Marker, Outlive, Temporaries};
use crate::ids::{ident_expr, path_ident, Mode, Suspension, Tables};
use crate::known_macros;
use crate::markers::{as_site, bindings_in, polls_in, sites_in};
use crate::refusal::Refusal;
use crate::source_text::source_text;

impl Marker {
    /// Takes `expr` apart as far as needed, and returns what is left of it: an expression that awaits nothing, but may
    /// begin with a poll. `outlive`: what its temporaries outlive.
    // Input:  f(g(), h().await)
    // Output: f(__site_1, __poll_0), after `let g = g(); start h()`
    pub(super) fn residual(
        &mut self,
        mut expr: Expr,
        outlive: Outlive,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) -> Expr {
        if !self.comes_apart(&mut expr, outlive) {
            return expr;
        }
        let ends_here = std::mem::take(&mut temporaries.ends_here);
        let is_inside = std::mem::replace(&mut temporaries.is_inside, true);
        match expr {
            Expr::Await(node) => {
                let span = node.await_token.span;
                let name = name_of(&node.base, &self.tables);
                let source = source_text(self.tables.unmark_briefly(&node.base));
                if let Some(attr) = node.attrs.first() {
                    self.refusals.push_spanned(attr, Refusal::AttributeOnAwait);
                }
                let operand = self.residual(*node.base, Outlive::Start, out, temporaries);
                let suspension = self.tables.suspend(Suspension { name, source, span });
                out.push(Stmt::Start { suspension, operand: Leaf(operand) });
                ident_expr(suspension.marker(span))
            }
            Expr::Paren(node) => {
                (temporaries.ends_here, temporaries.is_inside) = (ends_here, is_inside);
                let inner = self.residual(*node.expr, outlive, out, temporaries);
                parenthesized(inner)
            }
            Expr::Group(node) => {
                (temporaries.ends_here, temporaries.is_inside) = (ends_here, is_inside);
                self.residual(*node.expr, outlive, out, temporaries)
            }
            Expr::Macro(node) => {
                let span = node.span();
                let leaves = known_macros::returns(&node.mac) || known_macros::may_return(&node.mac);
                // Those of a macro that is a block end with it.
                let ends = is_inside && known_macros::parse(&node.mac).is_some_and(|arguments| !arguments.lasting);
                let mut own = Temporaries::default();
                let inner = if ends { &mut own } else { &mut *temporaries };
                let mut remains = Expr::Macro(self.invocation(node, outlive, out, inner));
                if leaves {
                    // It stands in a closure, which cannot suspend.
                    self.hold_poll(&mut remains, Mode::Value, span, out);
                }
                self.settled(remains, own, "text", span, out)
            }
            Expr::Match(mut node) if node.arms.iter().all(|arm| !expr_awaits(&arm.body)) => {
                // What it matches on is a temporary of the statement.
                node.expr = Box::new(self.residual(*node.expr, outlive, out, temporaries));
                if outlive.any() && is_looked_at(&node, &self.tables) {
                    self.look_at(&mut node.expr, outlive, out, temporaries);
                } else if leaves_parts(&node.arms) {
                    let takes_nothing = takes_nothing(node.arms.iter().map(|arm| &arm.pat));
                    let outlives = if takes_nothing { outlive } else { Outlive::Nothing };
                    self.keep_in_place(&mut node.expr, Mode::Place, outlives, out, temporaries);
                }
                Expr::Match(node)
            }
            Expr::Struct(node) if outlive.any() && has_made_base(&node) => {
                if outlive == Outlive::Within {
                    self.refusals.push_spanned(&node.path, Refusal::AwaitInPlace);
                }
                self.literal(node, out, temporaries)
            }
            Expr::Binary(mut node) if is_lazy(&node) && !expr_awaits(&node.right) => {
                *node.left = self.part_of_condition(*node.left, out);
                Expr::Binary(node)
            }
            mut control if self.is_control(&control) => {
                let (name, span) = (name_of(&control, &self.tables), control.span());
                self.by_edition |= a_block_makes_temporary(&mut control, &self.tables);
                // Its value has a name, so what it refers to lives on in any case.
                temporaries.outlive = if outlive.any() { outlive } else { Outlive::Await };
                let value = self.control(control, out, temporaries);
                temporaries.outlive = Outlive::Nothing;
                let binding = self.bind_value(value, &name, span, out);
                self.mention(binding, Mode::Value, span)
            }
            Expr::Assign(mut node) if takes_apart(&node.left) && !expr_awaits(&node.left) => {
                // It is a `let` of the value first, with which its temporaries end.
                let (name, span) = (name_of(&node.right, &self.tables), node.right.span());
                let mut own = Temporaries::default();
                let value = self.residual(*node.right, Outlive::Nothing, out, &mut own);
                *node.right = self.settled(value, own, &name, span, out);
                if self.is_named_value(&node.right) {
                    // What it leaves is dropped with the statement.
                    *node.right = braced((*node.right).clone());
                }
                Expr::Assign(node)
            }
            mut composite => {
                if let Expr::Call(call) = &composite {
                    self.check_callee(call);
                }
                let promotes = promotes(&composite);
                temporaries.ends_here = ends_here;
                self.operands(operands(&mut composite), promotes, outlive, out, temporaries);
                composite
            }
        }
    }

    /// A value of which a `match` takes nothing: it lives on.
    fn look_at(&mut self, value: &mut Expr, outlive: Outlive, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) {
        let (name, span) = (name_of(value, &self.tables), value.span());
        if outlive == Outlive::Within {
            return self.lend(value, &name, out, temporaries);
        }
        *value = self.hold(value.clone(), Mode::Place, &name, span, out, temporaries);
    }

    /// Whether an expression awaits, or makes a temporary that outlives an await after it.
    fn comes_apart(&mut self, expr: &mut Expr, outlive: Outlive) -> bool {
        let in_a_block = outlive.any() && a_block_makes_temporary(expr, &self.tables);
        self.by_edition |= in_a_block;
        expr_awaits(expr)
            || outlive.any() && self.makes_temporary(expr)
            || in_a_block && self.edition == Edition::Until2021
    }

    /// See [`makes_temporary`].
    pub(super) fn makes_temporary(&self, expr: &mut Expr) -> bool {
        makes_temporary(expr, &self.tables)
    }

    /// Takes operands apart, in order of evaluation, and leaves in each what remains of it.
    fn operands(
        &mut self,
        operands: Vec<(&mut Expr, Mode)>,
        promotes: bool,
        outlive: Outlive,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) {
        let (ends_here, waiting) = (std::mem::take(&mut temporaries.ends_here), temporaries.waiting.len());
        // Whether a later operand comes apart: then all before it must be held somewhere.
        let mut operands = operands;
        let apart: Vec<bool> = operands
            .iter_mut()
            .map(|(operand, mode)| {
                self.comes_apart(operand, outlive)
                    || outlive.any() && is_temporary(operand, *mode, promotes, &self.tables)
            })
            .collect();
        let awaits: Vec<bool> = operands.iter().map(|(operand, _)| expr_awaits(operand)).collect();
        let changed: Vec<_> = operands
            .iter()
            .map(|(operand, _)| match expr_awaits(operand) {
                true => [false, true].map(|methods| changes(operand, methods, &self.tables)),
                false => Default::default(),
            })
            .collect();
        let mut inert_so_far = true;
        let mut outlive = outlive;
        let is_compound = operands.last().is_some_and(|(place, mode)| *mode == Mode::Assign && expr_awaits(place));
        // Which side of it comes first depends on the types. It makes no difference to a variable that the other side leaves
        // alone: it is read when the place is there.
        let commutes = is_compound
            && operands.first().and_then(|(value, _)| path_ident(value)).and_then(as_site).is_some_and(|site| {
                !changed.last().is_some_and(|changed| changed[1].contains(&self.tables.site(site).binding))
            });
        let value_inert = commutes || operands.first().is_none_or(|(value, _)| is_inert(value, &self.tables));
        for index in 0..operands.len() {
            let later_await = awaits[index + 1..].contains(&true);
            let later_apart = apart[index + 1..].contains(&true) && (later_await || outlive != Outlive::Within);
            let mode = operands[index].1;
            let operand = &mut *operands[index].0;
            let span = operand.span();
            let name = name_of(operand, &self.tables);
            let taken = std::mem::replace(
                operand,
                Expr::Infer(syn::ExprInfer { attrs: Vec::new(), underscore_token: Default::default() }),
            );
            let outlives = if later_await { Outlive::Await } else { outlive };
            let mut remains = self.residual(taken, outlives, out, temporaries);
            if mode == Mode::Assign && !polls_in(&remains).is_empty() {
                self.hold_base(&mut remains, out, temporaries);
                if is_compound && !value_inert {
                    self.refusals.push(span, Refusal::AwaitInPlace);
                }
            }
            if !inert_so_far {
                self.hold_poll(&mut remains, mode, span, out);
            }
            self.keep_in_place(&mut remains, mode, outlives, out, temporaries);
            let inert = index == 0 && commutes || inert_as(&remains, mode, &self.tables);
            let temporary = is_temporary(&remains, mode, promotes, &self.tables);
            let mut hold = match mode {
                Mode::Value => later_apart && !inert,
                Mode::Place | Mode::Receiver => temporary && (outlives.any() || later_apart),
                _ => false,
            };
            if hold && temporary && (outlives == Outlive::Within || outlives == Outlive::Start && is_literal(&remains))
            {
                self.lend(&mut remains, &name, out, temporaries);
                hold = false;
            }
            let inert = index == 0 && commutes || inert_as(&remains, mode, &self.tables);
            if outlives == Outlive::Start && later_apart && !inert && (!hold || self.lends(&remains)) {
                // What is here can be computed in its turn only.
                outlive = Outlive::Within;
                hold = false;
            }
            if !hold && matches!(mode, Mode::Place | Mode::Receiver) {
                // A value that is read here natively, as a copy, would be read after the await. The receiver of a method
                // that borrows it is not: of a variable itself that is assumed where only methods are called on it.
                let methods = usize::from(mode == Mode::Place || !is_site(&remains));
                let read = sites_in(&remains).into_iter().map(|site| self.tables.site(site).binding);
                let mut unshared = read.filter(|binding| !self.tables.binding(*binding).shared);
                if unshared.any(|binding| changed[index + 1..].iter().any(|later| later[methods].contains(&binding))) {
                    self.refusals.push_spanned(self.tables.unmark(&remains), Refusal::AwaitChanges);
                }
            }
            if later_apart && !hold && !inert && outlive != Outlive::Within {
                // A computed place: it cannot be held, and not computed later.
                self.refusals.push(span, Refusal::AwaitInPlace);
            }
            if mode == Mode::Receiver && later_await && !temporary && self.is_receiver(&remains) {
                self.check_receiver(&remains, span);
            }
            *operand = if hold { self.hold(remains, mode, &name, span, out, temporaries) } else { remains };
            if mode == Mode::Value && !ends_here {
                temporaries.waiting.extend(self.named_value(operand));
            }
            // A receiver may be taken when it is named: nothing after it may suspend.
            inert_so_far &= inert_as(operand, mode, &self.tables) && !(mode == Mode::Receiver && is_site(operand));
        }
        temporaries.waiting.truncate(waiting);
    }

    fn is_receiver(&self, expr: &Expr) -> bool {
        path_ident(expr).and_then(as_site).is_some_and(|site| self.tables.site(site).mode == Mode::Receiver)
    }

    /// A closure that is called with what is awaited is called in its place: a `FnOnce` cannot be.
    fn check_callee(&mut self, call: &syn::ExprCall) {
        if let (Some(site), true) = (path_ident(&call.func).and_then(as_site), call.args.iter().any(expr_awaits)) {
            self.tables.sites[site.0].mode = Mode::Place;
        }
    }

    /// A local whose method awaits its arguments: the site's last word on moving is `liveness`'s, which refuses it there
    /// if the question is open. The site is turned into a place where the source settles it.
    fn check_receiver(&mut self, receiver: &Expr, span: Span) {
        if let Some(site) = path_ident(receiver).and_then(as_site) {
            let site = &mut self.tables.sites[site.0];
            site.span = span;
            site.awaited_arguments = true;
        }
    }

    /// A macro whose arguments await, or make temporaries that outlive an await.
    fn invocation(
        &mut self,
        mut node: ExprMacro,
        outlive: Outlive,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) -> ExprMacro {
        let awaits = tokens_await(node.mac.tokens.clone());
        let mut arguments = match known_macros::parse(&node.mac) {
            Some(arguments) => arguments,
            None => {
                if awaits {
                    self.refusals.push_spanned(&node.mac.path, Refusal::AwaitInMacro);
                }
                return node;
            }
        };
        let lazy = arguments.lazy_from;
        let outlive = if arguments.lasting { outlive } else { Outlive::Nothing };
        for (index, argument) in arguments.arguments.iter().enumerate() {
            if index >= lazy && expr_awaits(&argument.value) {
                self.refusals.push_spanned(&argument.value, Refusal::AwaitInLazyMacro);
            }
        }
        if arguments.pattern.as_ref().is_some_and(|pat| tokens_await(quote::ToTokens::to_token_stream(pat))) {
            self.refusals.push(node.mac.path.span(), Refusal::AwaitInGuard);
        }
        if arguments.one_by_one && awaits {
            self.refusals.push_spanned(&node.mac.path, Refusal::AwaitInMacro);
        }
        let operands = arguments.arguments.iter_mut().take(lazy).map(|a| (&mut a.value, a.mode)).collect();
        self.operands(operands, true, outlive, out, temporaries);
        node.mac.tokens = arguments.print();
        node
    }
}

/// Whether evaluating the operands of `expr` makes a temporary that lives to the end of the statement.
fn makes_temporary(expr: &mut Expr, tables: &Tables) -> bool {
    match expr {
        Expr::Paren(node) => makes_temporary(&mut node.expr, tables),
        Expr::Match(node) => is_looked_at(node, tables) || makes_temporary(&mut node.expr, tables),
        // Those of an operand end with it; and the second may not be evaluated at all.
        Expr::Binary(node) if is_lazy(node) => false,
        Expr::Macro(node) => known_macros::parse(&node.mac).is_some_and(|mut arguments| {
            let mut each = arguments.arguments.iter_mut();
            arguments.lasting
                && each.any(|argument| {
                    is_temporary(&argument.value, argument.mode, true, tables)
                        || makes_temporary(&mut argument.value, tables)
                })
        }),
        _ => {
            let promotes = promotes(expr);
            operands(expr).into_iter().any(|(operand, mode)| {
                is_temporary(operand, mode, promotes, tables) || makes_temporary(operand, tables)
            })
        }
    }
}

/// Whether the tail of a block among the operands does: before edition 2024, what it makes outlives the block.
fn a_block_makes_temporary(expr: &mut Expr, tables: &Tables) -> bool {
    let block = match expr {
        Expr::Block(node) => &mut node.block,
        Expr::Unsafe(node) => &mut node.block,
        expr => return operands(expr).into_iter().any(|(operand, _)| a_block_makes_temporary(operand, tables)),
    };
    match block.stmts.last_mut() {
        // One that awaits is asked itself: see `tail`.
        Some(syn::Stmt::Expr(tail, None)) if !expr_awaits(tail) => {
            makes_temporary(tail, tables) || a_block_makes_temporary(tail, tables)
        }
        _ => false,
    }
}

/// Whether a `match` makes a value that none of its arms takes.
fn is_looked_at(node: &syn::ExprMatch, tables: &Tables) -> bool {
    is_temporary(&node.expr, Mode::Place, true, tables) && takes_nothing(node.arms.iter().map(|arm| &arm.pat))
}

/// Whether patterns leave what they match where it is.
pub(super) fn takes_nothing<'p>(mut patterns: impl Iterator<Item = &'p syn::Pat>) -> bool {
    patterns.all(|pat| bindings_in(pat).is_empty() || binds_by_ref(pat))
}

/// Whether evaluating a tail may make a temporary: control flow and macros are not looked into.
pub(crate) fn may_make_temporary(expr: &Expr, tables: &Tables) -> bool {
    matches!(expr, Expr::If(_) | Expr::Match(_) | Expr::Macro(_))
        || has_match(&mut expr.clone())
        || makes_temporary(&mut expr.clone(), tables)
}

/// Whether an operand is a `match`, which may leave something of what it matches on.
fn has_match(expr: &mut Expr) -> bool {
    matches!(expr, Expr::Match(_)) || operands(expr).into_iter().any(|(operand, _)| has_match(operand))
}

/// Whether a constant among the operands is promoted: not where it is borrowed to be changed.
pub(super) fn promotes(expr: &Expr) -> bool {
    !matches!(expr, Expr::Reference(node) if node.mutability.is_some())
}

/// Whether an operand is a value in a place: it lives to the end of the statement, if a call does not consume it.
pub(super) fn is_temporary(operand: &Expr, mode: Mode, promotes: bool, tables: &Tables) -> bool {
    // A reference to a variable is one too; but a method moves a mutable one, as it is the receiver that it asks for.
    let reborrowed = mode == Mode::Receiver && is_mutable_reference(operand);
    let inert = is_inert(operand, tables) && (reborrowed || sites_in(operand).is_empty());
    matches!(mode, Mode::Place | Mode::Receiver) && !is_place(operand) && !(promotes && (inert || is_constant(operand)))
}

/// `a && b`, `a || b`.
fn is_lazy(node: &syn::ExprBinary) -> bool {
    matches!(node.op, syn::BinOp::And(_) | syn::BinOp::Or(_))
}

/// `(&mut x)`.
fn is_mutable_reference(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(node) => is_mutable_reference(&node.expr),
        Expr::Reference(node) => node.mutability.is_some(),
        _ => false,
    }
}

fn inert_as(expr: &Expr, mode: Mode, tables: &Tables) -> bool {
    match mode {
        Mode::Value => is_inert_value(expr, tables),
        _ => is_inert(expr, tables),
    }
}

fn is_site(expr: &Expr) -> bool {
    path_ident(expr).and_then(as_site).is_some()
}

/// A value whose parts take their types from what it is used for.
fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Array(_) | Expr::Tuple(_) | Expr::Closure(_) => true,
        Expr::Paren(node) => is_literal(&node.expr),
        _ => false,
    }
}

/// A value that rustc promotes to a constant where it is borrowed.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) => true,
        Expr::Path(_) => !is_poll(expr) && !is_site(expr),
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Neg(_)) && is_constant(&unary.expr),
        Expr::Array(array) => array.elems.iter().all(is_constant),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_constant),
        Expr::Repeat(repeat) => is_constant(&repeat.expr),
        Expr::Paren(paren) => is_constant(&paren.expr),
        Expr::Reference(reference) => reference.mutability.is_none() && is_constant(&reference.expr),
        _ => false,
    }
}
