//! What is held while the rest of an expression is computed: a temporary in its place, a poll's value by its name.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::Expr;

use super::operands::{is_place, is_poll, name_of, operands};
use super::residual::is_constant;
use super::tree::{Leaf, Let, Stmt, Value};
use super::{Marker, Outlive, Temporaries};
use crate::ids::{path_ident, BindingId, Mode};
use crate::known_macros;
use crate::markers::{as_site, sites_in};

impl Marker {
    /// A temporary that is put in its place within the expression: what it is used for says of which type it is, and what is
    /// evaluated before it stays before it.
    // Input:  [a, b]
    // Output: (__site_0 = [a, b]), after `let array;`
    pub(super) fn lend(&mut self, value: &mut Expr, name: &str, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) {
        let span = value.span();
        let binding = self.hidden(name, span, false);
        self.declare(binding, None, span, out);
        self.lives_on(binding, out, temporaries);
        *value = parenthesized(self.assign(binding, Mode::Lend, value.clone(), span));
    }

    /// Whether a temporary is put in its place within an expression.
    pub(super) fn lends(&self, expr: &Expr) -> bool {
        sites_in(expr).into_iter().any(|site| self.tables.site(site).mode == Mode::Lend)
    }

    /// A place that is computed by awaiting, to be assigned: what it is a part of is a temporary of the statement.
    // Input:  *mutex.lock().await
    // Output: *__site_0, after `let lock = __poll_0;`
    pub(super) fn hold_base(&mut self, place: &mut Expr, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) {
        match place {
            Expr::Unary(node) => return self.hold_base(&mut node.expr, out, temporaries),
            Expr::Field(node) => return self.hold_base(&mut node.base, out, temporaries),
            Expr::Index(node) => return self.hold_base(&mut node.expr, out, temporaries),
            Expr::Paren(node) => return self.hold_base(&mut node.expr, out, temporaries),
            _ => {}
        }
        let (name, span) = (name_of(place, &self.tables), place.span());
        let binding = self.bind_value(Value::Leaf(Leaf(place.clone())), &name, span, out);
        // A part of it is assigned, perhaps in a local.
        self.tables.bindings[binding.0].mutable = true;
        if let Some(Stmt::Let(Let { pat: syn::Pat::Ident(pat), .. })) = out.last_mut() {
            pat.mutability = Some(Default::default());
        }
        self.lives_on(binding, out, temporaries);
        *place = self.mention(binding, Mode::Place, span);
    }

    /// A value that is computed now, by its name: as a place it lives to the end of the statement.
    pub(super) fn hold(
        &mut self,
        value: Expr,
        mode: Mode,
        name: &str,
        span: Span,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) -> Expr {
        let binding = self.bind_value(Value::Leaf(Leaf(value)), name, span, out);
        if mode != Mode::Value {
            self.lives_on(binding, out, temporaries);
        }
        self.mention(binding, mode, span)
    }

    /// A temporary that has just been declared lives to the end of the statement. Operands that wait for the rest of their
    /// expression are dropped before it, also those that came before it: so it is declared before them.
    // Input:  let a = a(); let t = t();
    // Output: let t; let a = a(); t = t();
    pub(super) fn lives_on(&mut self, binding: BindingId, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) {
        temporaries.places.push(binding);
        let first = temporaries.waiting.first().and_then(|first| out.iter().position(|stmt| declares(stmt, *first)));
        let Some(first) = first else { return };
        if let Some(declaration) = self.undeclare(binding, out) {
            // Not between a poll and what leads to it.
            let first = first - usize::from(first > 0 && matches!(out[first - 1], Stmt::Start { .. }));
            out.insert(first, declaration);
        }
    }

    /// Takes the declaration of a temporary out of the statements that make it, which assign it then.
    // Input:  let t = t();
    // Output: t = t();     and `let t;`
    pub(super) fn undeclare(&mut self, binding: BindingId, out: &mut Vec<Stmt>) -> Option<Stmt> {
        let declared = out.iter().rposition(|stmt| declares(stmt, binding))?;
        let rest = out.split_off(declared + 1);
        let declaration = match out.pop()? {
            Stmt::Let(Let { pat: pat @ syn::Pat::Ident(_), ty: None, bindings, init, ends, diverge: None })
                if ends.is_empty() =>
            {
                let span = pat.span();
                if let Some(init) = init {
                    let value = self.leaf(init, span, out);
                    let assign = self.assign(binding, Mode::Assign, value, span);
                    out.push(Stmt::Value(Value::Leaf(Leaf(assign))));
                }
                Some(Stmt::Let(Let::of(pat, bindings, None)))
            }
            other => {
                out.push(other);
                None
            }
        };
        out.extend(rest);
        declaration
    }

    /// A value as an expression: that of control flow by a name.
    pub(super) fn leaf(&mut self, value: Value, span: Span, out: &mut Vec<Stmt>) -> Expr {
        match value {
            Value::Leaf(Leaf(expr)) => expr,
            value => {
                let binding = self.bind_value(value, "value", span, out);
                self.mention(binding, Mode::Value, span)
            }
        }
    }

    fn assign(&mut self, binding: BindingId, mode: Mode, value: Expr, span: Span) -> Expr {
        Expr::Assign(syn::ExprAssign {
            attrs: Vec::new(),
            left: Box::new(self.mention(binding, mode, span)),
            eq_token: Default::default(),
            right: Box::new(value),
        })
    }

    /// A poll that something may be evaluated before is done before all of it. Its value only passes through the name: what it
    /// is used for finds it as the value it is in the source. `span`: of the whole.
    // Input:  __poll_0.name()
    // Output: { __site_0 }.name(), after `let poll = __poll_0;`
    pub(super) fn hold_poll(&mut self, expr: &mut Expr, mode: Mode, span: Span, out: &mut Vec<Stmt>) -> bool {
        if is_poll(expr) {
            let name = name_of(expr, &self.tables);
            let binding = self.bind_value(Value::Leaf(Leaf(expr.clone())), &name, span, out);
            let value = self.mention(binding, Mode::Value, span);
            *expr = if mode == Mode::Value { value } else { braced(value) };
            return true;
        }
        match expr {
            Expr::Paren(node) => self.hold_poll(&mut node.expr, mode, span, out),
            Expr::Group(node) => self.hold_poll(&mut node.expr, mode, span, out),
            Expr::Match(node) => self.hold_poll(&mut node.expr, Mode::Place, span, out),
            Expr::Macro(node) => known_macros::parse(&node.mac).is_some_and(|mut arguments| {
                let mut each = arguments.arguments.iter_mut();
                let found = each.any(|argument| self.hold_poll(&mut argument.value, argument.mode, span, out));
                node.mac.tokens = arguments.print();
                found
            }),
            _ => operands(expr).into_iter().any(|(operand, mode)| self.hold_poll(operand, mode, span, out)),
        }
    }

    /// The value of a block or branch that is used as a place is a temporary of the statement: by its name, if it outlives
    /// an await, else as the value it is.
    pub(super) fn keep_in_place(
        &mut self,
        remains: &mut Expr,
        mode: Mode,
        outlives: Outlive,
        out: &mut Vec<Stmt>,
        temporaries: &mut Temporaries,
    ) {
        if let (Mode::Place | Mode::Receiver, Some(id)) = (mode, path_ident(remains).and_then(as_site)) {
            if !self.is_named_value(remains) {
                return;
            }
            if outlives.any() {
                let site = &mut self.tables.sites[id.0];
                site.mode = mode;
                let binding = site.binding;
                self.lives_on(binding, out, temporaries);
            } else {
                *remains = braced(remains.clone());
            }
        }
    }

    /// Whether what remains of an expression is a name of ours for its value.
    pub(super) fn is_named_value(&self, remains: &Expr) -> bool {
        self.named_value(remains).is_some()
    }

    /// Whether what is matched on is a value that is made for it, and no place or constant.
    pub(super) fn is_value(&self, scrutinee: &Expr) -> bool {
        // The value of a block or branch has a name already.
        self.is_named_value(scrutinee)
            || !is_place(scrutinee) && !is_constant(scrutinee) && !matches!(scrutinee, Expr::Reference(_))
    }

    /// What has this name of ours for its value.
    pub(super) fn named_value(&self, remains: &Expr) -> Option<BindingId> {
        let site = self.tables.site(path_ident(remains).and_then(as_site)?);
        (site.mode == Mode::Value && self.tables.binding(site.binding).hidden).then_some(site.binding)
    }
}

fn declares(stmt: &Stmt, binding: BindingId) -> bool {
    matches!(stmt, Stmt::Let(local) if local.bindings.contains(&binding))
}

/// `{ expr }`: a value, whatever `expr` is.
pub(super) fn braced(expr: Expr) -> Expr {
    let block = syn::Block { brace_token: Default::default(), stmts: vec![syn::Stmt::Expr(expr, None)] };
    Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block })
}

/// What a poll begins keeps its parentheses.
pub(super) fn parenthesized(expr: Expr) -> Expr {
    match expr {
        Expr::Paren(_) | Expr::Path(_) | Expr::Lit(_) => expr,
        expr => {
            Expr::Paren(syn::ExprParen { attrs: Vec::new(), paren_token: Default::default(), expr: Box::new(expr) })
        }
    }
}
