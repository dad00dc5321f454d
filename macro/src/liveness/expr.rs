//! The flow of an expression that does not await, in order of evaluation.

use syn::{BinOp, Block, Expr, Stmt as Source};

use super::capture::{captured, captures};
use super::flow::{Builder, Flow};
use crate::ids::{path_ident, Mode};
use crate::known_macros;
use crate::markers::{as_poll, as_site, sites_in, Searched};
use crate::resolve::is_compound_assignment;

impl Builder<'_> {
    /// An expression of the user's, in order of evaluation.
    pub(super) fn expr(&self, expr: &Expr, seq: &mut Vec<Flow>) {
        self.glances(expr);
        match expr {
            Expr::Path(_) => {
                if let Some(ident) = path_ident(expr) {
                    if let Some(site) = as_site(ident) {
                        seq.push(match self.tables.site(site).mode {
                            Mode::Assign | Mode::Lend => Flow::Assign(site),
                            _ => Flow::Use(site),
                        });
                    } else if let Some(suspension) = as_poll(ident) {
                        seq.push(Flow::Suspend(suspension));
                    }
                }
            }
            Expr::Assign(node) => self.all([&*node.right, &*node.left], seq),
            Expr::Binary(node) => match node.op {
                BinOp::And(_) | BinOp::Or(_) => {
                    self.expr(&node.left, seq);
                    let mut right = Vec::new();
                    self.expr(&node.right, &mut right);
                    seq.push(Flow::perhaps(Flow::Seq(right)));
                }
                op if is_compound_assignment(op) => self.all([&*node.right, &*node.left], seq),
                _ => self.all([&*node.left, &*node.right], seq),
            },
            Expr::Block(node) => {
                let body = self.source_block(&node.block);
                seq.push(match &node.label {
                    Some(label) => Flow::Labelled { label: label.name.ident.to_string(), body: Box::new(body) },
                    None => body,
                });
            }
            Expr::Unsafe(node) => seq.push(self.source_block(&node.block)),
            Expr::Break(node) => {
                self.all(node.expr.as_deref(), seq);
                seq.push(Flow::Break(node.label.as_ref().map(|label| label.ident.to_string())));
            }
            Expr::Continue(node) => seq.push(Flow::Continue(node.label.as_ref().map(|label| label.ident.to_string()))),
            Expr::Return(node) => {
                self.all(node.expr.as_deref(), seq);
                seq.push(Flow::Exit);
            }
            Expr::Try(node) => {
                self.expr(&node.expr, seq);
                seq.push(Flow::perhaps(Flow::Exit));
            }
            Expr::Call(node) => self.call(&node.func, &node.args, seq),
            Expr::MethodCall(node) => self.call(&node.receiver, &node.args, seq),
            Expr::Closure(node) => {
                let captures = captures(node, self.tables);
                self.captured.borrow_mut().extend(captured(node, &captures, self.tables));
                seq.extend(captures.into_iter().map(|capture| Flow::Use(capture.site)))
            }
            Expr::If(node) => {
                self.expr(&node.cond, seq);
                let then = self.source_block(&node.then_branch);
                let mut otherwise = Vec::new();
                self.all(node.else_branch.as_ref().map(|(_, otherwise)| &**otherwise), &mut otherwise);
                // `if let pat = local` takes from the local only where it matches.
                let mut taking = Vec::new();
                if let Expr::Let(cond) = &*node.cond {
                    self.consume(&cond.expr, &cond.pat, &mut taking);
                }
                taking.push(then);
                seq.push(Flow::Branch(vec![Flow::Seq(taking), Flow::Seq(otherwise)]));
            }
            Expr::Let(node) => self.expr(&node.expr, seq),
            Expr::Match(node) => {
                self.expr(&node.expr, seq);
                // Where one guard fails, the arms below are tried: all guards come before any arm.
                node.arms.iter().for_each(|arm| self.guard(&arm.pat, seq));
                let arms = node.arms.iter().map(|arm| {
                    let mut flow = Vec::new();
                    self.consume(&node.expr, &arm.pat, &mut flow);
                    self.expr(&arm.body, &mut flow);
                    Flow::Seq(flow)
                });
                seq.push(Flow::Branch(arms.collect()));
            }
            Expr::Loop(node) => seq.push(Flow::Loop {
                label: node.label.as_ref().map(|label| label.name.ident.to_string()),
                body: Box::new(self.source_block(&node.body)),
            }),
            Expr::While(node) => {
                let mut body = Vec::new();
                self.expr(&node.cond, &mut body);
                body.push(Flow::perhaps(Flow::Break(None)));
                body.push(self.source_block(&node.body));
                seq.push(Flow::Loop {
                    label: node.label.as_ref().map(|label| label.name.ident.to_string()),
                    body: Box::new(Flow::Seq(body)),
                });
            }
            Expr::ForLoop(node) => {
                self.expr(&node.expr, seq);
                let body = vec![Flow::perhaps(Flow::Break(None)), self.source_block(&node.body)];
                seq.push(Flow::Loop {
                    label: node.label.as_ref().map(|label| label.name.ident.to_string()),
                    body: Box::new(Flow::Seq(body)),
                });
            }
            Expr::Macro(node) => {
                match known_macros::parse(&node.mac) {
                    Some(arguments) => {
                        let mut values = arguments.arguments.iter().map(|argument| &argument.value);
                        self.all(values.by_ref().take(arguments.lazy_from), seq);
                        let mut lazy = Vec::new();
                        self.all(values, &mut lazy);
                        if !lazy.is_empty() {
                            seq.push(Flow::perhaps(Flow::Seq(lazy)));
                        }
                        arguments.pattern.iter().for_each(|pattern| self.sites(pattern, seq));
                    }
                    None => self.sites(&node.mac.tokens, seq),
                }
                // It may not be the macro that its name says.
                for site in sites_in(&node.mac.tokens) {
                    self.glances.borrow_mut().remove(&site);
                }
                if known_macros::diverges(&node.mac) {
                    seq.push(Flow::Exit);
                } else if known_macros::may_return(&node.mac) {
                    seq.push(Flow::perhaps(Flow::Exit));
                } else if known_macros::parse(&node.mac).is_none() {
                    seq.push(self.anywhere(&node.mac));
                }
            }
            Expr::Array(node) => self.all(&node.elems, seq),
            Expr::Tuple(node) => self.all(&node.elems, seq),
            Expr::Cast(node) => self.expr(&node.expr, seq),
            Expr::Field(node) => self.expr(&node.base, seq),
            Expr::Group(node) => self.expr(&node.expr, seq),
            Expr::Paren(node) => self.expr(&node.expr, seq),
            Expr::Index(node) => self.all([&*node.expr, &*node.index], seq),
            Expr::Range(node) => self.all(node.start.as_deref().into_iter().chain(node.end.as_deref()), seq),
            Expr::RawAddr(node) => self.expr(&node.expr, seq),
            Expr::Reference(node) => self.expr(&node.expr, seq),
            Expr::Repeat(node) => self.expr(&node.expr, seq),
            Expr::Struct(node) => {
                self.all(node.fields.iter().map(|field| &field.expr), seq);
                self.all(node.rest.as_deref(), seq);
            }
            Expr::Unary(node) => self.expr(&node.expr, seq),
            other => self.sites(other, seq),
        }
    }

    /// Where a macro that is not known may go: on, out of the function, out of a loop or to its next round.
    pub(super) fn anywhere(&self, mac: &syn::Macro) -> Flow {
        let mut ways = vec![Flow::Exit, Flow::Break(None), Flow::Continue(None)];
        for label in crate::mark::labels::in_tokens(mac.tokens.clone()) {
            ways.extend([Flow::Break(Some(label.clone())), Flow::Continue(Some(label))]);
        }
        Flow::Doubt(ways)
    }

    /// The receiver is named first, but taken or borrowed for good only when the arguments are evaluated.
    pub(super) fn call<'e>(&self, receiver: &Expr, arguments: impl IntoIterator<Item = &'e Expr>, seq: &mut Vec<Flow>) {
        match path_ident(receiver).and_then(as_site) {
            Some(site) => {
                self.all(arguments, seq);
                seq.push(Flow::Use(site));
            }
            None => {
                self.expr(receiver, seq);
                self.all(arguments, seq);
            }
        }
    }

    pub(super) fn all<'a>(&self, exprs: impl IntoIterator<Item = &'a Expr>, seq: &mut Vec<Flow>) {
        for expr in exprs {
            self.expr(expr, seq);
        }
    }

    pub(super) fn sites(&self, syntax: &impl Searched, seq: &mut Vec<Flow>) {
        seq.extend(sites_in(syntax).into_iter().map(Flow::Use));
    }

    pub(super) fn source_block(&self, block: &Block) -> Flow {
        let mut seq = Vec::new();
        for stmt in &block.stmts {
            match stmt {
                Source::Local(local) => {
                    if let Some(init) = &local.init {
                        self.expr(&init.expr, &mut seq);
                        if let Some((_, diverge)) = &init.diverge {
                            let mut flow = Vec::new();
                            self.expr(diverge, &mut flow);
                            flow.push(Flow::Exit);
                            seq.push(Flow::perhaps(Flow::Seq(flow)));
                        }
                        self.consume(&init.expr, &local.pat, &mut seq);
                    }
                }
                Source::Expr(expr, _) => self.expr(expr, &mut seq),
                Source::Macro(mac) => {
                    self.expr(&Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: mac.mac.clone() }), &mut seq)
                }
                Source::Item(_) => {}
            }
        }
        Flow::Seq(seq)
    }
}
