//! The operands of an expression, in the order in which Rust evaluates them, and what the expression does with each.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Token, UnOp};

use crate::ids::{path_ident, BindingId, Mode, Tables};
use crate::known_macros;
use crate::markers::{as_block, as_poll, as_site, sites_in};
use crate::resolve::is_compound_assignment;

/// Every operand with its mode, in order of evaluation. Control flow has no operands: it is taken apart otherwise.
pub(crate) fn operands(expr: &mut Expr) -> Vec<(&mut Expr, Mode)> {
    fn values(exprs: &mut Punctuated<Expr, Token![,]>) -> impl Iterator<Item = (&mut Expr, Mode)> {
        exprs.iter_mut().map(|expr| (expr, Mode::Value))
    }
    match expr {
        Expr::Array(node) => values(&mut node.elems).collect(),
        Expr::Tuple(node) => values(&mut node.elems).collect(),
        Expr::Assign(node) => vec![(&mut *node.right, Mode::Value), (&mut *node.left, Mode::Assign)],
        Expr::Binary(node) => match node.op {
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                vec![(&mut *node.left, Mode::Place), (&mut *node.right, Mode::Place)]
            }
            op if is_compound_assignment(op) => {
                vec![(&mut *node.right, Mode::Value), (&mut *node.left, Mode::Assign)]
            }
            _ => vec![(&mut *node.left, Mode::Value), (&mut *node.right, Mode::Value)],
        },
        Expr::Break(node) => node.expr.as_deref_mut().map(|expr| (expr, Mode::Value)).into_iter().collect(),
        Expr::Return(node) => node.expr.as_deref_mut().map(|expr| (expr, Mode::Value)).into_iter().collect(),
        Expr::Call(node) => std::iter::once((&mut *node.func, Mode::Receiver)).chain(values(&mut node.args)).collect(),
        Expr::MethodCall(node) => {
            std::iter::once((&mut *node.receiver, Mode::Receiver)).chain(values(&mut node.args)).collect()
        }
        Expr::Cast(node) => vec![(&mut *node.expr, Mode::Value)],
        Expr::Field(node) => vec![(&mut *node.base, Mode::Place)],
        Expr::Group(node) => operands_of_group(&mut node.expr),
        Expr::Paren(node) => operands_of_group(&mut node.expr),
        Expr::Index(node) => vec![(&mut *node.expr, Mode::Place), (&mut *node.index, Mode::Value)],
        Expr::Range(node) => {
            node.start.iter_mut().chain(node.end.iter_mut()).map(|expr| (&mut **expr, Mode::Value)).collect()
        }
        Expr::RawAddr(node) => vec![(&mut *node.expr, Mode::Place)],
        Expr::Reference(node) => vec![(&mut *node.expr, Mode::Place)],
        Expr::Repeat(node) => vec![(&mut *node.expr, Mode::Value)],
        Expr::Struct(node) => {
            let fields = node.fields.iter_mut().map(|field| (&mut field.expr, Mode::Value));
            fields.chain(node.rest.iter_mut().map(|rest| (&mut **rest, Mode::Place))).collect()
        }
        Expr::Try(node) => vec![(&mut *node.expr, Mode::Value)],
        Expr::Unary(node) => {
            let mode = if let UnOp::Deref(_) = node.op { Mode::Place } else { Mode::Value };
            vec![(&mut *node.expr, mode)]
        }
        _ => Vec::new(),
    }
}

/// Parentheses pass on what is done with the expression in them.
fn operands_of_group(inner: &mut Expr) -> Vec<(&mut Expr, Mode)> {
    vec![(inner, Mode::Value)]
}

/// Whether what is assigned to this may leave something of the value, to be dropped with the statement.
pub(crate) fn takes_apart(left: &Expr) -> bool {
    matches!(left, Expr::Infer(_) | Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Call(_))
}

/// Names something that exists elsewhere: evaluating it makes no temporary.
pub(super) fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => !is_poll(expr),
        // A temporary that is put in its place: an assignment of the source's is no operand of anything.
        Expr::Index(_) | Expr::Assign(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)),
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(paren) => is_place(&paren.expr),
        Expr::Group(group) => is_place(&group.expr),
        _ => false,
    }
}

/// The value of an await.
pub(super) fn is_poll(expr: &Expr) -> bool {
    path_ident(expr).and_then(as_poll).is_some()
}

/// Evaluating it later, or again after a suspension, makes no difference.
pub(super) fn is_inert(expr: &Expr, tables: &Tables) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Infer(_) | Expr::Const(_) => true,
        Expr::Path(_) => match path_ident(expr).and_then(as_site) {
            // A value must be taken in its turn; a place is the same later.
            Some(site) => tables.site(site).mode != Mode::Value,
            None => !is_poll(expr),
        },
        Expr::Reference(node) => is_inert(&node.expr, tables) && is_place(&node.expr),
        Expr::RawAddr(node) => is_inert(&node.expr, tables),
        Expr::Field(node) => is_inert(&node.base, tables),
        Expr::Paren(node) => is_inert(&node.expr, tables),
        Expr::Group(node) => is_inert(&node.expr, tables),
        Expr::Unary(node) => is_inert(&node.expr, tables),
        Expr::Tuple(node) => node.elems.is_empty(),
        Expr::Assign(node) => {
            let lends =
                path_ident(&node.left).and_then(as_site).is_some_and(|site| tables.site(site).mode == Mode::Lend);
            lends && is_inert_literal(&node.right, tables)
        }
        _ => false,
    }
}

/// A literal of nothing but inert values.
fn is_inert_literal(expr: &Expr, tables: &Tables) -> bool {
    match expr {
        Expr::Array(node) => node.elems.iter().all(|element| is_inert_value(element, tables)),
        Expr::Tuple(node) => node.elems.iter().all(|element| is_inert_value(element, tables)),
        Expr::Paren(node) => is_inert_literal(&node.expr, tables),
        _ => false,
    }
}

/// The same of a value: one that is read from a place must be read in its turn.
pub(super) fn is_inert_value(expr: &Expr, tables: &Tables) -> bool {
    match expr {
        Expr::Field(_) => false,
        Expr::Unary(node) => !matches!(node.op, UnOp::Deref(_)) && is_inert_value(&node.expr, tables),
        Expr::Path(_) => path_ident(expr).and_then(as_site).is_none() && !is_poll(expr),
        // What a reference leads to may be another thing by then.
        Expr::Reference(node) => !derefs(&node.expr) && is_inert(expr, tables),
        Expr::Paren(node) => is_inert_value(&node.expr, tables),
        Expr::Group(node) => is_inert_value(&node.expr, tables),
        _ => is_inert(expr, tables),
    }
}

fn derefs(expr: &Expr) -> bool {
    match expr {
        Expr::Unary(node) => matches!(node.op, UnOp::Deref(_)) || derefs(&node.expr),
        Expr::Field(node) => derefs(&node.base),
        Expr::Paren(node) => derefs(&node.expr),
        _ => false,
    }
}

/// The bindings that evaluating `expr` may change: those that are assigned or lent by `&mut`, and, with `methods`, those a
/// method is called on.
pub(super) fn changes(expr: &Expr, methods: bool, tables: &Tables) -> BTreeSet<BindingId> {
    let mut changes = Changes { tables, found: BTreeSet::new(), methods };
    changes.visit_expr(expr);
    changes.found
}

/// The same of a whole body.
pub(crate) fn changes_in(body: &syn::Block, tables: &Tables) -> BTreeSet<BindingId> {
    let mut changes = Changes { tables, found: BTreeSet::new(), methods: true };
    changes.visit_block(body);
    changes.found
}

/// The bindings that a body changes, for certain: those of which it assigns, or lends by `&mut`, a part.
pub(crate) fn certain_changes(body: &syn::Block, tables: &Tables) -> BTreeSet<BindingId> {
    struct Certain<'t>(&'t Tables, BTreeSet<BindingId>);
    impl Certain<'_> {
        fn root(&mut self, place: &Expr) {
            match place {
                Expr::Field(node) => self.root(&node.base),
                Expr::Index(node) => self.root(&node.expr),
                Expr::Unary(node) if matches!(node.op, UnOp::Deref(_)) => self.root(&node.expr),
                Expr::Paren(node) => self.root(&node.expr),
                place => {
                    let site = path_ident(place).and_then(as_site);
                    self.1.extend(site.map(|site| self.0.site(site).binding));
                }
            }
        }
    }
    impl<'ast> Visit<'ast> for Certain<'_> {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Assign(node) => self.root(&node.left),
                Expr::Binary(node) if is_compound_assignment(node.op) => self.root(&node.left),
                Expr::Reference(node) if node.mutability.is_some() => self.root(&node.expr),
                _ => {}
            }
            visit::visit_expr(self, expr);
        }
    }
    let mut certain = Certain(tables, BTreeSet::new());
    certain.visit_block(body);
    certain.1
}

struct Changes<'t> {
    tables: &'t Tables,
    found: BTreeSet<BindingId>,
    methods: bool,
}

impl Changes<'_> {
    fn all(&mut self, expr: &Expr) {
        let tables = self.tables;
        self.found.extend(sites_in(expr).into_iter().map(|site| tables.site(site).binding));
    }
}

impl<'ast> Visit<'ast> for Changes<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::MethodCall(node) if self.methods => self.all(&node.receiver),
            Expr::Assign(node) => self.all(&node.left),
            Expr::Binary(node) if is_compound_assignment(node.op) => self.all(&node.left),
            Expr::Reference(node) if node.mutability.is_some() => self.all(&node.expr),
            Expr::RawAddr(node) => self.all(&node.expr),
            Expr::Macro(node) => match known_macros::parse(&node.mac) {
                Some(arguments) => arguments.arguments.iter().for_each(|argument| {
                    if argument.mode != Mode::Value {
                        self.all(&argument.value);
                    }
                    self.visit_expr(&argument.value);
                }),
                None => self.all(expr),
            },
            _ => {}
        }
        visit::visit_expr(self, expr);
    }
}

/// A name for the value of `expr`: what is called, or mentioned.
pub(crate) fn name_of(expr: &Expr, tables: &Tables) -> String {
    let name = match expr {
        Expr::Call(call) => return name_of(&call.func, tables),
        Expr::MethodCall(call) => call.method.to_string(),
        Expr::Path(path) => match path_ident(expr).and_then(as_site) {
            Some(site) => tables.binding(tables.site(site).binding).name.to_string(),
            None if path_ident(expr).and_then(as_block).is_some() => "block".to_owned(),
            None => match path_ident(expr).and_then(as_poll) {
                Some(suspension) => tables.suspension(suspension).name.clone(),
                None => path.path.segments.last().map_or_else(String::new, |segment| segment.ident.to_string()),
            },
        },
        Expr::Macro(node) => node.mac.path.segments.last().map_or_else(String::new, |s| s.ident.to_string()),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => name.to_string(),
            syn::Member::Unnamed(_) => return name_of(&field.base, tables),
        },
        Expr::Struct(node) => node.path.segments.last().map_or_else(String::new, |s| s.ident.to_string()),
        Expr::Await(node) => return name_of(&node.base, tables),
        Expr::Cast(node) => return name_of(&node.expr, tables),
        Expr::Group(node) => return name_of(&node.expr, tables),
        Expr::Index(node) => return name_of(&node.expr, tables),
        Expr::Paren(node) => return name_of(&node.expr, tables),
        Expr::Reference(node) => return name_of(&node.expr, tables),
        Expr::Try(node) => return name_of(&node.expr, tables),
        Expr::Unary(node) => return name_of(&node.expr, tables),
        _ => String::new(),
    };
    snake(&name)
}

/// `WriteAll` to `write_all`; a raw identifier to a plain one; nothing to `value`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim_start_matches("r#").chars() {
        if c.is_uppercase() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        } else {
            out.push(c);
        }
    }
    if out.is_empty() || out == "_" || syn::parse_str::<syn::Ident>(&out).is_err() {
        out = "value".to_owned();
    }
    out
}
