//! A method call of which only rustc knows whether it moves its receiver.
//!
//! The method is written in a closure in dead code, around a stand-in for the receiver. What that closure captures, by
//! value or by reference, is what the method asks for; see `desugar::__private::receiver`. Three things matter here: the
//! closure and its body must carry spans of this crate, so that it captures the whole variable as in edition 2018;
//! nothing between the closure and the end of the dead code may unwind, so that what it borrows never dies; and it may
//! capture nothing else, so arguments come in as a tuple.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::AngleBracketedGenericArguments;

/// An open call, ready to be written.
#[derive(Default)]
pub(super) struct OpenCall {
    /// What closures among the arguments capture: the name inside, and the value.
    captures: Vec<(TokenStream, TokenStream)>,
    /// The arguments that are evaluated outside: the name inside, and the value.
    values: Vec<(Ident, TokenStream)>,
    /// The arguments of the call inside the closure.
    arguments: Vec<TokenStream>,
}

impl OpenCall {
    /// An argument that is evaluated outside.
    pub(super) fn value(&mut self, value: impl ToTokens) {
        let name = Ident::new(&format!("argument_{}", self.arguments.len()), Span::mixed_site());
        self.values.push((name.clone(), value.into_token_stream()));
        self.arguments.push(name.into_token_stream());
    }

    /// A closure among the arguments: it stands where the method asks for it, and so learns its signature.
    pub(super) fn closure(&mut self, closure: impl ToTokens, captures: Vec<(TokenStream, TokenStream)>) {
        self.arguments.push(closure.into_token_stream());
        self.captures.extend(captures);
    }

    /// `survivor.method(arguments)`, or `survivor(arguments)`, for a guard that may be emptied by it.
    // Input:  conn.close(a)
    // Output: conn.bind({ .. |(), (argument_0,)| { receiver.value.close(argument_0) } .. })((), (a,))
    pub(super) fn emit(
        self,
        guard: impl ToTokens,
        method: Option<(&Ident, &Option<AngleBracketedGenericArguments>)>,
    ) -> TokenStream {
        let call = match method {
            Some((method, turbofish)) => quote_here!(receiver.value.#method #turbofish),
            None => quote_here!((receiver.value)),
        };
        let (inside, captured): (Vec<_>, Vec<_>) = self.captures.into_iter().unzip();
        let (names, values): (Vec<_>, Vec<_>) = self.values.into_iter().unzip();
        let arguments = &self.arguments;
        let prototype = emit_prototype(
            quote_here!(#guard.ptr()),
            quote_here!(&captures),
            quote_here!(|(#(#inside,)*), (#(#names,)*)| { #call (#(#arguments),*) }),
        );
        quote_here! {
            {
                let captures = (#(#captured,)*);
                #guard.bind(#prototype)(captures, (#(#values,)*))
            }
        }
    }
}

/// A closure around a stand-in for the variable at `place`, as a pointer to it: there is none, but it has a type.
pub(super) fn emit_prototype(place: TokenStream, captures: TokenStream, closure: TokenStream) -> TokenStream {
    quote_here! {
        {
            let mut prototype = ::core::ptr::null();
            // Never runs: the closure is there for its type, which says whether it takes the variable or borrows it.
            if false {
                let never: *const ::desugar::__private::Never = ::core::ptr::null();
                let kind = ::desugar::__private::kind_of(#captures);
                let mut receiver = ::desugar::__private::Receiver::of(#place);
                let closure = ::desugar::__private::Prototype(kind, #closure);
                prototype = &raw const closure.1;
                match *never {}
            }
            prototype
        }
    }
}
