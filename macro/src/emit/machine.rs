//! The machine: the frame in its first state, joined to the step.

use std::cell::Cell;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::body::Body;
use super::closure;
use super::escape;
use super::leaf::Leaves;
use super::Emit;
use crate::ids::BindingId;
use crate::layout::Place;
use crate::liveness::{Storage, Tenant};

/// The machine, `let machine = ..;`: the frame in its first state, and the step. `values`: of the arguments.
pub(super) fn emit_machine(input: &Emit<'_>, values: &[TokenStream]) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let fields = layout.places.fields.iter().map(|(name, place)| {
        let first = emit_first(input, place, values);
        quote_here!(#name: #first,)
    });
    let others = layout.fields.iter().map(|field| {
        let (name, flag) = (&field.name, field.flag.iter());
        let kind = if input.tables().binding(field.binding).parameter { quote_here!(full) } else { quote_here!(new) };
        let outer = (field.storage == Storage::Outer).then(|| {
            let place = argument(input, field.binding, values);
            quote_here!(#name: #place,)
        });
        quote_here!(#(#flag: ::desugar::__private::Flag::#kind(),)* #outer)
    });
    let infer: Vec<_> = layout.types().map(|_| quote_here!(_)).collect();
    let parameters = (!infer.is_empty()).then(|| quote_here!(<#(#infer),*>));
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
                #(#others)*
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

/// The value of an argument.
fn argument(input: &Emit<'_>, binding: BindingId, values: &[TokenStream]) -> TokenStream {
    let index = input.marked.parameters.iter().position(|parameter| parameter.argument == binding);
    let value = &values[index.expect("asked of parameters only")];
    let binding = input.tables().binding(binding);
    closure::whole(value, &binding.source_ident(binding.name.span()), &binding.fields)
}

/// A place before the first poll: arguments are there, all else is empty.
// Output: PairShared { with_n: (ManuallyDrop::new(Slot::full(n)), ManuallyDrop::new(Slot::new())) }
fn emit_first(input: &Emit<'_>, place: &Place, values: &[TokenStream]) -> TokenStream {
    let union = match place {
        Place::Slot(Tenant::Binding(binding)) if input.tables().binding(*binding).parameter => {
            let value = argument(input, *binding, values);
            let full = if input.liveness.plain.contains(binding) { quote_here!(copy) } else { quote_here!(full) };
            return quote_here!(::desugar::__private::Slot::#full(#value));
        }
        Place::Slot(_) => return quote_here!(::desugar::__private::Slot::new()),
        Place::Union(union) => union,
    };
    let ty = &union.ty;
    let member = &union.members[union.first];
    let name = &member.name;
    let places: Vec<_> = member.places.iter().map(|place| emit_first(input, place, values)).collect();
    match &places[..] {
        [only] => quote_here!(#ty { #name: ::core::mem::ManuallyDrop::new(#only) }),
        places => quote_here!(#ty { #name: (#(::core::mem::ManuallyDrop::new(#places),)*) }),
    }
}
