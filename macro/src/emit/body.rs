//! The step: the source's own statements in the source's own order, with the places to resume at made ends of blocks.
//!
//! A block that suspends begins by asking where it resumes: `match at { .. }` makes the guards of what was alive there
//! again and leaves the labelled block that holds the statements before. So each statement runs once, loops stay loops,
//! and rustc's own scopes drop the guards. `at` is the state the poll found; it is reset where a loop could ask again.

use std::cell::Cell;
use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, Lifetime};

use super::check::into_future;
use super::leaf::Leaves;
use super::polls::{braces, is_poll, shield, take_poll};
use super::{here, Emit};
use crate::ids::{BindingId, SuspensionId};
use crate::known_macros;
use crate::liveness::Storage;
use crate::mark::residual::may_make_temporary;
use crate::mark::tree::{Block, Leaf, Let, Stmt, Value};

pub(super) struct Body<'a> {
    pub(super) input: &'a Emit<'a>,
    pub(super) leaves: Leaves<'a>,
    /// How many loops are around.
    pub(super) loops: Cell<usize>,
    /// How many matches with awaiting arms are around.
    pub(super) matches: Cell<usize>,
    /// Whether `at` is ever reset.
    pub(super) resets: Cell<bool>,
    /// Ordinary locals that end up in the frame.
    pub(super) escaping: BTreeSet<BindingId>,
}

/// A statement, or the tail of a block.
#[derive(Clone, Copy)]
pub(super) enum Piece<'s> {
    Stmt(&'s Stmt),
    Tail(&'s Value),
}

impl Piece<'_> {
    pub(super) fn suspensions(&self) -> Vec<SuspensionId> {
        match self {
            Piece::Stmt(stmt) => stmt.suspensions(),
            Piece::Tail(value) => value.suspensions(),
        }
    }

    /// Whether it begins with the poll itself.
    pub(super) fn is_poll(&self) -> bool {
        match self {
            // What is awaited is handed to what is awaited next.
            Piece::Stmt(Stmt::Start { operand, .. }) => operand.poll().is_some(),
            Piece::Stmt(stmt) => stmt.poll().is_some(),
            Piece::Tail(Value::Leaf(leaf)) => leaf.poll().is_some(),
            Piece::Tail(_) => false,
        }
    }

    pub(super) fn local(&self) -> Option<&Let> {
        match self {
            Piece::Stmt(Stmt::Let(local)) => Some(local),
            _ => None,
        }
    }
}

impl<'a> Body<'a> {
    pub(super) fn root(&self) -> TokenStream {
        let parameters: Vec<BindingId> = self
            .input
            .marked
            .parameters
            .iter()
            .flat_map(|parameter| {
                let pattern = parameter.pattern.iter().flat_map(|pattern| pattern.bindings.iter().copied());
                std::iter::once(parameter.argument).chain(pattern).collect::<Vec<_>>()
            })
            .collect();
        let body = &self.input.marked.body;
        let declarations: TokenStream = parameters.iter().map(|binding| self.declaration(*binding)).collect();
        let inside = self.seq(body, Some(&parameters));
        if !self.tail_makes_temporaries(body) {
            return quote_here!(#declarations #inside);
        }
        // The tail's temporaries are dropped around the body's variables, but before the arguments.
        let inside = braces(inside, body.braces);
        if parameters.is_empty() {
            return inside;
        }
        let ty = self.input.output;
        quote_here!(#declarations let output: ::core::task::Poll<#ty> = #inside; output)
    }

    pub(super) fn tail_makes_temporaries(&self, block: &Block) -> bool {
        match block.tail.as_deref() {
            Some(Value::Leaf(leaf)) => may_make_temporary(&leaf.0, self.input.tables()),
            _ => false,
        }
    }

    /// The inside of a block. `parameters`: it is the body, and these are bound before it.
    pub(super) fn seq(&self, block: &Block, parameters: Option<&[BindingId]>) -> TokenStream {
        let mut pieces: Vec<Piece<'_>> = block.stmts.iter().map(Piece::Stmt).collect();
        pieces.extend(block.tail.iter().map(|tail| Piece::Tail(tail)));
        let entries: Vec<usize> = (0..pieces.len()).filter(|index| !pieces[*index].suspensions().is_empty()).collect();
        let hoisted = self.hoisted(&pieces, &entries);
        let mut declarations = TokenStream::new();
        for binding in &hoisted {
            let ty = pieces.iter().filter_map(Piece::local).find_map(|local| local.deferred_type(*binding));
            declarations.extend(match ty {
                Some(ty) if self.input.storage(*binding).is_none() => self.typed(*binding, ty),
                _ => self.declaration(*binding),
            });
        }
        let mut code = self.resume(&pieces, &entries, &hoisted, parameters);
        let mut from = 0;
        for entry in &entries {
            let segment: Vec<_> =
                pieces[from..*entry].iter().map(|piece| self.piece(piece, &hoisted, parameters.is_some())).collect();
            code.extend(segment);
            from = *entry;
            if self.needs_label(&pieces, &entries, *entry) {
                let label = self.label(&pieces[*entry]);
                code = quote_here!(#label: { #code });
            }
        }
        code.extend(pieces[from..].iter().map(|piece| match piece {
            // A block of ours would drop its tail's temporaries after what it declares.
            Piece::Tail(Value::Leaf(leaf))
                if parameters.is_none() && block.braces.is_none() && self.tail_makes_temporaries(block) =>
            {
                let (ready, rest) = self.split(leaf);
                let value = self.statement(&Value::Leaf(rest), false);
                quote_here!(#ready let value = #value; value)
            }
            piece => self.piece(piece, &hoisted, parameters.is_some()),
        }));
        if parameters.is_some() && block.tail.is_none() && self.returns_unit() {
            code.extend(quote_here!(::core::task::Poll::Ready(())));
        }
        let items = block.stmts.iter().filter_map(|stmt| match stmt {
            Stmt::Item(item) if parameters.is_none() => Some(item),
            _ => None,
        });
        quote_here!(#(#items)* #declarations #code)
    }

    /// Whether a body without a tail ends with `()`; any other such body never ends.
    pub(super) fn returns_unit(&self) -> bool {
        match self.input.output {
            syn::Type::Tuple(tuple) => tuple.elems.is_empty(),
            syn::Type::Infer(_) => self.input.marked.body.tail.is_none() && !ends(&self.input.function.block),
            _ => false,
        }
    }

    /// What must be declared before the labelled blocks: every survivor, and an ordinary local that would otherwise be
    /// dropped out of order, or not be there when it is assigned.
    pub(super) fn hoisted(&self, pieces: &[Piece<'_>], entries: &[usize]) -> Vec<BindingId> {
        let last = entries.last().copied().unwrap_or(0);
        let mut hoisted = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let local = match piece.local() {
                Some(local) => local,
                None => continue,
            };
            let next_entry = entries.iter().copied().find(|entry| *entry > index);
            let out_of_order = next_entry.is_some_and(|entry| {
                let later = pieces[index + 1..=entry].iter().filter_map(Piece::local).flat_map(|local| &local.bindings);
                later
                    .into_iter()
                    .any(|later| self.input.storage(*later).is_some() && !self.input.tables().binding(*later).hidden)
            });
            let outlives = |binding: &BindingId| {
                self.input.storage(*binding).is_some() || index < last && (self.is_assigned(*binding) || out_of_order)
            };
            if local.bindings.iter().any(outlives) {
                hoisted.extend(&local.bindings);
            }
        }
        hoisted
    }

    pub(super) fn is_assigned(&self, binding: BindingId) -> bool {
        self.input.liveness.assigned.keys().any(|site| self.input.tables().site(*site).binding == binding)
    }

    pub(super) fn declaration(&self, binding: BindingId) -> TokenStream {
        let name = self.input.name(binding);
        match self.input.storage(binding) {
            Some(Storage::Flagged) => {
                let guard = self.input.guard(binding);
                quote_here!(let #name = #guard;)
            }
            Some(Storage::Local) => quote_here!(let #name = ::desugar::__private::Local::new();),
            Some(Storage::Outer) => quote_here!(let #name = frame.#name.reach();),
            _ => {
                let mutable = self.mutable(binding);
                quote_here!(let #mutable #name;)
            }
        }
    }

    /// An ordinary local that gets its value later, with the type that the source says.
    fn typed(&self, binding: BindingId, ty: &syn::Type) -> TokenStream {
        let (name, mutable) = (self.input.name(binding), self.mutable(binding));
        quote_here!(let #mutable #name: #ty;)
    }

    fn mutable(&self, binding: BindingId) -> Option<TokenStream> {
        // For what is in the frame a guard stands here.
        let changes = self.is_assigned(binding) || self.input.storage(binding).is_none();
        (changes && self.input.tables().binding(binding).mutable).then(|| quote_here!(mut))
    }

    /// Whether what is before an entry must be a block of its own, to be left when resuming.
    pub(super) fn needs_label(&self, pieces: &[Piece<'_>], entries: &[usize], entry: usize) -> bool {
        let first = entries.first() == Some(&entry);
        let nothing_before = pieces[..entry].iter().all(|piece| match piece {
            Piece::Stmt(Stmt::Item(_)) => true,
            // Declared outside, if it is to last.
            Piece::Stmt(Stmt::Let(local)) => local.init.is_none(),
            _ => false,
        });
        !(first && nothing_before)
    }

    pub(super) fn label(&self, piece: &Piece<'_>) -> Lifetime {
        let suspension = piece.suspensions()[0];
        let place = self.input.layout.place(suspension);
        Lifetime::new(&format!("'{}", place.name), here(Span::mixed_site()))
    }

    pub(super) fn piece(&self, piece: &Piece<'_>, hoisted: &[BindingId], root: bool) -> TokenStream {
        match piece {
            Piece::Stmt(stmt) => self.stmt(stmt, hoisted),
            Piece::Tail(Value::Leaf(leaf)) if root || !is_poll(&leaf.0) => {
                let (ready, rest) = self.split(leaf);
                if root {
                    let body = &self.input.marked.body;
                    let rest = match self.tail_makes_temporaries(body) {
                        // A tail, with which its temporaries end, as it is one natively: no argument of ours.
                        true => braces(self.statement(&Value::Leaf(rest), false), body.braces),
                        false => self.leaves.expr(&rest.0),
                    };
                    return quote_here!(#ready ::core::task::Poll::Ready(#rest));
                }
                let rest = self.statement(&Value::Leaf(rest), false);
                quote_here!(#ready #rest)
            }
            Piece::Tail(value) if root => {
                let tokens = self.value(value);
                if self.returns_unit() {
                    return quote_here!(#tokens ::core::task::Poll::Ready(()));
                }
                // The output's type is what the branches of the value are coerced to.
                let ty = self.input.output;
                quote_here!(let output: #ty = #tokens; ::core::task::Poll::Ready(output))
            }
            Piece::Tail(value) => self.statement(value, false),
        }
    }

    /// A leaf whose poll, if its value is taken and not used as a place, stands as a statement before it.
    // Input:  __poll_0? + 1
    // Output: let ready = match frame.awaitee.poll(cx) { .. };   and   ready? + 1
    pub(super) fn split(&self, leaf: &Leaf) -> (Option<TokenStream>, Leaf) {
        let mut rest = leaf.0.clone();
        let poll = match leaf.poll() {
            Some(suspension) => {
                let ready = Ident::new("ready", here(self.input.tables().suspension(suspension).span));
                match take_poll(&mut rest, &ready) {
                    true => (ready, self.leaves.poll(suspension)),
                    false => return (None, Leaf(rest)),
                }
            }
            None => return (None, Leaf(rest)),
        };
        let (ready, poll) = poll;
        (Some(quote_here!(let #ready = #poll;)), Leaf(rest))
    }

    pub(super) fn stmt(&self, stmt: &Stmt, hoisted: &[BindingId]) -> TokenStream {
        match stmt {
            Stmt::Let(local) => self.local(local, hoisted),
            Stmt::Start { suspension, operand } => {
                let awaitee = self.input.awaitee(*suspension);
                let (ready, operand) = self.split(operand);
                let operand = self.leaves.escaping(&operand.0);
                let future = into_future(self.input.tables().suspension(*suspension).span, operand);
                quote_here!(#ready #awaitee.start(#future);)
            }
            Stmt::Value(Value::Leaf(leaf)) if !is_poll(&leaf.0) => {
                let (ready, rest) = self.split(leaf);
                let rest = self.statement(&Value::Leaf(rest), true);
                quote_here!(#ready #rest)
            }
            Stmt::Value(value) => self.statement(value, true),
            Stmt::Drop(bindings) => self.drop_all(bindings),
            // Those of the body stand above both halves, any other at the head of its block.
            Stmt::Item(_) => TokenStream::new(),
        }
    }

    /// Drops these, in this order.
    pub(super) fn drop_all(&self, bindings: &[BindingId]) -> TokenStream {
        let names: Vec<_> = bindings.iter().map(|binding| self.input.name(*binding)).collect();
        match &names[..] {
            [only] => quote_here!(::core::mem::drop(#only);),
            _ => quote_here!(::core::mem::drop((#(#names),*));),
        }
    }

    /// A value where a statement may stand: with the parentheses that this takes.
    pub(super) fn statement(&self, value: &Value, semi: bool) -> TokenStream {
        if let (Value::Leaf(Leaf(Expr::Macro(node))), true) = (value, semi) {
            return self.leaves.macro_statement(node);
        }
        match value {
            Value::Leaf(leaf) => {
                let mut expr = self.leaves.rewritten(&leaf.0);
                shield(&mut expr, false);
                syn::Stmt::Expr(expr, semi.then(Default::default)).into_token_stream()
            }
            Value::IntoIter(_) | Value::Next(_) => {
                let (tokens, semi) = (self.value(value), semi.then(|| quote_here!(;)));
                quote_here!(#tokens #semi)
            }
            Value::Loop(_) | Value::Block(_) | Value::If(_) | Value::Match(_) => self.value(value),
        }
    }
}

/// Whether a block without a tail never comes to its end.
fn ends(block: &syn::Block) -> bool {
    match block.stmts.last() {
        Some(syn::Stmt::Expr(expr, _)) => {
            matches!(expr, Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) | Expr::Loop(_))
        }
        Some(syn::Stmt::Macro(node)) => known_macros::diverges(&node.mac),
        _ => false,
    }
}
