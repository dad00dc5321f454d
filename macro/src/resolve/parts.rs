//! A parameter by value, of which the body mentions fields only: it is taken apart before the first statement that does, so
//! that each field is a variable of its own, and may be moved while the others stay.
//!
//! Of the fields that are not mentioned nothing is known but that they live to the end of the function. They are held by
//! a closure, whose body names them all without their names: `move || Config { name: never(), ..whole }` takes just what
//! is left of `whole` without `name`, and drops it in the order of the struct.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprField, Item, Macro, Member, PatIdent, Path, Stmt};

use super::Resolver;
use crate::ids::{path_ident, Binding, BindingId, Mode};
use crate::known_macros;
use crate::mark::operands::operands;
use crate::parse::Parameter;

/// A parameter taken apart.
#[derive(Clone)]
pub(crate) struct Parts {
    /// The struct.
    pub(crate) structure: Path,
    /// The fields, in order of first mention.
    pub(crate) fields: Vec<(Member, BindingId)>,
    /// What holds the others.
    pub(crate) rest: BindingId,
}

/// The variables that fields have become, by the parameter and the field.
pub(super) type Fields = BTreeMap<(BindingId, String), BindingId>;

impl Resolver {
    /// Takes a parameter apart, if the body asks for it.
    pub(super) fn take_apart(&mut self, parameter: &Parameter, argument: BindingId, body: &Block) -> Option<Parts> {
        let structure = parameter.structure.clone()?;
        let (name, _) = super::simple(&parameter.pat)?;
        let members = fields_of(&name, body)?;
        let of = self.tables.binding(argument).clone();
        let mut bind = |name: Ident| {
            let binding = Binding { name, parameter: false, receiver: false, hidden: true, plain: false, ..of.clone() };
            self.tables.bind(binding)
        };
        let fields = members.into_iter().map(|member| {
            let name = match &member {
                Member::Named(name) => name.clone(),
                Member::Unnamed(index) => Ident::new(&format!("{}_{}", of.name, index.index), index.span),
            };
            (member, bind(name))
        });
        let fields: Vec<_> = fields.collect();
        let rest = bind(Ident::new("rest", Span::mixed_site()));
        self.parts.extend(fields.iter().map(|(member, binding)| ((argument, text(member)), *binding)));
        Some(Parts { structure, fields, rest })
    }

    /// The field of what has been taken apart.
    pub(super) fn part(&self, field: &ExprField) -> Option<BindingId> {
        let of = self.scopes.find(path_ident(&field.base)?)?;
        self.parts.get(&(of, text(&field.member))).copied()
    }
}

fn text(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The fields by which a body mentions a parameter, if it takes them and does nothing else with it. Where a field is borrowed,
/// it may be left, and would have to be dropped in its turn among the others: that is not known.
fn fields_of(name: &Ident, body: &Block) -> Option<Vec<Member>> {
    let mut mentions = Mentions::of(name);
    mentions.visit_block(body);
    (mentions.values > 0 && mentions.values == mentions.mentions && !mentions.whole).then_some(mentions.fields)
}

/// By its name, as the guidelines for names and the std have it: a method that takes its receiver.
fn takes_receiver(method: &Ident) -> bool {
    let name = method.to_string();
    ["into_", "unwrap", "expect", "ok_or"].iter().any(|start| name.starts_with(start))
}

struct Mentions<'n> {
    name: &'n Ident,
    fields: Vec<Member>,
    /// It is mentioned otherwise, or something else has its name.
    whole: bool,
    /// How often a field is mentioned.
    mentions: usize,
    /// How often where it is a value: moved, or copied.
    values: usize,
}

impl<'n> Mentions<'n> {
    fn of(name: &'n Ident) -> Self {
        Mentions { name, fields: Vec::new(), whole: false, mentions: 0, values: 0 }
    }

    fn is_it(&self, expr: &Expr) -> bool {
        path_ident(expr).is_some_and(|name| name == self.name)
    }

    /// Whether tokens that are not looked into may mention it.
    fn is_in(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(ident) => ident == *self.name,
            TokenTree::Group(group) => self.is_in(group.stream()),
            // It may be captured inline.
            TokenTree::Literal(literal) => literal.to_string().contains(&self.name.to_string()),
            TokenTree::Punct(_) => false,
        })
    }

    /// What is used as a value.
    fn value(&mut self, expr: &Expr) {
        match expr {
            Expr::Field(field) => self.values += usize::from(self.is_it(&field.base)),
            Expr::Paren(paren) => self.value(&paren.expr),
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Path(_) => self.whole |= self.is_it(expr),
            Expr::Field(field) if self.is_it(&field.base) => {
                self.mentions += 1;
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
            Expr::If(node) => self.value(&node.cond),
            Expr::While(node) => self.value(&node.cond),
            Expr::MethodCall(node) => {
                if takes_receiver(&node.method) {
                    self.value(&node.receiver);
                }
                node.args.iter().for_each(|argument| self.value(argument));
            }
            _ => {
                for (operand, mode) in operands(&mut expr.clone()) {
                    if mode == Mode::Value {
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
                    // The arguments live shorter than what is visited.
                    let mut inside = Mentions::of(self.name);
                    inside.visit_expr(&argument.value);
                    self.whole |= inside.whole;
                    self.mentions += inside.mentions;
                    self.values += inside.values;
                    let new = inside.fields.into_iter().filter(|field| !self.fields.contains(field));
                    self.fields.extend(new.collect::<Vec<_>>());
                }
                self.whole |= arguments.captured().iter().any(|name| name == self.name);
            }
            None => self.whole |= self.is_in(mac.tokens.clone()),
        }
    }
    fn visit_expr_async(&mut self, node: &'ast ExprAsync) {
        // What a block captures is decided there.
        self.whole |= self.is_in(quote::ToTokens::to_token_stream(node));
    }
    fn visit_pat_ident(&mut self, node: &'ast PatIdent) {
        self.whole |= node.ident == *self.name;
        visit::visit_pat_ident(self, node);
    }
    fn visit_item(&mut self, _: &'ast Item) {}
}
