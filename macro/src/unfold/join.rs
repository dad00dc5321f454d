//! `join!` and `try_join!`: a list of futures is built, and awaited as one.
//!
//! tokio's begins each poll one future further, unless it is `biased;`, and drops the futures in order. That of the crate
//! `futures` always begins with the first, and drops the last first: so there the list is built the other way around, and
//! polled from its end.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{parse_quote_spanned, Expr, Item, Macro, Token};

use super::origin::{Library, Origin};
use super::{fields, here, names_of};

/// The futures of a `join!`.
struct Operands {
    biased: bool,
    futures: Vec<Expr>,
}

/// The expression that a macro that joins stands for.
pub(super) fn unfold(mac: &Macro, checks: &mut Vec<Item>) -> Option<Expr> {
    let name = &mac.path.segments.last()?.ident;
    let join = ["join", "try_join"].iter().copied().find(|join| name == join)?;
    let origin = Origin::of(&mac.path, Library::Tokio)?;
    let operands = mac.parse_body_with(|input: ParseStream| parse(input, origin.library)).ok()?;
    let expr = match origin.library {
        Library::Tokio => emit_tokio(join, operands, here(mac)),
        Library::Futures => emit_futures(join, operands.futures, here(mac)),
        Library::Pin | Library::Others => return None,
    };
    checks.push(origin.check());
    Some(expr)
}

fn parse(input: ParseStream, library: Library) -> syn::Result<Operands> {
    let biased = library == Library::Tokio && is_biased(input);
    if biased {
        input.parse::<Ident>()?;
        input.parse::<Token![;]>()?;
    }
    let futures = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
    Ok(Operands { biased, futures: futures.into_iter().collect() })
}

/// Whether the next is `biased;`.
pub(super) fn is_biased(input: ParseStream) -> bool {
    input.peek2(Token![;]) && input.fork().parse::<Ident>().is_ok_and(|word| word == "biased")
}

// Input:  tokio::join!(a(), b())
// Output: {
//     let join = {
//         let futures = (into_future(a()), into_future(b()));
//         join(Rotating::new()).and(futures.0).and(futures.1)
//     };
//     let ((_, a), b) = join.await;
//     (a, b)
// }
fn emit_tokio(join: &str, operands: Operands, span: Span) -> Expr {
    let turns = match operands.biased {
        true => quote_spanned!(span=> InOrder),
        false => quote_spanned!(span=> Rotating::new()),
    };
    let futures = operands.futures;
    let names = names_of(&futures, span);
    let variable = Ident::new(join, span);
    // They are dropped as a tuple is, should one of them not come to be.
    let fields = fields(futures.len(), span);
    let list = list(join, turns, fields, span);
    let result = result(join, names.iter(), &names, span);
    parse_quote_spanned! {span=> {
        let #variable = {
            let futures = (#(::desugar::__private::into_future(#futures),)*);
            #list
        };
        #result
    }}
}

// Input:  futures::join!(a(), b())
// Output: {
//     let a = a();
//     let b = b();
//     let join = join(Reversed).and(b).and(a);
//     let ((_, b), a) = join.await;
//     (a, b)
// }
fn emit_futures(join: &str, futures: Vec<Expr>, span: Span) -> Expr {
    let names = names_of(&futures, span);
    let variable = Ident::new(join, span);
    let list = list(join, quote_spanned!(span=> Reversed), names.iter().rev(), span);
    let result = result(join, names.iter().rev(), &names, span);
    parse_quote_spanned! {span=> {
        #(let #names = #futures;)*
        let #variable = #list;
        #result
    }}
}

/// The list of the futures.
fn list(join: &str, turns: TokenStream, futures: impl Iterator<Item = impl ToTokens>, span: Span) -> TokenStream {
    let join = Ident::new(join, span);
    quote_spanned!(span=> ::desugar::__private::#join(::desugar::__private::#turns)#(.and(#futures))*)
}

/// Awaits the list, and makes a tuple in the order of the source of what comes in the order of the list.
fn result<'a>(join: &str, list: impl Iterator<Item = &'a Ident>, names: &[Ident], span: Span) -> TokenStream {
    let variable = Ident::new(join, span);
    let outputs = list.fold(quote_spanned!(span=> _), |list, name| quote_spanned!(span=> (#list, #name)));
    match join {
        "join" => quote_spanned!(span=> let #outputs = #variable.await; (#(#names,)*)),
        _ => quote_spanned!(span=> #variable.await.map(|#outputs| (#(#names,)*))),
    }
}
