//! The source once more, as plain synchronous code that is checked and never run.
//!
//! Survivors stand behind raw pointers in the machine, where rustc checks no borrow. Here it checks types, moves and
//! borrows of the user's own text, with the user's own spans; the user's lints speak of this copy alone.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote_spanned, ToTokens};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Item, Macro, Pat, Stmt};

use super::signature::Signature;
use super::Emit;
use crate::known_macros;

// Input:  { let n = src.read(&mut buf).await?; Ok(n) }
// Output: if false { check(move || -> R { let n = awaited(into_future(src.read(&mut buf)))?; Ok(n) }); .. }
pub(super) fn emit_check(input: &Emit<'_>, signature: &Signature) -> TokenStream {
    let mut block = input.function.block.clone();
    // The items stand above, once for both halves.
    block.stmts.retain(|stmt| !matches!(stmt, Stmt::Item(_)));
    if block.stmts.is_empty() && input.marked.parameters.is_empty() {
        return TokenStream::new();
    }
    let sites = input.tables().sites.iter().filter(|site| site.opaque && input.storage(site.binding).is_some());
    Awaited { survivors: sites.map(|site| format!("{:?}", site.span)).collect() }.visit_block_mut(&mut block);
    let output = input.output(signature);
    let parameters: Vec<_> = input
        .function
        .parameters
        .iter()
        .zip(&input.marked.parameters)
        .map(|(parameter, marked)| match &parameter.pat {
            Pat::Ident(ident) if ident.ident == "self" => TokenStream::new(),
            Pat::Wild(_) => TokenStream::new(),
            pat => {
                let argument = input.tables().binding(marked.argument);
                let name: &Ident = if argument.hidden { input.name(marked.argument) } else { &argument.name };
                quote_here!(let #pat = #name;)
            }
        })
        .filter(|parameter| !parameter.is_empty())
        .collect();
    let body = match &parameters[..] {
        [] => block.to_token_stream(),
        parameters => quote_here!({ #(#parameters)* #block }),
    };
    let output = input.function.output.as_ref().map(|_| quote_here!(-> #output));
    let body = match output {
        Some(_) => body,
        // A closure without an output may be an expression: its braces say that it is a block.
        None => quote_here!(-> () #body),
    };
    quote_here! {
        // Never runs: rustc checks types, moves and borrows of the source here.
        if false {
            #[allow(unused_braces)]
            ::desugar::__private::check(move || #output #body);
            ::core::unreachable!()
        }
    }
}

/// `x.await` to `awaited(into_future(x))`.
struct Awaited {
    /// Where unknown macros mention survivors: their spans, as text, since spans cannot be compared.
    survivors: BTreeSet<String>,
}

impl VisitMut for Awaited {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Await(node) = expr {
            let base = match &*node.base {
                // Where they stand in the source they are needed.
                Expr::Paren(node) => &node.expr,
                base => base,
            };
            let future = into_future(node.await_token.span, base);
            // The user's own span, edition and all: it may stand in a `let` chain.
            *expr = Expr::Verbatim(quote_spanned!(node.await_token.span=> ::desugar::__private::awaited(#future)));
        }
    }
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        let known = known_macros::map_arguments(mac, |argument| self.visit_expr_mut(argument));
        if !known && !known_macros::is_textual(mac) {
            // The machine hands over `(*x.ptr())`. A macro that looks at its tokens must see an expression in parentheses
            // here too, or what is checked is another of its arms than what runs.
            mac.tokens = known_macros::map_mentions(std::mem::take(&mut mac.tokens), &mut |tree| match tree {
                TokenTree::Ident(ident) if self.survivors.contains(&format!("{:?}", ident.span())) => {
                    let mut group = Group::new(Delimiter::Parenthesis, TokenTree::Ident(ident.clone()).into());
                    // Ours: nobody is told that they are not needed.
                    group.set_span(super::here(ident.span()));
                    Some(TokenTree::Group(group))
                }
                _ => None,
            });
        }
    }
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// The operand as a future: the same tokens in both halves, so that a wrong operand is reported once.
pub(super) fn into_future(await_span: proc_macro2::Span, operand: impl ToTokens) -> TokenStream {
    quote_spanned!(await_span=> ::desugar::__private::into_future(#operand))
}
