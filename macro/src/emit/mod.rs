//! Tokens: the only stage that writes any.
//!
//! In: the function, its marked tree, its liveness and its layout. Out: the function again, with a body that builds a
//! machine: the items declared in it, the state enum, the frame with its drop table (`frame`), the copy of the source
//! that is checked and never run (`check`), and the step closure (`body`, `leaf`, `receiver`).

/// Our own tokens: located at the attribute, and never mixed up with the user's names.
macro_rules! quote_here {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

mod assign;
mod bind;
mod body;
mod check;
mod closure;
mod control;
mod elided;
mod frame;
mod leaf;
mod lengthen;
mod machine;
mod outlives;
mod polls;
mod receiver;
mod refused;
mod scrutinee;
mod signature;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};
use syn::Type;

use crate::ids::{BindingId, Tables};
use crate::layout::Layout;
use crate::liveness::{Liveness, Storage};
use crate::mark::Marked;
use crate::parse::Function;

pub(crate) use refused::{refused, require};

/// Everything the emitted tokens are made from.
pub(crate) struct Emit<'a> {
    pub(crate) function: &'a Function,
    pub(crate) marked: &'a Marked,
    pub(crate) liveness: &'a Liveness,
    pub(crate) layout: &'a Layout,
}

/// The desugared function.
pub(crate) fn emit(input: &Emit<'_>) -> TokenStream {
    let signature = signature::signature(input.function, &input.arguments());
    let items = input.items();
    let state = frame::emit_state(input);
    let frame = frame::emit_frame(input, &signature);
    let check = check::emit_check(input, &signature);
    let mut machine = machine::emit_machine(input, &signature);
    if let Some(lengthened) = &signature.lengthened {
        machine = lengthened.emit(machine);
    }
    let (attrs, vis, head, refines) = (&input.function.attrs, &input.function.vis, &signature.head, &signature.refines);
    let awaited = input.function.surroundings.stays_async.then(|| quote_here!(.await));
    let mut body = Group::new(Delimiter::Brace, quote_here!(#(#items)* #state #frame #check #machine machine #awaited));
    body.set_span(input.function.block.brace_token.span.join());
    quote_here! {
        #(#attrs)*
        #refines
        #vis #head #body
    }
}

impl<'a> Emit<'a> {
    fn tables(&self) -> &'a Tables {
        &self.marked.tables
    }

    fn storage(&self, binding: BindingId) -> Option<Storage> {
        self.liveness.storage.get(&binding).copied()
    }

    fn name(&self, binding: BindingId) -> &'a Ident {
        self.layout.name(binding)
    }

    /// What the arguments are called in the signature: by their own name, where the source gives one.
    fn arguments(&self) -> Vec<&'a Ident> {
        let arguments = self.marked.parameters.iter().map(|parameter| {
            let binding = self.tables().binding(parameter.argument);
            if binding.hidden {
                self.name(parameter.argument)
            } else {
                &binding.name
            }
        });
        arguments.collect()
    }

    /// The items at the top of the body, which both halves of the expansion see.
    fn items(&self) -> Vec<&'a syn::Item> {
        let items = self.function.block.stmts.iter().filter_map(|stmt| match stmt {
            syn::Stmt::Item(item) => Some(item),
            _ => None,
        });
        items.collect()
    }

    /// Where an argument waits for the first poll, in the frame `of`.
    fn argument(&self, of: TokenStream, binding: BindingId) -> TokenStream {
        match self.layout.arguments.iter().position(|field| field.binding == binding) {
            Some(index) => {
                let index = syn::Index::from(index);
                quote_here!(#of.awaitee.arguments.#index)
            }
            None => {
                let name = self.name(binding);
                quote_here!(#of.#name)
            }
        }
    }

    /// The awaitee of a suspension, as a place in the frame.
    fn awaitee(&self, name: &Ident) -> TokenStream {
        if self.layout.shares() {
            quote_here!(frame.awaitee.#name)
        } else {
            quote_here!(frame.awaitee)
        }
    }

    /// The output as a closure says it: `impl Trait` has no name there, and is what is returned.
    // Input:  Result<impl Iterator<Item = u32>, Error>
    // Output: Result<_, Error>
    fn output(&self, signature: &signature::Signature) -> TokenStream {
        struct Infer;
        impl VisitMut for Infer {
            fn visit_type_mut(&mut self, ty: &mut Type) {
                match ty {
                    Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
                    _ => visit_mut::visit_type_mut(self, ty),
                }
            }
        }
        match signature.output.clone() {
            Some(mut ty) => {
                Infer.visit_type_mut(&mut ty);
                ty.to_token_stream()
            }
            None => quote_here!(()),
        }
    }
}

/// How the return type takes `?`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// The operator itself: a step returns `Poll<Result<..>>`, which std knows.
    Native,
    /// `Option`: spelled out.
    Option,
    /// Anything else: through our own traits.
    Traits,
}

impl Question {
    fn of(output: Option<&Type>) -> Question {
        match output {
            Some(Type::Path(path)) => match path.path.segments.last() {
                Some(last) if last.ident.to_string().ends_with("Result") => Question::Native,
                Some(last) if last.ident == "Option" => Question::Option,
                _ => Question::Traits,
            },
            _ => Question::Traits,
        }
    }
}

/// Where our own tokens stand: never seen by the user's names, nor seeing them.
fn here(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
