//! The user's own expressions, with survivors in their places.
//!
//! In: a leaf with markers. Out: the expression as it runs in the machine: a survivor is `*x.ptr()`, or `x.take()` where
//! it moves; a poll marker is the poll; `return` and `?` leave the step. An ordinary local keeps its name.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote_spanned, Expr, Item, Local, Macro, Pat, Stmt};

use super::frame::alive;
use super::{here, nodes, Emit, Question};
use crate::ids::{ident_expr, path_ident, BindingId, Mode, SiteId, SuspensionId};
use crate::known_macros;
use crate::liveness::{State, Storage};
use crate::mark::has_let;
use crate::markers::{as_binding, as_block, as_poll, as_site, bindings_in};

/// Turns leaves into tokens.
pub(super) struct Leaves<'a> {
    pub(super) input: &'a Emit<'a>,
    pub(super) question: Question,
    /// Bindings that are ordinary locals just here: a pattern's in its guard, a closure's captures.
    pub(super) plain: RefCell<BTreeSet<BindingId>>,
    /// Ordinary locals that a closure just here reaches through their place.
    pub(super) placed: RefCell<BTreeSet<BindingId>>,
    /// Survivors that a closure just here borrows.
    pub(super) lent: RefCell<BTreeSet<BindingId>>,
    /// Other names for bindings, just here.
    pub(super) renamed: RefCell<BTreeMap<BindingId, Ident>>,
    /// The value outlives the poll: what a closure in it borrows must not be on the stack.
    pub(super) escapes: Cell<bool>,
    /// Inside a closure, whose `return` and `?` are its own.
    pub(super) in_closure: Cell<bool>,
}

impl<'a> Leaves<'a> {
    pub(super) fn new(input: &'a Emit<'a>) -> Self {
        let question = Question::of(input.output);
        Leaves {
            input,
            question,
            plain: RefCell::default(),
            placed: RefCell::default(),
            lent: RefCell::default(),
            renamed: RefCell::default(),
            escapes: Cell::new(false),
            in_closure: Cell::new(false),
        }
    }

    /// An expression as it runs.
    pub(super) fn expr(&self, expr: &Expr) -> TokenStream {
        self.rewritten(expr).into_token_stream()
    }

    pub(super) fn rewritten(&self, expr: &Expr) -> Expr {
        let mut expr = expr.clone();
        Rewrite(self).visit_expr_mut(&mut expr);
        expr
    }

    /// An expression whose value goes into the frame.
    pub(super) fn escaping(&self, expr: &Expr) -> TokenStream {
        let before = self.escapes.replace(true);
        let tokens = self.expr(expr);
        self.escapes.set(before);
        tokens
    }

    /// A pattern whose bindings are ordinary locals, as far as it reaches: its guard sees them so.
    pub(super) fn pat(&self, pat: &Pat) -> TokenStream {
        let bindings = bindings_in(pat);
        self.with_plain(&bindings, || {
            let mut pat = pat.clone();
            Rewrite(self).visit_pat_mut(&mut pat);
            pat.into_token_stream()
        })
    }

    pub(super) fn with_plain<R>(&self, bindings: &[BindingId], inside: impl FnOnce() -> R) -> R {
        let before = self.plain.borrow().clone();
        self.plain.borrow_mut().extend(bindings);
        let result = inside();
        self.plain.replace(before);
        result
    }

    pub(super) fn is_plain(&self, binding: BindingId) -> bool {
        self.input.storage(binding).is_none() || self.plain.borrow().contains(&binding)
    }

    /// Whether a closure just here reaches a binding through its place.
    pub(super) fn is_placed(&self, binding: BindingId) -> bool {
        self.placed.borrow().contains(&binding)
    }

    /// Whether a binding is mentioned by its name just here.
    pub(super) fn is_named(&self, binding: BindingId) -> bool {
        self.is_plain(binding) && !self.is_placed(binding)
    }

    /// While `inside` runs, these bindings have other names: a pattern's, beside the guards of what it binds.
    pub(super) fn with_names<R>(&self, names: Vec<(BindingId, Ident)>, inside: impl FnOnce() -> R) -> R {
        let before = self.renamed.borrow().clone();
        self.renamed.borrow_mut().extend(names);
        let result = inside();
        self.renamed.replace(before);
        result
    }

    pub(super) fn name(&self, binding: BindingId, span: proc_macro2::Span) -> Ident {
        if let Some(name) = self.renamed.borrow().get(&binding) {
            return name.clone();
        }
        let name = self.input.name(binding);
        match name.to_string().strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, span),
            None => Ident::new(&name.to_string(), span.resolved_at(name.span())),
        }
    }

    /// A mention of a binding.
    pub(super) fn mention(&self, site: SiteId) -> Expr {
        let info = self.input.tables().site(site);
        let name = self.name(info.binding, info.span);
        let span = info.span;
        if self.is_named(info.binding) {
            return ident_expr(name);
        }
        let borrowed = self.input.tables().binding(info.binding).outer.is_some()
            || self.is_placed(info.binding)
            || self.lent.borrow().contains(&info.binding);
        let plain = self.input.liveness.plain.contains(&info.binding);
        if info.mode == Mode::Value && self.input.liveness.last.contains(&site) && !borrowed && !plain
            || self.input.liveness.taken.contains(&site)
        {
            return nodes::method(ident_expr(name), "take", span);
        }
        nodes::deref(nodes::method(ident_expr(name), "ptr", span), span)
    }

    /// Whether an assignment finds a value, for sure.
    pub(super) fn is_full(&self, site: SiteId) -> bool {
        let binding = self.input.tables().site(site).binding;
        let storage = self.input.storage(binding);
        storage == Some(Storage::Outer)
            || storage == Some(Storage::Slot) && self.input.liveness.assigned.get(&site) == Some(&State::Full)
    }

    /// The poll of an awaitee: its value, or out of the step.
    pub(super) fn poll(&self, suspension: SuspensionId) -> Expr {
        let place = self.input.layout.place(suspension);
        let awaitee = self.input.awaitee(suspension);
        let (state, variant) = (&self.input.layout.state, &place.variant);
        let alive: Vec<_> = alive(self.input, suspension).map(|binding| self.input.name(binding)).collect();
        let alive = match &alive[..] {
            [only] => quote_here!(#only),
            alive => quote_here!((#(#alive),*)),
        };
        let span = here(self.input.tables().suspension(suspension).span);
        let ready = Ident::new("ready", span);
        nodes::matching(
            Expr::Verbatim(quote_spanned!(span=> #awaitee.poll(cx))),
            [
                (quote_spanned!(span=> ::core::task::Poll::Ready(#ready)), ready.to_token_stream()),
                (
                    quote_spanned!(span=> ::core::task::Poll::Pending),
                    quote_spanned!(span=> return frame.state.suspend(#state::#variant, #alive)),
                ),
            ],
            span,
        )
    }
}

/// The rewriting, in place.
pub(super) struct Rewrite<'l, 'a>(pub(super) &'l Leaves<'a>);

impl Rewrite<'_, '_> {
    pub(super) fn tables(&self) -> &crate::ids::Tables {
        self.0.input.tables()
    }

    pub(super) fn question(&self, node: &syn::ExprTry) -> Option<Expr> {
        let operand = Expr::clone(&node.expr);
        let span = here(node.question_token.span);
        let (operand, arms) = match self.0.question {
            Question::Native => return None,
            Question::Option => (
                operand,
                [
                    (quote_spanned!(span=> ::core::option::Option::Some(some)), quote_spanned!(span=> some)),
                    (
                        quote_spanned!(span=> ::core::option::Option::None),
                        quote_spanned!(span=> return ::core::task::Poll::Ready(::core::option::Option::None)),
                    ),
                ],
            ),
            Question::Traits => (
                nodes::call(quote_spanned!(span=> ::desugar::__private::branch), operand, span),
                [
                    (quote_spanned!(span=> ::core::ops::ControlFlow::Continue(value)), quote_spanned!(span=> value)),
                    (
                        quote_spanned!(span=> ::core::ops::ControlFlow::Break(residual)),
                        quote_spanned! {span=>
                            return ::core::task::Poll::Ready(
                                ::desugar::__private::FromResidual::from_residual(residual)
                            )
                        },
                    ),
                ],
            ),
        };
        Some(nodes::matching(operand, arms, span))
    }
}

impl VisitMut for Rewrite<'_, '_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let replaced = match expr {
            Expr::Path(_) => path_ident(expr).cloned().and_then(|ident| {
                let site = as_site(&ident).map(|site| self.0.mention(site));
                site.or_else(|| as_poll(&ident).map(|suspension| self.0.poll(suspension)))
            }),
            Expr::Return(_) | Expr::Try(_) if self.0.in_closure.get() => None,
            Expr::Return(node) => {
                if let Some(value) = &mut node.expr {
                    self.visit_expr_mut(value);
                }
                let value = node.expr.take().map_or_else(|| Expr::Verbatim(quote_here!(())), |value| *value);
                let span = here(node.return_token.span);
                let ready = quote_spanned!(span=> ::core::task::Poll::Ready);
                node.expr = Some(Box::new(nodes::call(ready, value, span)));
                return;
            }
            Expr::Try(node) => {
                self.visit_expr_mut(&mut node.expr);
                match self.question(node) {
                    Some(expr) => Some(expr),
                    None => return,
                }
            }
            Expr::Closure(node) => match self.closure(node) {
                Some(expr) => Some(expr),
                None => return,
            },
            Expr::MethodCall(node) => match path_ident(&node.receiver).and_then(as_site) {
                Some(site) if self.is_open(site) => {
                    let guard = self.0.mention_guard(site);
                    let call = self.open_call(&mut node.args).emit(guard, Some((&node.method, &node.turbofish)));
                    Some(parse_quote_spanned!(here(node.method.span())=> #call))
                }
                _ => None,
            },
            Expr::Call(node) if path_ident(&node.func).is_some_and(|func| as_block(func).is_some()) => {
                Some(self.block_call(node))
            }
            Expr::Call(node) => match path_ident(&node.func).and_then(as_site) {
                Some(site) if self.is_open(site) => {
                    let guard = self.0.mention_guard(site);
                    let call = self.open_call(&mut node.args).emit(guard, None);
                    Some(parse_quote_spanned!(here(node.func.span())=> #call))
                }
                _ => None,
            },
            Expr::Match(node) => self.0.taken(&node.expr).map(|site| self.matching(node, site)),
            Expr::If(node) => match &*node.cond {
                Expr::Let(cond) => self.0.taken(&cond.expr).map(|site| self.if_let(&node.clone(), cond, site)),
                _ => None,
            },
            Expr::Binary(node) if has_let(&Expr::Binary(node.clone())) => {
                self.chained(&mut node.left);
                self.chained(&mut node.right);
                return;
            }
            Expr::Assign(node) => self.assignment(node),
            Expr::Reference(node) => self.reference(node),
            Expr::Macro(node) => Some(self.invocation(node)),
            _ => None,
        };
        match replaced {
            Some(new) => *expr = new,
            None => {
                visit_mut::visit_expr_mut(self, expr);
                enclose(expr);
            }
        }
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        let init = match &mut local.init {
            Some(init) => init,
            None => return visit_mut::visit_local_mut(self, local),
        };
        if let (Some(site), Some((_, diverge))) = (self.0.taken(&init.expr), &mut init.diverge) {
            // Only where the pattern matches is the survivor's value taken.
            self.visit_expr_mut(diverge);
            let scrutinee = self.0.peek(site, [&local.pat]);
            let (pattern, first) = self.0.taking_arm(site, &local.pat);
            let names: Vec<_> = bindings_in(&local.pat).into_iter().map(|binding| self.0.input.name(binding)).collect();
            let other = Ident::new("other", here(local.let_token.span));
            let give_back = self.0.give_back(site, &other);
            local.pat = syn::parse_quote!((#(#names,)*));
            *init.expr = syn::parse_quote!(match #scrutinee {
                #pattern => { #first (#(#names,)*) }
                #other => { #give_back #diverge }
            });
            init.diverge = None;
            return;
        }
        if let Some(site) = self.0.taken(&init.expr) {
            let value = self.0.unpack(site, &local.pat);
            *init.expr = Expr::Verbatim(value);
        }
        visit_mut::visit_local_mut(self, local);
    }

    /// The names of bindings, in patterns.
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some(binding) = as_binding(ident) {
            *ident = self.0.name(binding, ident.span());
        }
    }

    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        self.macro_tokens(mac);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        if let Stmt::Macro(node) = stmt {
            if let Some(block) = self.macro_stmt(node) {
                *stmt = Stmt::Expr(block, Some(Default::default()));
                return;
            }
            let diverges = known_macros::diverges(&node.mac);
            if diverges || node.semi_token.is_none() {
                let expr = Expr::Macro(syn::ExprMacro { attrs: node.attrs.clone(), mac: node.mac.clone() });
                *stmt = Stmt::Expr(expr, diverges.then(Default::default));
            }
        }
        visit_mut::visit_stmt_mut(self, stmt);
    }
}

impl Rewrite<'_, '_> {
    /// A part of a chain of `let`s. The edition of its value says whether it may be one: the source's must, from the first
    /// token to the last.
    fn chained(&mut self, part: &mut Expr) {
        self.visit_expr_mut(part);
        if let Expr::Let(node) = part {
            let paren_token = syn::token::Paren(node.let_token.span);
            let is_ours = |end: &mut Expr| match end {
                // They may be ours.
                Expr::Paren(node) => {
                    node.paren_token = paren_token;
                    false
                }
                // Control flow, as a poll is.
                end => matches!(end, Expr::Block(_) | Expr::Match(_)),
            };
            if is_ours(leftmost(&mut node.expr)) || is_ours(rightmost(&mut node.expr)) {
                let expr = node.expr.clone();
                *node.expr = Expr::Paren(syn::ExprParen { attrs: Vec::new(), paren_token, expr });
            }
        }
    }
}

fn leftmost(expr: &mut Expr) -> &mut Expr {
    match expr {
        Expr::MethodCall(node) => leftmost(&mut node.receiver),
        Expr::Field(node) => leftmost(&mut node.base),
        Expr::Index(node) => leftmost(&mut node.expr),
        Expr::Call(node) => leftmost(&mut node.func),
        Expr::Try(node) => leftmost(&mut node.expr),
        Expr::Binary(node) => leftmost(&mut node.left),
        Expr::Cast(node) => leftmost(&mut node.expr),
        expr => expr,
    }
}

fn rightmost(expr: &mut Expr) -> &mut Expr {
    match expr {
        Expr::Binary(node) => rightmost(&mut node.right),
        Expr::Unary(node) => rightmost(&mut node.expr),
        Expr::Reference(node) => rightmost(&mut node.expr),
        expr => expr,
    }
}

/// Puts a survivor's place in parentheses of its own span where the expression around it needs them: what rustc says of it
/// then points at the source.
fn enclose(expr: &mut Expr) {
    let place = match expr {
        Expr::Field(node) => &mut node.base,
        Expr::MethodCall(node) => &mut node.receiver,
        Expr::Index(node) => &mut node.expr,
        Expr::Call(node) => &mut node.func,
        Expr::Try(node) => &mut node.expr,
        _ => return,
    };
    if let Expr::Unary(unary) = &**place {
        let span = unary.span();
        let inner = place.clone();
        **place = Expr::Paren(syn::ExprParen { attrs: Vec::new(), paren_token: syn::token::Paren(span), expr: inner });
    }
}
