//! `self` by value, of which the body mentions fields only: it is taken apart on the first poll, so that each field is a
//! variable of its own, and may be moved while the others stay.
//!
//! Of the fields that are not mentioned nothing is known but that they live to the end of the function. They are held by
//! a closure, whose body names them all without their names: `move || Self { name: never(), ..whole }` takes just what is
//! left of `whole` without `name`, and drops it in the order of the struct.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprField, Item, Macro, Member, Stmt};

use super::Resolver;
use crate::ids::{path_ident, Binding, BindingId, Mode};
use crate::known_macros;
use crate::mark::operands::operands;

/// A parameter taken apart.
#[derive(Clone)]
pub(crate) struct Parts {
    /// The fields, in order of first mention.
    pub(crate) fields: Vec<(Member, BindingId)>,
    /// What holds the others.
    pub(crate) rest: BindingId,
}

impl Resolver {
    /// Takes `self` apart, if the body asks for it.
    pub(super) fn take_apart(&mut self, argument: BindingId, body: &Block) -> Option<Parts> {
        let fields = fields_of_self(body)?;
        let of = self.tables.binding(argument).clone();
        let mut bind = |name: Ident, hidden: bool| {
            let binding = Binding { name, parameter: false, receiver: false, hidden, ..of.clone() };
            self.tables.bind(binding)
        };
        let fields: Vec<_> = fields
            .into_iter()
            .map(|member| {
                let name = match &member {
                    Member::Named(name) => name.clone(),
                    Member::Unnamed(index) => Ident::new(&format!("field_{}", index.index), index.span),
                };
                (member, bind(name, true))
            })
            .collect();
        let rest = bind(Ident::new("rest", Span::mixed_site()), true);
        self.parts = fields.iter().map(|(member, binding)| (text(member), *binding)).collect();
        Some(Parts { fields, rest })
    }

    /// The field of what has been taken apart.
    pub(super) fn part(&self, field: &ExprField) -> Option<BindingId> {
        match path_ident(&field.base) {
            Some(name) if name == "self" => self.parts.get(&text(&field.member)).copied(),
            _ => None,
        }
    }
}

pub(super) type Fields = BTreeMap<String, BindingId>;

fn text(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The fields by which a body mentions `self`, if it mentions nothing else of it and may move one.
fn fields_of_self(body: &Block) -> Option<Vec<Member>> {
    let mut mentions = Mentions::default();
    mentions.visit_block(body);
    (mentions.moves && !mentions.whole).then_some(mentions.fields)
}

#[derive(Default)]
struct Mentions {
    fields: Vec<Member>,
    /// `self` is mentioned otherwise.
    whole: bool,
    /// A field is mentioned where it may be moved.
    moves: bool,
}

impl Mentions {
    /// What is used as a value, or calls a method.
    fn value(&mut self, expr: &Expr) {
        match expr {
            Expr::Field(field) => self.moves |= is_self(&field.base),
            Expr::Paren(paren) => self.value(&paren.expr),
            _ => {}
        }
    }
}

fn is_self(expr: &Expr) -> bool {
    path_ident(expr).is_some_and(|name| name == "self")
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Path(_) => self.whole |= is_self(expr),
            Expr::Field(field) if is_self(&field.base) => {
                if !self.fields.contains(&field.member) {
                    self.fields.push(field.member.clone());
                }
                return;
            }
            Expr::Match(node) => self.value(&node.expr),
            Expr::Let(node) => self.value(&node.expr),
            Expr::ForLoop(node) => self.value(&node.expr),
            Expr::Closure(node) => self.value(&node.body),
            Expr::Await(node) => self.value(&node.base),
            // Numbers are copied.
            Expr::Binary(_) | Expr::Unary(_) | Expr::Cast(_) | Expr::Range(_) => {}
            _ => {
                for (operand, mode) in operands(&mut expr.clone()) {
                    if matches!(mode, Mode::Value | Mode::Receiver) {
                        self.value(operand);
                    }
                }
            }
        }
        visit::visit_expr(self, expr);
    }
    fn visit_block(&mut self, block: &'ast Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Local(local) => local.init.iter().for_each(|init| self.value(&init.expr)),
                Stmt::Expr(expr, None) => self.value(expr),
                _ => {}
            }
        }
        visit::visit_block(self, block);
    }
    fn visit_macro(&mut self, mac: &'ast Macro) {
        match known_macros::parse(mac) {
            Some(arguments) => {
                for argument in &arguments.arguments {
                    if argument.mode == Mode::Value {
                        self.value(&argument.value);
                    }
                    // Outlives nothing: what is found in it is cloned.
                    let mut inside = Mentions::default();
                    inside.visit_expr(&argument.value);
                    self.whole |= inside.whole;
                    self.moves |= inside.moves;
                    let new = inside.fields.into_iter().filter(|field| !self.fields.contains(field));
                    self.fields.extend(new.collect::<Vec<_>>());
                }
                self.whole |= mentions_self(arguments.tail.clone());
            }
            None => self.whole |= mentions_self(mac.tokens.clone()),
        }
    }
    fn visit_expr_async(&mut self, node: &'ast ExprAsync) {
        // What a block captures of `self` is decided there.
        self.whole |= mentions_self(quote::ToTokens::to_token_stream(node));
    }
    fn visit_item(&mut self, _: &'ast Item) {}
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == "self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}
