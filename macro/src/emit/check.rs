//! The source once more, as plain synchronous code that is checked and never run.
//!
//! Survivors stand behind raw pointers in the machine, where rustc checks no borrow. Here it checks types, moves and
//! borrows of the user's own text, with the user's own spans; the user's lints speak of this copy alone.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote_spanned, ToTokens};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Item, Macro, Pat, Stmt};

use super::{here, Analysed, Emit};
use crate::known_macros;
use crate::liveness::Liveness;
use crate::mark::Marked;

// Input:  { let n = src.read(&mut buf).await?; Ok(n) }
// Output: if false { check(move || -> R { let n = awaited(into_future(src.read(&mut buf)))?; Ok(n) }); .. }
pub(super) fn emit_check(input: &Emit<'_>) -> TokenStream {
    let mut block = input.function.block.clone();
    // The items stand above, once for both halves.
    block.stmts.retain(|stmt| !matches!(stmt, Stmt::Item(_)));
    if block.stmts.is_empty() && input.marked.parameters.is_empty() {
        return TokenStream::new();
    }
    Awaited::of(input).visit_block_mut(&mut block);
    let output = input.output;
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
    // What is `impl Trait` in the output is one type here and in the machine.
    let (declared, check) = match input.output_is_opaque() {
        true => (
            Some(quote_here!(let output = ::core::marker::PhantomData;)),
            quote_here!(check_as(output, move || #output #body)),
        ),
        false => (None, quote_here!(check(move || #output #body))),
    };
    quote_here! {
        #declared
        // Never runs: rustc checks types, moves and borrows of the source here.
        if false {
            #[allow(unused_braces)]
            ::desugar::__private::#check;
            ::core::unreachable!()
        }
    }
}

/// `x.await` to `awaited(into_future(x))`.
struct Awaited {
    /// Where unknown macros mention survivors: their spans, as text, since spans cannot be compared.
    survivors: BTreeSet<String>,
    /// The closures that capture variables as a whole in the machine: here too, as closures of edition 2018.
    rebound: BTreeSet<String>,
}

impl Awaited {
    fn of(input: &Emit<'_>) -> Self {
        let mut survivors = BTreeSet::new();
        opaque_survivors(input.marked, input.liveness, input.blocks, &mut survivors);
        Awaited { survivors, rebound: input.rebound.borrow().clone() }
    }

    /// An async block as a closure, which captures what the block does: variables as a whole, as a closure of edition 2018,
    /// since the machine moves them as a whole, and reaches them in their places.
    // Input:  async move { log.push(awaited(into_future(next()))) }
    // Output: async_block(move || { log.push(awaited(into_future(next()))) })
    fn block(&self, node: &syn::ExprAsync) -> TokenStream {
        let (capture, block) = (node.capture.map(|token| quote_spanned!(here(token.span)=> move)), &node.block);
        quote_spanned!(here(node.async_token.span)=> ::desugar::__private::async_block(#capture || #block))
    }
}

impl VisitMut for Awaited {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Expr::Async(node) = expr {
            *expr = Expr::Verbatim(self.block(node));
        } else if let Expr::Closure(node) = expr {
            if self.rebound.contains(&format!("{:?}", node.inputs_begin.span)) {
                node.capture.iter_mut().for_each(|token| token.span = here(token.span));
                node.inputs_begin.span = here(node.inputs_begin.span);
            }
        } else if let Expr::Await(node) = expr {
            // Parentheses that the `.await` needs are none that the call needs.
            let base = match &*node.base {
                Expr::Paren(paren) => &paren.expr,
                _ => &node.base,
            };
            let attrs = &node.attrs;
            let future = into_future(node.await_token.span, base);
            // The user's own span, edition and all: it may stand in a `let` chain.
            *expr = Expr::Verbatim(
                quote_spanned!(node.await_token.span=> #(#attrs)* ::desugar::__private::awaited(#future)),
            );
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
                    // Of the source's edition: they may end a chain of `let`s. No lint sees parentheses in this text.
                    group.set_span(ident.span());
                    Some(TokenTree::Group(group))
                }
                _ => None,
            });
        }
    }
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Where unknown macros mention survivors, in the async blocks inside too.
fn opaque_survivors(marked: &Marked, liveness: &Liveness, blocks: &[Analysed], found: &mut BTreeSet<String>) {
    let sites = marked.tables.sites.iter().filter(|site| site.opaque && liveness.storage.contains_key(&site.binding));
    found.extend(sites.map(|site| format!("{:?}", site.span)));
    for block in blocks {
        opaque_survivors(&block.marked, &block.liveness, &block.blocks, found);
    }
}

/// The statements of an async block, as they are checked: in a closure, without the items.
pub(super) fn checked_block(input: &Emit<'_>) -> syn::Block {
    let mut block = input.function.block.clone();
    block.stmts.retain(|stmt| !matches!(stmt, Stmt::Item(_)));
    Awaited::of(input).visit_block_mut(&mut block);
    block
}

/// The operand as a future: the same tokens in both halves, so that a wrong operand is reported once.
pub(super) fn into_future(await_span: proc_macro2::Span, operand: impl ToTokens) -> TokenStream {
    quote_spanned!(await_span=> ::desugar::__private::into_future(#operand))
}
