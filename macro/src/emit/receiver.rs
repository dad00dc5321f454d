//! A method call of which only rustc knows whether it moves its receiver.
//!
//! The method is written in a closure in dead code, around a stand-in for the receiver. What that closure captures, by
//! value or by reference, is what the method asks for; see `desugar::__private::receiver`. Two things matter here: the
//! closure and its body must carry spans of this crate, so that it captures the whole variable as in edition 2018; and
//! nothing between the closure and the end of the dead code may unwind, so that what it borrows never dies.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned, ToTokens};
use syn::punctuated::Punctuated;
use syn::{AngleBracketedGenericArguments, Expr, Token};

use super::here;

/// `survivor.method(arguments)`, or `survivor(arguments)`, for a guard that may be emptied by it.
///
/// An argument goes through `Argument`, so that the type the method gives it reaches the argument itself: a bare variable
/// of unknown type would only be coerced to the method's, and a closure would not learn its signature.
// Input:  conn.close(a)
// Output: conn.bind({ .. |(argument_0,)| { receiver.value.close(argument(argument_0)) } .. })((Argument(a),))
pub(super) fn emit_open_call(
    guard: impl ToTokens,
    method: Option<(&Ident, &Option<AngleBracketedGenericArguments>)>,
    arguments: &Punctuated<Expr, Token![,]>,
) -> TokenStream {
    let span = here(Span::mixed_site());
    let names: Vec<_> = (0..arguments.len()).map(|index| format_ident!("argument_{}", index, span = span)).collect();
    let arguments = arguments.iter();
    let call = match method {
        Some((method, turbofish)) => quote_here!(receiver.value.#method #turbofish),
        None => quote_here!((receiver.value)),
    };
    quote_spanned! {span=>
        #guard.bind({
            let mut method = ::core::ptr::null();
            // Never runs: the closure is there for its type, which says whether the method moves its receiver.
            if false {
                let never: *const ::desugar::__private::Never = ::core::ptr::null();
                let mut receiver = ::desugar::__private::Receiver::of(#guard.ptr());
                let prototype = ::desugar::__private::Prototype(
                    |(#(#names,)*)| { #call (#(::desugar::__private::argument(#names)),*) },
                    ::core::marker::PhantomData,
                );
                method = &raw const prototype.0;
                match *never {}
            }
            method
        })((#(::desugar::__private::Argument(#arguments),)*))
    }
}
