//! The machine: the frame in its first state, joined to the step.

use std::cell::Cell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::body::Body;
use super::closure;
use super::escape;
use super::leaf::Leaves;
use super::Emit;
use crate::layout::Field;
use crate::liveness::Storage;

/// The machine, `let machine = ..;`: the frame in its first state, and the step. `values`: of the arguments.
pub(super) fn emit_machine(input: &Emit<'_>, values: &[TokenStream]) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let argument = |field: &Field| {
        let index = input.marked.parameters.iter().position(|parameter| parameter.argument == field.binding);
        let value = &values[index.expect("asked of parameters only")];
        let binding = input.tables().binding(field.binding);
        closure::whole(value, &binding.source_ident(binding.name.span()), &binding.fields)
    };
    let fields = layout.fields.iter().map(|field| {
        let name = &field.name;
        let storage = match field.storage {
            Storage::Slot | Storage::Local => quote_here!(Slot),
            Storage::Flagged => quote_here!(Flagged),
            Storage::Outer => {
                let place = argument(field);
                return quote_here!(#name: #place,);
            }
        };
        if input.tables().binding(field.binding).parameter {
            let argument = argument(field);
            quote_here!(#name: ::desugar::__private::#storage::full(#argument),)
        } else {
            quote_here!(#name: ::desugar::__private::#storage::new(),)
        }
    });
    let waiting = layout.arguments.iter().map(|field| {
        let argument = argument(field);
        quote_here!(::desugar::__private::Slot::full(#argument),)
    });
    let union = &layout.awaitee;
    let awaitee = match &layout.suspensions[..] {
        [] => TokenStream::new(),
        _ if !layout.arguments.is_empty() => quote_here! {
            awaitee: #union { arguments: ::core::mem::ManuallyDrop::new((#(#waiting)*)) },
        },
        [_] => quote_here!(awaitee: ::desugar::__private::Slot::new(),),
        _ => quote_here!(awaitee: #union { none: () },),
    };
    let borrowed = input.lifetime.map(|_| quote_here!(_frame: ::core::marker::PhantomData,));
    let infer = layout.types().map(|_| quote_here!(_));
    let parameters = match input.lifetime {
        Some(lifetime) => quote_here!(<#lifetime, #(#infer),*>),
        None if layout.types().next().is_none() => TokenStream::new(),
        None => quote_here!(<#(#infer),*>),
    };
    let output = input.output;
    let emitter = Body {
        input,
        leaves: Leaves::new(input),
        loops: Cell::new(0),
        matches: Cell::new(0),
        resets: Cell::new(false),
        escaping: escape::escaping(input),
    };
    let body = emitter.root();
    let mutable = emitter.resets.get().then(|| quote_here!(mut));
    // The lints of the user's text speak in the checked copy; here they would speak of ours. `unsafe` has the span of
    // the attribute: a crate that forbids unsafe code forbids its own.
    let unsafe_token = quote_spanned!(Span::call_site()=> unsafe);
    let (cx, at) = (Ident::new("cx", Span::mixed_site()), Ident::new("at", Span::mixed_site()));
    quote_here! {
        #[allow(
            warnings, unused, nonstandard_style, dangerous_implicit_autorefs, clippy::all, clippy::pedantic,
            clippy::nursery
        )]
        let machine = ::desugar::__private::machine(
            #frame {
                state: ::desugar::__private::Tag::new(#state::NeverPolled),
                #(#fields)*
                #awaitee
                #borrowed
                _pinned: ::core::marker::PhantomPinned,
            },
            |frame: &#frame #parameters, #cx: &mut ::core::task::Context<'_>| -> ::core::task::Poll<#output> {
                // SAFETY: `liveness` says which slots are full where; the machine is pinned while it steps.
                #unsafe_token {
                    let #mutable #at = frame.state.get();
                    #body
                }
            },
        );
    }
}
