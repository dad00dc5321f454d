//! Which plain variables nothing borrows from one statement to the next.
//!
//! In: the marked tree. Out: the plain variables of which every borrow ends with the expression that makes it, and with the
//! await that the expression is awaited at. Behind the last mention of such a variable nothing looks at its place.
//!
//! A borrow that lasts is held by something: by the variable that the expression's value goes to, or by one that the
//! expression mentions. What is plain holds no borrow. Neither does an argument that is not `mut`: what it may hold
//! lives longer than the function. So a variable is isolated if each expression that borrows it mentions nothing else that could hold the borrow,
//! and gives its value to nothing that could. Of other types that is not enough: a copy could hold a borrow of itself, in
//! what it leads to. And unsafe code may do as it likes: where there is any, nothing is isolated.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use syn::visit::{self, Visit};

use crate::ids::{BindingId, Mode, SiteId, SuspensionId, Tables};
use crate::mark::tree::{Block, Stmt, Value};
use crate::mark::Marked;
use crate::markers::{declared_in, polls_in, sites_in, Idents, Searched};

/// `is_by_value`: whether a mention copies the variable and leaves no borrow of it.
pub(super) fn isolated(marked: &Marked, is_by_value: &dyn Fn(SiteId) -> bool) -> BTreeSet<BindingId> {
    let tables = &marked.tables;
    let mut walk = Walk {
        tables,
        is_by_value,
        started: BTreeMap::new(),
        exposed: BTreeSet::new(),
        has_unsafe: marked.unsafe_around,
    };
    for pattern in marked.parameters.iter().filter_map(|parameter| parameter.pattern.as_ref()) {
        if let Some(init) = &pattern.init {
            walk.value(init, &Goes::To(pattern.bindings.clone()));
        }
    }
    // What the function gives cannot borrow what is in it.
    walk.block(&marked.body, &Goes::Nowhere);
    if walk.has_unsafe {
        return BTreeSet::new();
    }
    let all = (0..tables.bindings.len()).map(BindingId);
    all.filter(|binding| {
        let info = tables.binding(*binding);
        info.plain && info.outer.is_none() && !walk.exposed.contains(binding)
    })
    .collect()
}

/// What becomes of an expression's value.
#[derive(Clone)]
enum Goes {
    Nowhere,
    To(Vec<BindingId>),
    /// It may be anywhere for a while.
    Somewhere,
}

struct Walk<'a> {
    tables: &'a Tables,
    is_by_value: &'a dyn Fn(SiteId) -> bool,
    /// What the operands of awaits mention.
    started: BTreeMap<SuspensionId, Vec<SiteId>>,
    exposed: BTreeSet<BindingId>,
    has_unsafe: bool,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, goes: &Goes) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Let(local) => {
                    if let Some(init) = &local.init {
                        self.value(init, &Goes::To(local.bindings.clone()));
                    }
                    if let Some(diverge) = &local.diverge {
                        self.leaf(&diverge.leaf.0, &Goes::Nowhere);
                    }
                }
                Stmt::Start { suspension, operand } => {
                    let mentions = self.mentions(&operand.0);
                    self.has_unsafe |= Words::of(&operand.0).is_unsafe;
                    self.started.insert(*suspension, mentions);
                }
                // What a macro declares here it leaves behind, if it is not the one that it is known for.
                Stmt::Value(Value::Leaf(leaf)) if matches!(leaf.0, syn::Expr::Macro(_)) => {
                    self.leaf(&leaf.0, &Goes::Somewhere)
                }
                Stmt::Value(value) => self.value(value, &Goes::Nowhere),
                Stmt::Drop(_) | Stmt::Item(_) => {}
            }
        }
        if let Some(tail) = &block.tail {
            self.value(tail, goes);
        }
    }

    fn value(&mut self, value: &Value, goes: &Goes) {
        match value {
            Value::Leaf(leaf) | Value::IntoIter(leaf) => self.leaf(&leaf.0, goes),
            Value::Next(site) => self.unit(vec![*site], goes),
            Value::Block(block) => self.block(block, goes),
            Value::If(node) => {
                match &node.cond {
                    Value::Leaf(cond) => self.leaf(&cond.0, &Goes::To(declared_in(&cond.0))),
                    cond => self.value(cond, &Goes::Nowhere),
                }
                self.block(&node.then, goes);
                node.otherwise.iter().for_each(|otherwise| self.value(otherwise, goes));
            }
            Value::Match(node) => {
                // Its temporaries last as long as the arms.
                self.leaf(&node.scrutinee.0, &Goes::Somewhere);
                for arm in &node.arms {
                    self.leaf(&arm.pat, &Goes::Somewhere);
                    self.value(&arm.body, goes);
                }
            }
            Value::Loop(node) => self.block(&node.body, &Goes::Nowhere),
        }
    }

    /// What an expression mentions, and the operands of what it awaits.
    fn mentions(&self, leaf: &impl Searched) -> Vec<SiteId> {
        let mut sites = sites_in(leaf);
        for suspension in polls_in(leaf) {
            sites.extend(self.started.get(&suspension).into_iter().flatten());
        }
        sites
    }

    fn leaf(&mut self, leaf: &impl Searched, goes: &Goes) {
        let sites = self.mentions(leaf);
        let Words { breaks, is_unsafe } = Words::of(leaf);
        self.has_unsafe |= is_unsafe;
        // A loop's value, or a block's.
        self.unit(sites, if breaks { &Goes::Somewhere } else { goes });
    }

    /// An expression that mentions `sites`.
    fn unit(&mut self, sites: Vec<SiteId>, goes: &Goes) {
        let may_hold = |binding: &BindingId| {
            let binding = self.tables.binding(*binding);
            !binding.plain && (!binding.parameter || binding.mutable)
        };
        let of = |site: &SiteId| self.tables.site(*site).binding;
        let mentioned: BTreeSet<BindingId> = sites.iter().map(of).collect();
        let goes_to = match goes {
            Goes::To(bindings) => &bindings[..],
            Goes::Nowhere | Goes::Somewhere => &[],
        };
        let mut exposed = Vec::new();
        for binding in mentioned.iter().filter(|binding| self.tables.binding(**binding).plain) {
            let borrows = |site: &SiteId| {
                let site_of = self.tables.site(*site);
                of(site) == *binding && (site_of.opaque || site_of.mode != Mode::Assign && !(self.is_by_value)(*site))
            };
            if !sites.iter().any(borrows) {
                continue;
            }
            let held = mentioned.iter().chain(goes_to).filter(|other| *other != binding).any(may_hold);
            let opaque = sites.iter().any(|site| of(site) == *binding && self.tables.site(*site).opaque);
            if held || opaque || matches!(goes, Goes::Somewhere) {
                exposed.push(*binding);
            }
        }
        self.exposed.extend(exposed);
    }
}

/// Which of two words are in a piece of syntax.
#[derive(Default)]
struct Words {
    breaks: bool,
    is_unsafe: bool,
}

impl Words {
    fn of(syntax: &impl Searched) -> Self {
        let mut words = Words::default();
        syntax.accept(&mut words);
        words
    }
}

impl<'ast> Visit<'ast> for Words {
    fn visit_expr_break(&mut self, node: &'ast syn::ExprBreak) {
        self.breaks = true;
        visit::visit_expr_break(self, node);
    }

    fn visit_expr_unsafe(&mut self, node: &'ast syn::ExprUnsafe) {
        self.is_unsafe = true;
        visit::visit_expr_unsafe(self, node);
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        Idents(|ident: &Ident| {
            self.breaks |= ident == "break";
            self.is_unsafe |= ident == "unsafe";
        })
        .visit_token_stream(tokens);
    }
}
