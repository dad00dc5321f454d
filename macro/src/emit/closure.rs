//! Closures, and calls of which only rustc knows whether they move what they are called on.

use proc_macro2::{Ident, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote_spanned, Expr, Token};

use super::here;
use super::leaf::{Leaves, Rewrite};
use super::receiver::OpenCall;
use crate::ids::{fields_of, path_ident, BindingId, Reach, SiteId};
use crate::liveness::captures;
use crate::markers::{as_block, as_site};

impl Rewrite<'_, '_> {
    /// A closure whose captures are on no poll's stack, if they must not or cannot be.
    // Input:  |n| n + k + log.len()
    // Output: { let k = k.take(); let log = log.place(); move |n| n + k + (*log.ptr()).len() }
    pub(super) fn closure(&mut self, node: &mut syn::ExprClosure) -> Option<Expr> {
        let captures = captures(node, self.tables());
        let slotted = |binding: BindingId| !self.0.is_plain(binding);
        let needed =
            captures.iter().any(|capture| self.0.escapes.get() || slotted(capture.binding) && capture.by_value);
        if !needed {
            let before = self.0.lent.borrow().clone();
            self.0.lent.borrow_mut().extend(captures.iter().map(|capture| capture.binding));
            self.closure_body(node);
            self.0.lent.replace(before);
            return None;
        }
        let rebound = self.rebind(node);
        let lets = rebound.iter().map(|(name, value)| quote_here!(let #name = #value;));
        let span = here(node.inputs_begin.span);
        Some(parse_quote_spanned!(span=> { #(#lets)* #node }))
    }

    /// Makes a closure take all it captures by value: a survivor's value or its place, an ordinary local's place. Returns
    /// what it takes, by the name inside.
    ///
    /// An ordinary local that is borrowed is in scope at no suspension, so a closure with its place is gone by then.
    pub(super) fn rebind(&mut self, node: &mut syn::ExprClosure) -> Vec<(TokenStream, TokenStream)> {
        let leaves = self.0;
        let (mut rebound, mut by_value, mut placed) = (Vec::new(), Vec::new(), Vec::new());
        let (moves, mut takes_fields) = (node.capture.is_some(), false);
        for capture in captures(node, self.tables()) {
            let name = leaves.name(capture.binding, self.tables().site(capture.site).span);
            let plain = leaves.is_named(capture.binding);
            let is_mutable = self.tables().binding(capture.binding).mutable;
            let last = leaves.input.liveness.last.contains(&capture.site);
            // What is mentioned again is not moved, but borrowed: unless the closure says `move`, and then copied.
            if capture.by_value && (last || moves) {
                let mutable = is_mutable.then(|| quote_here!(mut));
                let value = match (plain, last) {
                    (true, _) => quote_here!(#name),
                    (false, true) if !leaves.is_placed(capture.binding) => quote_here!(#name.take()),
                    (false, _) => quote_here!(*#name.ptr()),
                };
                let tables = self.tables();
                let is_it = |ident: &Ident| as_site(ident).is_some_and(|id| tables.site(id).binding == capture.binding);
                let fields = match tables.binding(capture.binding).reference {
                    true => Vec::new(),
                    false => fields_of(node.body.to_token_stream(), &is_it).unwrap_or_default(),
                };
                takes_fields |= !fields.is_empty();
                rebound.push((quote_here!(#mutable #name), whole(&value, &name, &fields)));
                by_value.push(capture.binding);
            } else {
                let value = match (plain, is_mutable) {
                    (false, _) => quote_here!(#name.place()),
                    (true, true) => quote_here!(::desugar::__private::Place::local(&raw mut #name)),
                    (true, false) => quote_here!(::desugar::__private::Place::local(&raw const #name)),
                };
                rebound.push((name.to_token_stream(), value));
                placed.push(capture.binding);
            }
        }
        if takes_fields || !placed.is_empty() {
            // Natively it may take a field alone, or borrow what a reference leads to.
            leaves.input.rebound.borrow_mut().insert(format!("{:?}", node.inputs_begin.span));
        }
        node.capture = Some(Default::default());
        let before = leaves.placed.borrow().clone();
        leaves.placed.borrow_mut().extend(placed);
        by_value.iter().for_each(|binding| {
            leaves.placed.borrow_mut().remove(binding);
        });
        leaves.with_plain(&by_value, || self.closure_body(node));
        leaves.placed.replace(before);
        rebound
    }

    /// An async block: its machine, made of what it captures.
    // Input:  __block_0(&raw const log, n)
    // Output: { .. machine(FetchBlockFrame { log: Outer::of(log.ptr()), n: Slot::full(n.take()), .. }, |frame, cx| ..) }
    pub(super) fn block_call(&mut self, node: &mut syn::ExprCall) -> Expr {
        let leaves = self.0;
        let block = path_ident(&node.func).and_then(as_block).expect("asked by the caller");
        let analysed = &leaves.input.blocks[block.0];
        // The arguments are the parameters, in reverse.
        let parameters = analysed.marked.parameters.iter();
        let values = node.args.iter_mut().rev().zip(parameters).map(|(argument, parameter)| match argument {
            Expr::RawAddr(reached) => {
                let site = path_ident(&reached.expr).and_then(as_site).expect("`resolve` puts a mention here");
                let info = self.tables().site(site);
                let name = leaves.name(info.binding, info.span);
                let plain = leaves.is_named(info.binding);
                let reach = analysed.marked.tables.binding(parameter.argument).outer.unwrap_or(Reach::Open);
                let place = match plain {
                    true => place_of(&name.to_token_stream(), reach, self.tables().binding(info.binding).mutable),
                    false => quote_here!(#name.ptr()),
                };
                quote_here!(::desugar::__private::Outer::of(#place))
            }
            captured => {
                self.visit_expr_mut(captured);
                captured.to_token_stream()
            }
        });
        let values: Vec<_> = values.collect();
        Expr::Verbatim(super::emit_block(analysed, leaves.input, &values))
    }

    /// The arguments of an open call, and what the closures among them capture.
    pub(super) fn open_call(&mut self, arguments: &mut Punctuated<Expr, Token![,]>) -> OpenCall {
        let mut call = OpenCall::default();
        for argument in arguments {
            match argument {
                Expr::Closure(node) => {
                    let captures = self.rebind(node);
                    call.closure(node, captures);
                }
                argument => {
                    self.visit_expr_mut(argument);
                    call.value(argument);
                }
            }
        }
        call
    }

    /// The inside of a closure, whose `return` and `?` are its own.
    pub(super) fn closure_body(&mut self, node: &mut syn::ExprClosure) {
        let leaves = self.0;
        let before = (leaves.escapes.replace(false), leaves.in_closure.replace(true));
        visit_mut::visit_expr_closure_mut(self, node);
        leaves.escapes.set(before.0);
        leaves.in_closure.set(before.1);
    }

    /// Whether only rustc knows if a method moves this receiver.
    pub(super) fn is_open(&self, site: SiteId) -> bool {
        self.0.input.liveness.open.contains(&site) && !self.0.is_plain(self.tables().site(site).binding)
    }
}

/// A pointer to an ordinary local that a block reaches: one to write through, if the block may.
pub(super) fn place_of(name: &TokenStream, reach: Reach, mutable: bool) -> TokenStream {
    match (reach, mutable) {
        (Reach::Shared, _) | (_, false) => quote_here!(&raw const #name),
        (Reach::Unique | Reach::Open, true) => quote_here!(&raw mut #name),
    }
}

/// A variable's value, taken as a whole by what mentions only these fields of it. Natively that may take the fields alone,
/// as rustc is asked: the closure has the edition of the source.
// Input:  point.take(), .x
// Output: whole(point.take(), |captured| move || _ = &raw const captured.x)
pub(super) fn whole(value: &TokenStream, name: &Ident, fields: &[TokenStream]) -> TokenStream {
    let span = match fields.first().and_then(|fields| fields.clone().into_iter().nth(1)) {
        Some(field) => field.span(),
        None => return value.clone(),
    };
    let name = Ident::new("captured", here(name.span()));
    let closure = quote_spanned!(span=> move || { #(_ = &raw const #name #fields;)* });
    quote_here!(::desugar::__private::whole(#value, |#name| #closure))
}

impl Leaves<'_> {
    pub(super) fn mention_guard(&self, site: SiteId) -> Ident {
        let info = self.input.tables().site(site);
        self.name(info.binding, info.span)
    }
}
