//! Mentions that only look: what reads or writes a plain variable, or an element of it, and leaves nothing that borrows it.

use proc_macro2::Ident;
use syn::Expr;

use super::flow::Builder;
use crate::ids::path_ident;
use crate::markers::{as_poll, as_site, Idents, Searched};

impl Builder<'_> {
    /// A place that is compared, assigned or copied from.
    // Input:  n   buffer[i]   pair.0
    pub(super) fn glance(&self, place: &Expr) {
        match place {
            Expr::Path(_) => self.glances.borrow_mut().extend(path_ident(place).and_then(as_site)),
            Expr::Index(node) => self.glance(&node.expr),
            Expr::Field(node) => self.glance(&node.base),
            Expr::Paren(node) => self.glance(&node.expr),
            _ => {}
        }
    }

    /// The operands of an expression that it copies: of a number what is read, of an array an element.
    pub(super) fn glance_at_values<'e>(&self, values: impl IntoIterator<Item = &'e Expr>) {
        values.into_iter().for_each(|value| self.glance(value));
    }

    /// What is only looked at may be so after the poll that follows it.
    pub(super) fn forget_glances_before_the_poll(&self, leaf: &Expr) {
        let mut before = true;
        leaf.accept(&mut Idents(|ident: &Ident| {
            before &= as_poll(ident).is_none();
            if let (true, Some(site)) = (before, as_site(ident)) {
                self.glances.borrow_mut().remove(&site);
            }
        }));
    }

    pub(super) fn glances(&self, expr: &Expr) {
        match expr {
            Expr::Assign(node) => self.glance_at_values([&*node.left, &*node.right]),
            Expr::Binary(node) => self.glance_at_values([&*node.left, &*node.right]),
            Expr::Call(node) => self.glance_at_values(&node.args),
            Expr::MethodCall(node) => self.glance_at_values(&node.args),
            Expr::Cast(node) => self.glance(&node.expr),
            Expr::Index(node) => self.glance(&node.index),
            Expr::Array(node) => self.glance_at_values(&node.elems),
            Expr::Tuple(node) => self.glance_at_values(&node.elems),
            Expr::If(node) => self.glance(&node.cond),
            Expr::While(node) => self.glance(&node.cond),
            Expr::Unary(node) if !matches!(node.op, syn::UnOp::Deref(_)) => self.glance(&node.expr),
            _ => {}
        }
    }
}
