//! Takes the body apart at its awaits, and nowhere else.
//!
//! In: the resolved body. Out: a [`Block`] tree (see `tree` for its invariants). What keeps the meaning:
//! side effects happen in source order; a value computed before an await in the same expression gets a name, and so
//! its drop; a temporary that outlives an await gets a name, and its statement ends with its drop; a statement without
//! an await passes through whole.

pub(crate) mod awaits;
mod conditions;
mod control;
mod edition;
mod hold;
pub(crate) mod holes;
pub(crate) mod inner;
pub(crate) mod labels;
mod literal;
pub(crate) mod operands;
mod parts;
pub(crate) mod residual;
mod rest;
mod statements;
pub(crate) mod tree;

use proc_macro2::{Ident, Span};
use syn::Expr;

use crate::ids::{ident_expr, Binding, BindingId, Mode, Tables};
use crate::markers::bindings_in;
use crate::refusal::Refusals;
use crate::resolve::Resolved;
pub(crate) use conditions::has_let;
pub(crate) use edition::Edition;
use labels::Labels;
pub(crate) use statements::is_constructor;
use tree::{Block, Leaf, Let, Stmt, Value};

/// A function taken apart at its awaits.
pub(crate) struct Marked {
    pub(crate) tables: Tables,
    pub(crate) parameters: Vec<MarkedParameter>,
    pub(crate) body: Block,
    /// Whether it would be another one in another edition.
    pub(crate) by_edition: bool,
    /// Its code may be unsafe without the word.
    pub(crate) unsafe_around: bool,
}

/// A parameter, and the `let` that takes it apart on the first poll.
pub(crate) struct MarkedParameter {
    pub(crate) argument: BindingId,
    pub(crate) pattern: Option<Let>,
}

/// Takes the body apart, as it is meant in an edition.
pub(crate) fn mark(resolved: &Resolved, edition: Edition) -> syn::Result<Marked> {
    let mut marker = Marker {
        tables: resolved.tables.clone(),
        refusals: Refusals::default(),
        labels: Labels::of(&resolved.body),
        edition,
        by_edition: false,
    };
    let mut body = resolved.body.clone();
    marker.by_edition = edition::matched_operands(&mut body, edition);
    let parameters = resolved
        .parameters
        .iter()
        .map(|parameter| {
            let pattern = parameter.pattern.as_ref().map(|pat| marker.parameter(parameter.argument, pat));
            let parts = parameter.parts.as_ref().map(|parts| marker.parts(parameter.argument, parts, &mut body));
            MarkedParameter { argument: parameter.argument, pattern: pattern.or(parts) }
        })
        .collect();
    let body = marker.block(&body, None);
    let Marker { tables, refusals, by_edition, .. } = marker;
    refusals.check(Marked { tables, parameters, body, by_edition, unsafe_around: resolved.unsafe_around })
}

/// What a statement keeps over its awaits, beside variables.
#[derive(Default)]
struct Temporaries {
    /// What lives to its end, oldest first.
    places: Vec<BindingId>,
    /// Operands that wait for the rest of their expression, and are dropped before all of these, outermost first.
    waiting: Vec<BindingId>,
    /// What comes next is inside of the expression that these are of.
    is_inside: bool,
    /// Next is an expression with which its temporaries end: its own operands go in one order with them.
    ends_here: bool,
    /// Next is control flow whose value may do something when it is dropped: it goes, or gets a name, before these do.
    outlive_value: bool,
    /// Next is the tail of a block whose temporaries outlive it, as before edition 2024: what they outlive.
    outlive: Outlive,
}

impl Temporaries {
    /// Those of an expression that is a part of what ends later: the head of a loop, a condition with a `let`.
    fn of_head() -> Self {
        Temporaries { is_inside: true, ..Temporaries::default() }
    }

    /// Those of an expression that is no part of a statement.
    fn of_expression() -> Self {
        Temporaries { ends_here: true, ..Temporaries::default() }
    }
}

/// What the temporaries of an expression outlive.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Outlive {
    #[default]
    Nothing,
    /// Only the await that the whole of the operand is for: nothing is awaited before it starts.
    Start,
    /// The same, and what came before in the operand cannot be computed before it: they are put in their places within it.
    Within,
    /// An await that comes after the expression.
    Await,
}

impl Outlive {
    /// Whether something awaits after the expression.
    fn of(awaits_after: bool) -> Self {
        match awaits_after {
            true => Outlive::Await,
            false => Outlive::Nothing,
        }
    }

    fn any(self) -> bool {
        self != Outlive::Nothing
    }
}

pub(crate) struct Marker {
    tables: Tables,
    refusals: Refusals,
    labels: Labels,
    edition: Edition,
    by_edition: bool,
}

impl Marker {
    /// What takes an argument apart.
    fn parameter(&mut self, argument: BindingId, pat: &syn::Pat) -> Let {
        let span = syn::spanned::Spanned::span(pat);
        // Behind a reference nothing is left that would have to be dropped.
        let borrowed = self.tables.binding(argument).reference;
        let split = match !borrowed && rest::leaves_fields(pat) {
            true => {
                let value = self.mention(argument, Mode::Value, span);
                self.split(pat, value)
            }
            false => None,
        };
        let rest::Split { mut pat, value, rests } = split.unwrap_or_else(|| rest::Split {
            pat: pat.clone(),
            value: self.mention(argument, Mode::Scrutinee, span),
            rests: Vec::new(),
        });
        let bound: Vec<_> = bindings_in(&pat).into_iter().filter(|binding| !rests.contains(binding)).collect();
        if !borrowed {
            self.fill_holes(&mut pat);
        }
        // What is left goes after what is bound, first to last: so it is declared before it, last to first.
        let left = bindings_in(&pat).into_iter().rev().filter(|binding| !bound.contains(binding));
        let bindings = left.chain(bound.iter().copied()).collect();
        Let::of(pat, bindings, Some(Value::Leaf(Leaf(value))))
    }

    /// A binding for what the source gives no name.
    fn hidden(&mut self, name: &str, span: Span, reference: bool) -> BindingId {
        // Beside what the expansion itself calls so: a poll's value, what a pattern does not take, what a call's closures have,
        // a value whose temporaries end.
        let name = match name {
            "ready" | "other" | "captures" | "settled" => format!("{}_value", name),
            name => name.to_owned(),
        };
        let name = Ident::new(&name, span.resolved_at(Span::mixed_site()));
        self.tables.bind(Binding { hidden: true, reference, ..Binding::named(name) })
    }

    /// An expression that mentions a binding.
    fn mention(&mut self, binding: BindingId, mode: Mode, span: Span) -> Expr {
        ident_expr(self.tables.mention(binding, mode, span).marker(span))
    }

    /// `let hidden = value;`, and the binding.
    fn bind_value(&mut self, value: Value, name: &str, span: Span, out: &mut Vec<Stmt>) -> BindingId {
        let binding = self.hidden(name, span, false);
        self.declare(binding, Some(value), span, out);
        binding
    }

    fn declare(&mut self, binding: BindingId, init: Option<Value>, span: Span, out: &mut Vec<Stmt>) {
        out.push(Stmt::Let(Self::plain_let(binding, init, span)));
    }

    /// `let binding = init;`
    fn plain_let(binding: BindingId, init: Option<Value>, span: Span) -> Let {
        let pat = syn::Pat::Ident(syn::PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: binding.marker(span),
            subpat: None,
        });
        Let::of(pat, vec![binding], init)
    }

    /// What remains of an expression whose temporaries end with it.
    fn settled(
        &mut self,
        remains: Expr,
        temporaries: Temporaries,
        name: &str,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Expr {
        match temporaries.places.is_empty() {
            true => remains,
            false => self.settle(Value::Leaf(Leaf(remains)), temporaries, name, span, out),
        }
    }

    /// A value by a name, after which its temporaries end.
    fn settle(&mut self, value: Value, temporaries: Temporaries, name: &str, span: Span, out: &mut Vec<Stmt>) -> Expr {
        let binding = self.bind_value(value, name, span, out);
        self.end(temporaries, out);
        self.mention(binding, Mode::Value, span)
    }

    /// Ends a statement: what outlived an await in it is dropped, newest first.
    fn end(&mut self, temporaries: Temporaries, out: &mut Vec<Stmt>) {
        if !temporaries.places.is_empty() {
            out.push(Stmt::Drop(temporaries.places.into_iter().rev().collect()));
        }
    }
}
