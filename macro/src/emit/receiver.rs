//! A method call of which only rustc knows whether it moves its receiver.
//!
//! The method is written in a closure in dead code, around a stand-in for the receiver. What that closure captures, by
//! value or by reference, is what the method asks for; see `desugar::__private::receiver`. Two things matter here: the
//! closure and its body must carry spans of this crate, so that it captures the whole variable as in edition 2018; and
//! nothing between the closure and the end of the dead code may unwind, so that what it borrows never dies.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote_spanned, ToTokens};
use syn::ExprMethodCall;

use super::here;

/// `survivor.method(arguments)`, for a guard that may be emptied by it.
// Input:  conn.close(a)
// Output: conn.bind({ .. |(argument_0,)| { receiver.value.close(argument_0) } .. })((a,))
pub(super) fn emit_open_call(guard: impl ToTokens, call: &ExprMethodCall) -> TokenStream {
    let span = here(Span::mixed_site());
    let (method, turbofish, arguments) = (&call.method, &call.turbofish, &call.args);
    let names: Vec<_> = (0..arguments.len()).map(|index| format_ident!("argument_{}", index, span = span)).collect();
    let arguments = arguments.iter();
    quote_spanned! {span=>
        #guard.bind({
            let mut method = ::core::ptr::null();
            // Never runs: the closure is there for its type, which says whether the method moves its receiver.
            if false {
                let never: *const ::desugar::__private::Never = ::core::ptr::null();
                let mut receiver = ::desugar::__private::Receiver::of(#guard.ptr());
                let prototype = ::desugar::__private::Prototype(
                    |(#(#names,)*)| { receiver.value.#method #turbofish (#(#names),*) },
                    ::core::marker::PhantomData,
                );
                method = &raw const prototype.0;
                match *never {}
            }
            method
        })((#(#arguments,)*))
    }
}
