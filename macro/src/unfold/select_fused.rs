//! `select!` and `select_biased!` of the crate `futures`, whose futures know themselves when they are over.
//!
//! A future that is a path is borrowed, any other is a value of the `select!`'s own. Those are natively variables, and the
//! last is dropped first: so the list is built the other way around. With `default` nothing is awaited.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::parse::ParseStream;
use syn::{parse_quote_spanned, Expr, Item, Macro, Pat, Token};

use super::branches::{emit_match, parse_handler, Arm, Branch, Selected};
use super::origin::{Library, Origin};
use super::{here, names_of};
use crate::layout::Names;

/// What is between the braces of a `select!`.
#[derive(Default)]
struct Select {
    branches: Vec<Branch>,
    complete: Option<Expr>,
    default: Option<Expr>,
}

/// The expression that a `select!` stands for.
pub(super) fn unfold(mac: &Macro, checks: &mut Vec<Item>, items: &mut Names) -> Option<Expr> {
    let name = &mac.path.segments.last()?.ident;
    let biased = name == "select_biased";
    let origin = Origin::of(&mac.path, Library::Futures)?;
    if !biased && name != "select" || origin.library != Library::Futures {
        return None;
    }
    let select = mac.parse_body_with(parse).ok()?;
    checks.push(origin.check());
    let span = here(mac);
    Some(emit(&select, biased, origin.library(span), items, span))
}

fn parse(input: ParseStream) -> syn::Result<Select> {
    let mut select = Select::default();
    while !input.is_empty() {
        let other = match () {
            () if is_word(input, "complete") => &mut select.complete,
            () if is_word(input, "default") => &mut select.default,
            () => {
                select.branches.push(parse_branch(input)?);
                continue;
            }
        };
        let word: Ident = input.parse()?;
        input.parse::<Token![=>]>()?;
        if other.replace(parse_handler(input)?).is_some() {
            return Err(syn::Error::new(word.span(), "only one of these is allowed"));
        }
    }
    Ok(select)
}

/// Whether the next is this word, which begins no pattern.
fn is_word(input: ParseStream, word: &str) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|ident| ident == word)
}

fn parse_branch(input: ParseStream) -> syn::Result<Branch> {
    let pat = Pat::parse_multi_with_leading_vert(input)?;
    input.parse::<Token![=]>()?;
    let future = input.parse()?;
    input.parse::<Token![=>]>()?;
    Ok(Branch { pat, future, condition: None, handler: parse_handler(input)? })
}

// Input:  futures::select! { x = a() => b, y = c => d, complete => e }
// Output: {
//     enum Selected<A, C> { A(A), C(C), Complete }
//     match {
//         let a = a();
//         let select = select(|_| Poll::Ready(shuffled::<2>()), || Selected::Complete)
//             .fused(&mut c, FusedFuture::is_terminated, Selected::C)
//             .fused(a, FusedFuture::is_terminated, Selected::A);
//         select.await
//     } {
//         Selected::A(x) => b,
//         Selected::C(y) => d,
//         Selected::Complete => e,
//     }
// }
fn emit(select: &Select, biased: bool, library: TokenStream, items: &mut Names, span: Span) -> Expr {
    let futures: Vec<_> = select.branches.iter().map(|branch| &branch.future).collect();
    let names = names_of(&futures, span);
    let selected = Selected::of(&names, select.complete.as_ref().map(|_| "Complete"), items, span);
    let Selected { name: enumeration, variants, none } = &selected;

    let lets = futures.iter().zip(&names).filter(|(future, _)| !is_path(future));
    let lets = lets.map(|(future, name)| quote_spanned!(span=> let #name = #future;));
    let list = futures.iter().zip(&names).zip(variants).rev().map(|((future, name), variant)| {
        let future = match is_path(future) {
            true => quote_spanned!(span=> &mut #future),
            false => name.to_token_stream(),
        };
        quote_spanned!(span=> .fused(#future, #library::future::FusedFuture::is_terminated, #enumeration::#variant))
    });
    let count = Literal::usize_unsuffixed(futures.len());
    let turns = match biased {
        true => quote_spanned!(span=> (0..#count).rev()),
        false => quote_spanned!(span=> ::desugar::__private::shuffled::<#count>()),
    };
    let none = match none {
        Some(none) => quote_spanned!(span=> #enumeration::#none),
        None => quote_spanned! {span=>
            ::core::panic!("all futures in select! were completed, but no `complete =>` handler was provided")
        },
    };
    let result = match select.default {
        Some(_) => quote_spanned!(span=> now()),
        None => quote_spanned!(span=> await),
    };
    let value = quote_spanned! {span=> {
        #(#lets)*
        let select = ::desugar::__private::select(|_| ::core::task::Poll::Ready(#turns), || #none)#(#list)*;
        select.#result
    }};
    let definition = selected.definition(span);
    let handled = emit_match(value, &arms(select, &selected, span), span);
    parse_quote_spanned!(span=> { #definition #handled })
}

fn arms(select: &Select, selected: &Selected, span: Span) -> Vec<Arm> {
    let Selected { name: enumeration, variants, none } = selected;
    let handlers = select.branches.iter().zip(variants).map(|(Branch { pat, handler, .. }, variant)| Arm {
        pat: quote_spanned!(span=> #enumeration::#variant(#pat)),
        handler: handler.clone(),
    });
    let complete = select
        .complete
        .iter()
        .map(|handler| Arm { pat: quote_spanned!(span=> #enumeration::#none), handler: handler.clone() });
    let ready = handlers.chain(complete);
    let default = match &select.default {
        None => return ready.collect(),
        Some(default) => Arm { pat: quote_spanned!(span=> ::core::task::Poll::Pending), handler: default.clone() },
    };
    let ready =
        ready.map(|Arm { pat, handler }| Arm { pat: quote_spanned!(span=> ::core::task::Poll::Ready(#pat)), handler });
    ready.chain([default]).collect()
}

fn is_path(future: &Expr) -> bool {
    matches!(future, Expr::Path(_))
}
