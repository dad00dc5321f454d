//! What `mark` has made of the body: pseudo-code in which awaiting is two steps, `start` and `poll`.

use super::source::{Detail, Source};
use super::{bindings, suspension, Lines};
use crate::ids::SuspensionId;
use crate::mark::tree::{Block, Leaf, Let, Stmt, Value};
use crate::mark::Marked;

pub(super) fn dump(marked: &Marked) -> String {
    let tables = &marked.tables;
    let mut printer = Printer { marked, source: Source { tables, detail: Detail::Names }, lines: Lines::default() };
    let awaits = tables.suspensions.iter().enumerate().map(|(index, info)| {
        let at = info.span.start();
        format!(
            "{} {}: {}.await at {}:{}",
            suspension(SuspensionId(index)),
            info.name,
            info.source,
            at.line,
            at.column + 1
        )
    });
    printer.lines.section("suspensions", awaits);
    for parameter in &marked.parameters {
        if let Some(pattern) = &parameter.pattern {
            printer.local(pattern);
        }
    }
    printer.block("", &marked.body, "");
    printer.lines.text
}

struct Printer<'a> {
    marked: &'a Marked,
    source: Source<'a>,
    lines: Lines,
}

impl Printer<'_> {
    // `head { .. } after`
    fn block(&mut self, head: &str, block: &Block, after: &str) {
        let label = block.label.as_ref().map_or_else(String::new, |label| format!("{}: ", label));
        self.lines.line(format!("{}{}{{", head, label));
        self.lines.depth += 1;
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
        if let Some(tail) = &block.tail {
            self.value("", tail, "");
        }
        self.lines.depth -= 1;
        self.lines.line(format!("}}{}", after));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let(local) => self.local(local),
            Stmt::Start { suspension, operand } => {
                let operand = self.leaf(operand);
                self.lines.line(format!("start#{} {};", suspension.0, operand));
            }
            Stmt::Value(value) => self.value("", value, ";"),
            Stmt::Drop(ids) => {
                let names = bindings(&self.marked.tables, ids.iter().copied());
                self.lines.line(format!("drop {};", names));
            }
            Stmt::Item(item) => {
                let item = self.source.item(item);
                self.lines.line(item);
            }
        }
    }

    fn local(&mut self, local: &Let) {
        let pat = self.source.pat(&local.pat, local.ty.as_ref());
        let diverge = local.diverge.as_ref().map_or_else(String::new, |diverge| {
            let drops = match diverge.drops.is_empty() {
                true => String::new(),
                false => format!("drop {}; ", bindings(&self.marked.tables, diverge.drops.iter().copied())),
            };
            let diverge = drops + &self.leaf(&diverge.leaf);
            match diverge.strip_prefix('{') {
                Some(_) => format!(" else {}", diverge),
                None => format!(" else {{ {} }}", diverge),
            }
        });
        match &local.init {
            None => self.lines.line(format!("let {};", pat)),
            Some(init) => {
                let ends = match local.ends.is_empty() {
                    true => String::new(),
                    false => format!(" drop {}", bindings(&self.marked.tables, local.ends.iter().copied())),
                };
                self.value(&format!("let {} = ", pat), init, &format!("{}{};", ends, diverge))
            }
        }
    }

    fn leaf(&self, leaf: &Leaf) -> String {
        self.source.expr(&leaf.0)
    }

    // `before value after`
    fn value(&mut self, before: &str, value: &Value, after: &str) {
        match value {
            Value::Leaf(leaf) => {
                let text = self.leaf(leaf);
                let after = if text.ends_with(';') { after.trim_start_matches(';') } else { after };
                self.lines.line(format!("{}{}{}", before, text, after));
            }
            Value::IntoIter(leaf) => {
                let text = self.leaf(leaf);
                self.lines.line(format!("{}into_iter({}){}", before, text, after));
            }
            Value::Next(site) => {
                let iter = bindings(&self.marked.tables, std::iter::once(self.marked.tables.site(*site).binding));
                self.lines.line(format!("{}next({}){}", before, iter, after));
            }
            Value::Block(block) => self.block(before, block, after),
            Value::Loop(node) => self.block(&format!("{}{}: loop ", before, node.label), &node.body, after),
            Value::If(node) => {
                match &node.cond {
                    Value::Leaf(cond) => {
                        let head = format!("{}if {} ", before, self.leaf(cond));
                        self.block(&head, &node.then, if node.otherwise.is_some() { " else" } else { after });
                    }
                    cond => {
                        self.value(&format!("{}if ", before), cond, "");
                        self.block("then ", &node.then, if node.otherwise.is_some() { " else" } else { after });
                    }
                }
                if let Some(otherwise) = &node.otherwise {
                    self.lines.joined = true;
                    self.value("", otherwise, after);
                }
            }
            Value::Match(node) => {
                let head = format!("{}match {} {{", before, self.leaf(&node.scrutinee));
                self.lines.line(head);
                self.lines.depth += 1;
                for arm in &node.arms {
                    let pat = self.source.pat(&arm.pat, None);
                    self.value(&format!("{} => ", pat), &arm.body, "");
                }
                self.lines.depth -= 1;
                self.lines.line(format!("}}{}", after));
            }
        }
    }
}
