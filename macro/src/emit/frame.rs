//! The state enum, the frame with its drop table, and what the machine asks of a frame.

use proc_macro2::TokenStream;

use super::Emit;
use crate::ids::{Reach, SuspensionId};
use crate::liveness::{Storage, Target};

/// Where the function can stand between two polls.
///
/// The suspensions come first: numbered from zero, they are told apart in fewer instructions than any other way that was
/// tried, and they are what every poll but two asks for.
// Output: #[derive(Clone, Copy)] enum TrivialState { WaitingForEvent, NeverPolled, Finished, Panicked }
pub(super) fn emit_state(input: &Emit<'_>) -> TokenStream {
    let name = &input.layout.state;
    let variants = input.layout.suspensions.iter().map(|place| {
        let doc = format!(" At `{}.await`.", input.tables().suspension(place.suspension).source);
        let variant = &place.variant;
        quote_here!(#[doc = #doc] #variant,)
    });
    let doc = format!(" Where `{}` can stand between two polls.", input.function.sig.ident);
    quote_here! {
        #[doc = #doc]
        #[derive(Clone, Copy)]
        enum #name {
            #(#variants)*
            NeverPolled,
            Finished,
            Panicked,
        }
    }
}

/// The frame: the state, and a place for everything that is alive in one.
pub(super) fn emit_frame(input: &Emit<'_>) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let (bounded, parameters) = generics(input);
    let fields = layout.fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        match field.storage {
            Storage::Slot => quote_here!(#name: ::desugar::__private::Slot<#ty>,),
            Storage::Flagged => quote_here!(#name: ::desugar::__private::Flagged<#ty>,),
            Storage::Outer => {
                let kind = match input.tables().binding(field.binding).outer {
                    Some(Reach::Shared) => quote_here!(, ::desugar::__private::Shared),
                    Some(Reach::Unique) => quote_here!(, ::desugar::__private::Unique),
                    Some(Reach::Open) | None => TokenStream::new(),
                };
                quote_here!(#name: ::desugar::__private::Outer<#ty #kind>,)
            }
            Storage::Local => TokenStream::new(),
        }
    });
    let (awaitee_type, awaitee_field) = emit_awaitee(input);
    let borrowed = input.lifetime.map(|frame| quote_here!(_frame: ::core::marker::PhantomData<&#frame ()>,));
    let table = emit_drop_table(input);
    let inspect = input.function.inspect.then(|| emit_inspect(input));
    let lower = |name: &syn::Ident| name.to_string().chars().all(|c| !c.is_uppercase());
    let odd = layout.fields.iter().any(|field| !lower(&field.name));
    let names_as_in_the_source = odd.then(|| quote_here!(#[allow(non_snake_case)]));
    let doc = format!(" What `{}` keeps between two polls.", input.function.sig.ident);
    quote_here! {
        #awaitee_type
        #[doc = #doc]
        #names_as_in_the_source
        struct #frame #bounded {
            state: ::desugar::__private::Tag<#state>,
            #(#fields)*
            #awaitee_field
            #borrowed
            _pinned: ::core::marker::PhantomPinned,
        }
        impl #bounded ::desugar::__private::Frame for #frame #parameters {
            fn finished(&self) {
                self.state.set(#state::Finished)
            }
            fn panicked(&self) {
                if !::core::matches!(self.state.get(), #state::Finished) {
                    self.state.set(#state::Panicked)
                }
            }
        }
        #table
        #inspect
    }
}

/// The generics of the frame, as declared and as named: its lifetime, and a type for every place.
fn generics(input: &Emit<'_>) -> (TokenStream, TokenStream) {
    let types: Vec<_> = input.layout.types().collect();
    match input.lifetime {
        None if types.is_empty() => (TokenStream::new(), TokenStream::new()),
        None => (quote_here!(<#(#types),*>), quote_here!(<#(#types),*>)),
        Some(frame) => (quote_here!(<#frame, #(#types: #frame),*>), quote_here!(<#frame, #(#types),*>)),
    }
}

/// The storage awaitees share, one at a time.
fn emit_awaitee(input: &Emit<'_>) -> (TokenStream, TokenStream) {
    let places = &input.layout.suspensions;
    match &places[..] {
        [] => (TokenStream::new(), TokenStream::new()),
        [only] if !input.layout.shares() => {
            let ty = &only.ty;
            (TokenStream::new(), quote_here!(awaitee: ::desugar::__private::Slot<#ty>,))
        }
        _ => {
            let union = &input.layout.awaitee;
            let (names, types): (Vec<_>, Vec<_>) = places.iter().map(|place| (&place.name, &place.ty)).unzip();
            let waiting: Vec<_> = input.layout.arguments.iter().map(|field| &field.ty).collect();
            let types: Vec<_> = waiting.iter().copied().chain(types).collect();
            let slots = &types[waiting.len()..];
            let first = match &waiting[..] {
                [] => quote_here!(none: (),),
                _ => quote_here!(arguments: ::core::mem::ManuallyDrop<(#(::desugar::__private::Slot<#waiting>,)*)>,),
            };
            let what =
                if waiting.is_empty() { "The future" } else { "The arguments before the first poll, then the future" };
            let doc = format!(" {} `{}` is waiting for: one at a time.", what, input.function.sig.ident);
            let declaration = quote_here! {
                #[doc = #doc]
                union #union<#(#types),*> {
                    #first
                    #(#names: ::core::mem::ManuallyDrop<::desugar::__private::Slot<#slots>>,)*
                }
            };
            (declaration, quote_here!(awaitee: #union<#(#types),*>,))
        }
    }
}

/// What a future that is dropped has to drop: at each suspension the awaitee, then survivors, newest first.
fn emit_drop_table(input: &Emit<'_>) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let of = quote_here!(self);
    let owned = input.marked.parameters.iter().map(|parameter| parameter.argument);
    let owned = owned.filter(|argument| input.storage(*argument) != Some(Storage::Outer));
    let mut never_polled: Vec<_> = owned.map(|argument| input.argument(of.clone(), argument)).collect();
    if input.function.is_block {
        never_polled.reverse();
    }
    let arms = layout.suspensions.iter().map(|place| {
        let (variant, name) = (&place.variant, &place.name);
        let awaitee = if layout.shares() { quote_here!(self.awaitee.#name) } else { quote_here!(self.awaitee) };
        let alive = alive(input, place.suspension);
        match &alive[..] {
            [] => quote_here!(#state::#variant => ::core::mem::drop(#awaitee.resume()),),
            alive => {
                quote_here!(#state::#variant => ::core::mem::drop((#awaitee.resume(), #(self.#alive.resume()),*)),)
            }
        }
    });
    let first = match &never_polled[..] {
        [] => quote_here!(#state::NeverPolled => {}),
        [only] => quote_here!(#state::NeverPolled => ::core::mem::drop(#only.resume()),),
        arguments => quote_here!(#state::NeverPolled => ::core::mem::drop((#(#arguments.resume()),*)),),
    };
    let (bounded, names) = generics(input);
    quote_here! {
        impl #bounded ::core::ops::Drop for #frame #names {
            fn drop(&mut self) {
                // SAFETY: `liveness` has found these slots full in these states, and the frame is never used again.
                unsafe {
                    match self.state.get() {
                        #first
                        #(#arms)*
                        #state::Finished | #state::Panicked => {}
                    }
                }
            }
        }
    }
}

/// What is alive at a suspension, in the order in which cancelling drops it.
pub(super) fn alive<'a>(input: &Emit<'a>, suspension: SuspensionId) -> Vec<&'a syn::Ident> {
    let alive = input.liveness.alive.get(&suspension);
    let mut names: Vec<_> = alive.into_iter().flatten().map(|binding| input.name(*binding)).collect();
    names.reverse();
    names
}

/// `#[desugar(inspect)]`: the states as data.
fn emit_inspect(input: &Emit<'_>) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let variants: Vec<_> = layout.suspensions.iter().map(|place| &place.variant).collect();
    let indices = 1..=variants.len();
    let next = &input.liveness.transitions;
    let name_of = |state: &Target| match state {
        Target::Suspension(id) => layout.place(*id).variant.to_string(),
        Target::Finished => "Finished".to_owned(),
    };
    let table = layout.suspensions.iter().zip(&next.from_suspension).map(|(place, targets)| {
        let (name, awaits) = (place.variant.to_string(), &input.tables().suspension(place.suspension).source);
        let alive = input.liveness.alive.get(&place.suspension).into_iter().flatten();
        let mut alive: Vec<_> = alive.map(|binding| source_name(input, *binding)).collect();
        alive.reverse();
        let next: Vec<_> =
            std::iter::once(name.clone()).chain(targets.iter().map(name_of).filter(|n| *n != name)).collect();
        quote_here!(::desugar::State::new(#name, #awaits, &[#(#alive),*], &[#(#next),*]),)
    });
    let arguments: Vec<_> =
        input.marked.parameters.iter().map(|parameter| source_name(input, parameter.argument)).collect();
    let first: Vec<_> = next.from_start.iter().map(name_of).collect();
    let (finished, panicked) = (variants.len() + 1, variants.len() + 2);
    let (bounded, names) = generics(input);
    quote_here! {
        impl #bounded ::desugar::Inspect for #frame #names {
            fn states(&self) -> &'static [::desugar::State] {
                const {
                    &[
                        ::desugar::State::new("NeverPolled", "", &[#(#arguments),*], &[#(#first),*]),
                        #(#table)*
                        ::desugar::State::new("Finished", "", &[], &[]),
                        ::desugar::State::new("Panicked", "", &[], &[]),
                    ]
                }
            }
            fn state(&self) -> &'static ::desugar::State {
                &self.states()[match self.state.get() {
                    #state::NeverPolled => 0,
                    #(#state::#variants => #indices,)*
                    #state::Finished => #finished,
                    #state::Panicked => #panicked,
                }]
            }
        }
    }
}

fn source_name(input: &Emit<'_>, binding: crate::ids::BindingId) -> String {
    let binding = input.tables().binding(binding);
    let name = binding.source_name();
    if binding.hidden {
        format!("({})", name)
    } else {
        name
    }
}
