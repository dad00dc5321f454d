//! The state enum, the frame with its drop table, and what the machine asks of a frame.

use proc_macro2::TokenStream;

use super::Emit;
use crate::ids::{BindingId, Reach, SuspensionId};
use crate::layout::{Place, Union};
use crate::liveness::{Storage, Target, Tenant};

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
    let parameters = generics(input);
    let places = layout.places.fields.iter().map(|(name, place)| {
        let ty = emit_place(input, place);
        quote_here!(#name: #ty,)
    });
    let others = layout.fields.iter().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        let flag = field.flag.iter();
        let outer = (field.storage == Storage::Outer).then(|| {
            let kind = match input.tables().binding(field.binding).outer {
                Some(Reach::Shared) => quote_here!(, ::desugar::__private::Shared),
                Some(Reach::Unique) => quote_here!(, ::desugar::__private::Unique),
                Some(Reach::Open) | None => TokenStream::new(),
            };
            quote_here!(#name: ::desugar::__private::Outer<#ty #kind>,)
        });
        quote_here!(#(#flag: ::desugar::__private::Flag,)* #outer)
    });
    let unions = layout.places.fields.iter().map(|(_, place)| emit_unions(input, place));
    let table = emit_drop_table(input);
    let inspect = input.function.inspect.then(|| emit_inspect(input));
    let odd = layout.places.fields.iter().any(|(name, _)| name.to_string().chars().any(char::is_uppercase));
    let names_as_in_the_source = odd.then(|| quote_here!(#[allow(non_snake_case)]));
    let doc = format!(" What `{}` keeps between two polls.", input.function.sig.ident);
    quote_here! {
        #(#unions)*
        #[doc = #doc]
        #names_as_in_the_source
        struct #frame #parameters {
            state: ::desugar::__private::Tag<#state>,
            #(#places)*
            #(#others)*
            _pinned: ::core::marker::PhantomPinned,
        }
        impl #parameters ::desugar::__private::Frame for #frame #parameters {
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

/// The generics of the frame: a type for every place.
fn generics(input: &Emit<'_>) -> Option<TokenStream> {
    let types: Vec<_> = input.layout.types().collect();
    (!types.is_empty()).then(|| quote_here!(<#(#types),*>))
}

/// The type of a place.
fn emit_place(input: &Emit<'_>, place: &Place) -> TokenStream {
    match place {
        Place::Slot(tenant) => {
            let ty = input.layout.ty(*tenant);
            quote_here!(::desugar::__private::Slot<#ty>)
        }
        Place::Union(union) => {
            let types = place.tenants().into_iter().map(|tenant| input.layout.ty(tenant));
            let union = &union.ty;
            quote_here!(#union<#(#types),*>)
        }
    }
}

/// The unions in a place, innermost first.
///
/// What stands side by side in a member is a tuple: to get to a slot in it no reference to the whole is made, which would
/// be one to what is in the other members.
// Output: union CopyShared<Read, N, WriteAll> {
//             read: ManuallyDrop<Slot<Read>>,
//             with_n: (ManuallyDrop<Slot<N>>, ManuallyDrop<Slot<WriteAll>>),
//         }
fn emit_unions(input: &Emit<'_>, place: &Place) -> TokenStream {
    let union = match place {
        Place::Slot(_) => return TokenStream::new(),
        Place::Union(union) => union,
    };
    let inner = union.members.iter().flat_map(|member| &member.places).map(|place| emit_unions(input, place));
    let inner: TokenStream = inner.collect();
    let members = union.members.iter().map(|member| {
        let name = &member.name;
        let places: Vec<_> = member.places.iter().map(|place| emit_place(input, place)).collect();
        match &places[..] {
            [only] => quote_here!(#name: ::core::mem::ManuallyDrop<#only>,),
            places => {
                let tenants = member.places.iter().flat_map(Place::tenants);
                let names: Vec<_> = tenants.map(|tenant| format!("`{}`", input.layout.tenant_name(tenant))).collect();
                let doc = format!(" {}.", names.join(", "));
                quote_here!(#[doc = #doc] #name: (#(::core::mem::ManuallyDrop<#places>,)*),)
            }
        }
    });
    let types = place.tenants().into_iter().map(|tenant| input.layout.ty(tenant));
    let doc = format!(" {}", about(input, union));
    let ty = &union.ty;
    quote_here! {
        #inner
        #[doc = #doc]
        union #ty<#(#types),*> {
            #(#members)*
        }
    }
}

fn about(input: &Emit<'_>, union: &Union) -> String {
    let places = || union.members.iter().flat_map(|member| &member.places);
    let awaitees = places().all(|place| matches!(place, Place::Slot(Tenant::Awaitee(_))));
    match awaitees && union.members.iter().all(|member| member.places.len() == 1) {
        true => format!("The future `{}` is waiting for: one at a time.", input.function.sig.ident),
        false => "What is never there at the same time.".to_owned(),
    }
}

/// What a future that is dropped has to drop: at each suspension the awaitee, then survivors, newest first.
fn emit_drop_table(input: &Emit<'_>) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let owned = input.marked.parameters.iter().map(|parameter| parameter.argument);
    let owned = owned.filter(|argument| input.storage(*argument) != Some(Storage::Outer));
    let owned = owned.filter(|argument| !input.liveness.plain.contains(argument));
    let mut never_polled: Vec<_> = owned.map(|argument| input.resume("self", Tenant::Binding(argument))).collect();
    if input.function.is_block {
        never_polled.reverse();
    }
    let arms = layout.suspensions.iter().map(|place| {
        let (variant, awaitee) = (&place.variant, input.resume("self", Tenant::Awaitee(place.suspension)));
        let alive: Vec<_> = alive(input, place.suspension).collect();
        match &alive[..] {
            [] => quote_here!(#state::#variant => ::core::mem::drop(#awaitee),),
            alive => {
                let alive = alive.iter().map(|binding| input.resume("self", Tenant::Binding(*binding)));
                quote_here!(#state::#variant => ::core::mem::drop((#awaitee, #(#alive),*)),)
            }
        }
    });
    let first = match &never_polled[..] {
        [] => quote_here!(#state::NeverPolled => {}),
        [only] => quote_here!(#state::NeverPolled => ::core::mem::drop(#only),),
        arguments => quote_here!(#state::NeverPolled => ::core::mem::drop((#(#arguments),*)),),
    };
    let parameters = generics(input);
    quote_here! {
        impl #parameters ::core::ops::Drop for #frame #parameters {
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

/// What is alive at a suspension and may have to be dropped, in the order in which cancelling does it.
pub(super) fn alive<'a>(input: &Emit<'a>, suspension: SuspensionId) -> impl Iterator<Item = BindingId> + 'a {
    let alive = input.liveness.alive.get(&suspension).into_iter().flat_map(|alive| alive.iter().rev().copied());
    let input = *input;
    alive.filter(move |binding| !input.liveness.plain.contains(binding))
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
        let ty = &place.ty;
        let holds = input.liveness.alive.get(&place.suspension).into_iter().flatten().rev();
        let holds = holds.map(|binding| emit_size(input, *binding));
        quote_here!(::desugar::State::new(
            #name, #awaits, &[#(#alive),*], &[#(#next),*],
            &[(#awaits, ::core::mem::size_of::<#ty>()), #(#holds),*],
        ),)
    });
    let arguments: Vec<_> =
        input.marked.parameters.iter().map(|parameter| source_name(input, parameter.argument)).collect();
    let given: Vec<_> = input.marked.parameters.iter().map(|parameter| emit_size(input, parameter.argument)).collect();
    let first: Vec<_> = next.from_start.iter().map(name_of).collect();
    let (finished, panicked) = (variants.len() + 1, variants.len() + 2);
    let parameters = generics(input);
    quote_here! {
        impl #parameters ::desugar::Inspect for #frame #parameters {
            fn states(&self) -> &'static [::desugar::State] {
                const {
                    &[
                        ::desugar::State::new("NeverPolled", "", &[#(#arguments),*], &[#(#first),*], &[#(#given),*]),
                        #(#table)*
                        ::desugar::State::new("Finished", "", &[], &[], &[]),
                        ::desugar::State::new("Panicked", "", &[], &[], &[]),
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

/// A variable in the frame, and its size.
// Output: ("buf", size_of::<Buf>())
fn emit_size(input: &Emit<'_>, binding: BindingId) -> TokenStream {
    let (name, ty) = (source_name(input, binding), input.layout.ty(Tenant::Binding(binding)));
    quote_here!((#name, ::core::mem::size_of::<#ty>()))
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
