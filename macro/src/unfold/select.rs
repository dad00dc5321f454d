//! tokio's `select!`: its futures are put into a list, and the list is awaited; what is ready comes as a variant of an
//! enum, which has one for each branch, by which the handler is chosen.
//!
//! As natively, the conditions are evaluated first, in order, and then all futures, also those whose condition does not
//! hold. A future whose output does not match its pattern is polled no more. All of them are dropped before a handler runs.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::parse::ParseStream;
use syn::{parse_quote_spanned, Expr, Item, Macro, Pat, Token};

use super::branches::{emit_match, parse_handler, Arm, Branch, Selected};
use super::join::is_biased;
use super::origin::{Library, Origin};
use super::refutable::refutable;
use super::{fields, here, names_of};
use crate::layout::Names;

/// What is between the braces of a `select!`.
struct Select {
    biased: bool,
    branches: Vec<Branch>,
    otherwise: Option<Expr>,
}

/// The expression that a `select!` stands for.
pub(super) fn unfold(mac: &Macro, checks: &mut Vec<Item>, items: &mut Names) -> Option<Expr> {
    let is_select = mac.path.segments.last().is_some_and(|name| name.ident == "select");
    let origin =
        Origin::of(&mac.path, Library::Tokio).filter(|origin| origin.library == Library::Tokio && is_select)?;
    let select = mac.parse_body_with(parse).ok()?;
    checks.push(origin.check());
    let span = here(mac);
    if select.branches.is_empty() {
        let otherwise = select.otherwise;
        return Some(parse_quote_spanned!(span=> { #otherwise }));
    }
    Some(emit(&select, origin.library(span), items, span))
}

fn parse(input: ParseStream) -> syn::Result<Select> {
    let mut select = Select { biased: is_biased(input), branches: Vec::new(), otherwise: None };
    if select.biased {
        input.parse::<Ident>()?;
        input.parse::<Token![;]>()?;
    }
    while !input.is_empty() && !input.peek(Token![else]) {
        select.branches.push(parse_branch(input)?);
    }
    if input.peek(Token![else]) {
        input.parse::<Token![else]>()?;
        input.parse::<Token![=>]>()?;
        select.otherwise = Some(input.parse()?);
        input.parse::<Option<Token![,]>>()?;
    }
    // tokio has room for 64 branches, and asks for one.
    match select.branches.len() {
        0 if select.otherwise.is_none() => Err(input.error("no branch")),
        65.. => Err(input.error("too many branches")),
        _ => Ok(select),
    }
}

fn parse_branch(input: ParseStream) -> syn::Result<Branch> {
    let pat = Pat::parse_multi_with_leading_vert(input)?;
    input.parse::<Token![=]>()?;
    let future = input.parse()?;
    let mut condition = None;
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        input.parse::<Token![if]>()?;
        condition = Some(input.parse()?);
    }
    input.parse::<Token![=>]>()?;
    let handler = parse_handler(input)?;
    Ok(Branch { pat, future, condition, handler })
}

// Input:  tokio::select! { x = a() => b, Some(y) = c(), if d => e, else => f }
// Output: {
//     enum Selected<A, C> { A(A), C(C), Disabled }
//     let c_disabled = !d;
//     match {
//         let futures = (a(), c());
//         let select = {
//             let futures = futures;
//             let futures = (into_future(futures.0), into_future(futures.1));
//             select(|context| .., || Selected::Disabled)
//                 .branch(futures.0, Selected::A)
//                 .branch(futures.1, Selected::C)
//                 .unless(c_disabled)
//                 .matching(|output| matches!(output, Some(_)))
//         };
//         select.await
//     } {
//         Selected::A(x) => b,
//         Selected::C(Some(y)) => e,
//         Selected::Disabled => f,
//         _ => unreachable!(),
//     }
// }
fn emit(select: &Select, tokio: TokenStream, items: &mut Names, span: Span) -> Expr {
    let branches = &select.branches;
    let futures: Vec<_> = branches.iter().map(|branch| &branch.future).collect();
    let names = names_of(&futures, span);
    let fields: Vec<_> = fields(branches.len(), span).collect();
    let selected = Selected::of(&names, Some("Disabled"), items, span);
    let Selected { name: enumeration, variants, none } = &selected;

    let conditions = branches.iter().zip(&names).filter_map(|(branch, name)| {
        let (disabled, condition) = (disabled(name, span), branch.condition.as_ref()?);
        Some(quote_spanned!(span=> let #disabled = !(#condition);))
    });
    let list = branches.iter().zip(&names).zip(&fields).zip(variants).map(|(((branch, name), field), variant)| {
        let unless = branch.condition.as_ref().map(|_| {
            let disabled = disabled(name, span);
            quote_spanned!(span=> .unless(#disabled))
        });
        let matching =
            refutable(&branch.pat).map(|pat| quote_spanned!(span=> .matching(|output| ::core::matches!(output, #pat))));
        quote_spanned!(span=> .branch(#field, #enumeration::#variant) #unless #matching)
    });
    let turns = turns(select, tokio, span);
    let value = quote_spanned! {span=> {
        // What a `let` extends lives as long as the futures.
        let futures = (#(#futures,)*);
        let select = {
            let futures = futures;
            let futures = (#(::desugar::__private::into_future(#fields),)*);
            ::desugar::__private::select(#turns, || #enumeration::#none)#(#list)*
        };
        select.await
    }};
    let definition = selected.definition(span);
    let handled = emit_match(value, &arms(select, &selected, span), span);
    parse_quote_spanned!(span=> { #definition #(#conditions)* #handled })
}

fn arms(select: &Select, selected: &Selected, span: Span) -> Vec<Arm> {
    let Selected { name: enumeration, variants, none } = selected;
    let handlers = select.branches.iter().zip(variants).map(|(Branch { pat, handler, .. }, variant)| Arm {
        pat: quote_spanned!(span=> #enumeration::#variant(#pat)),
        handler: handler.clone(),
    });
    let otherwise = select.otherwise.clone().unwrap_or_else(
        || parse_quote_spanned!(span=> ::core::panic!("all branches are disabled and there is no else branch")),
    );
    let otherwise = Arm { pat: quote_spanned!(span=> #enumeration::#none), handler: otherwise };
    let unmatched = select.branches.iter().any(|branch| refutable(&branch.pat).is_some()).then(|| Arm {
        pat: quote_spanned!(span=> _),
        handler: parse_quote_spanned!(span=> ::core::unreachable!("failed to match bind")),
    });
    handlers.chain([otherwise]).chain(unmatched).collect()
}

/// What says which branch a poll begins with, or that tokio wants others to have their turn first.
fn turns(select: &Select, tokio: TokenStream, span: Span) -> TokenStream {
    let count = Literal::usize_unsuffixed(select.branches.len());
    let turns = match select.biased {
        true => quote_spanned!(span=> 0..#count),
        false => quote_spanned! {span=>
            ::desugar::__private::starting_at(#tokio::macros::support::thread_rng_n(#count), #count)
        },
    };
    quote_spanned!(span=> |context| #tokio::macros::support::poll_budget_available(context).map(|()| #turns))
}

fn disabled(name: &Ident, span: Span) -> Ident {
    format_ident!("{}_disabled", name, span = span)
}
