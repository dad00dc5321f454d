//! Which ordinary locals end up in the frame after all, in what a later statement puts there: what a closure in them
//! borrows must not be on the stack.
//!
//! In: the marked tree. Out: the locals that what is awaited, or put into a survivor or into another such local, mentions.

use std::collections::BTreeSet;

use syn::Expr;

use super::Emit;
use crate::ids::BindingId;
use crate::mark::tree::{Block, Let, Stmt, Value};
use crate::markers::sites_in;

pub(super) fn escaping(input: &Emit<'_>) -> BTreeSet<BindingId> {
    let mut escape = Escape { input, found: BTreeSet::new() };
    loop {
        let before = escape.found.len();
        escape.block(&input.marked.body);
        if escape.found.len() == before {
            return escape.found;
        }
    }
}

struct Escape<'a> {
    input: &'a Emit<'a>,
    found: BTreeSet<BindingId>,
}

impl Escape<'_> {
    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Start { operand, .. } => self.mentions(&operand.0),
                Stmt::Let(local) => self.local(local),
                Stmt::Value(value) => self.inside(value),
                Stmt::Drop(_) | Stmt::Item(_) => {}
            }
        }
        block.tail.iter().for_each(|tail| self.inside(tail));
    }

    fn local(&mut self, local: &Let) {
        if let Some(init) = &local.init {
            if self.escapes(&local.bindings) {
                self.value(init);
            }
            self.inside(init);
        }
    }

    fn escapes(&self, bindings: &[BindingId]) -> bool {
        bindings.iter().any(|binding| self.input.storage(*binding).is_some() || self.found.contains(binding))
    }

    /// The value itself is put somewhere.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Leaf(leaf) | Value::IntoIter(leaf) => self.mentions(&leaf.0),
            Value::Block(block) => block.tail.iter().for_each(|tail| self.value(tail)),
            Value::If(node) => {
                node.then.tail.iter().for_each(|tail| self.value(tail));
                node.otherwise.iter().for_each(|otherwise| self.value(otherwise));
            }
            Value::Match(node) => node.arms.iter().for_each(|arm| self.value(&arm.body)),
            // What it breaks with is in some statement of it.
            Value::Loop(_) | Value::Next(_) => {}
        }
    }

    /// What is put somewhere inside of a value.
    fn inside(&mut self, value: &Value) {
        match value {
            Value::Leaf(_) | Value::IntoIter(_) | Value::Next(_) => {}
            Value::Block(block) => self.block(block),
            Value::If(node) => {
                self.block(&node.then);
                node.otherwise.iter().for_each(|otherwise| self.inside(otherwise));
            }
            Value::Match(node) => {
                for arm in &node.arms {
                    if self.escapes(&arm.bindings) {
                        self.mentions(&node.scrutinee.0);
                    }
                    self.inside(&arm.body);
                }
            }
            Value::Loop(node) => self.block(&node.body),
        }
    }

    fn mentions(&mut self, expr: &Expr) {
        let input = self.input;
        let mentions = sites_in(expr).into_iter().map(|site| input.tables().site(site).binding);
        self.found.extend(mentions.filter(|binding| input.storage(*binding).is_none()));
    }
}
