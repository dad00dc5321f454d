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
mod escape;
mod frame;
mod invocation;
mod leaf;
mod lengthen;
mod machine;
mod nodes;
mod outlives;
mod plain;
mod polls;
mod receiver;
mod refused;
mod resume;
mod scrutinee;
mod signature;
mod slot;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::Type;

use crate::ids::{BindingId, SuspensionId, Tables};
use crate::layout::Layout;
use crate::liveness::{Liveness, Storage, Tenant};
use crate::mark::Marked;
use crate::parse::Function;
use signature::Signature;
use slot::{Resumed, Slot};

pub(crate) use plain::{emit_alone, emit_plain, PlainBlock};
pub(crate) use refused::{refused, require};

/// What the stages have found of a function, or of an async block.
pub(crate) struct Analysed {
    pub(crate) function: Rc<Function>,
    pub(crate) marked: Marked,
    pub(crate) liveness: Liveness,
    pub(crate) layout: Layout,
    /// The async blocks in it.
    pub(crate) blocks: Vec<Analysed>,
}

impl Analysed {
    /// Whether it, or a block in it, is another one in another edition.
    pub(crate) fn by_edition(&self) -> bool {
        self.marked.by_edition || self.blocks.iter().any(Analysed::by_edition)
    }
}

/// What the stages have found, in as many editions as it is not the same in.
pub(crate) struct Editions {
    pub(crate) since_2024: Analysed,
    pub(crate) before: Option<syn::Result<Analysed>>,
}

impl Editions {
    /// What stands in braces, or where that depends on the edition, a choice between two of it, which rustc makes: since
    /// edition 2024, `_` is an expression.
    // Output: { macro_rules! desugared_by_edition { ($any:expr => $since_2024:tt $before:tt) => { $since_2024 }; .. }
    //           desugared_by_edition! { _ => { .. } { .. } } }
    fn emit(&self, emit: impl Fn(&Analysed) -> Group) -> Group {
        let since_2024 = emit(&self.since_2024);
        let before = match &self.before {
            None => return since_2024,
            Some(Ok(before)) => emit(before),
            Some(Err(errors)) => Group::new(Delimiter::Brace, errors.to_compile_error()),
        };
        // Of whose edition the macro is.
        let braces = self.since_2024.function.block.brace_token.span.join();
        let (name, dollar) =
            (Ident::new("desugared_by_edition", here(braces)), proc_macro2::Punct::new('$', Spacing::Alone));
        let choice = quote_spanned! {braces=>
            macro_rules! #name {
                (#dollar any:expr => #dollar since_2024:tt #dollar before:tt) => { #dollar since_2024 };
                (_ => #dollar since_2024:tt #dollar before:tt) => { #dollar before };
            }
        };
        let mut group = Group::new(Delimiter::Brace, quote_here!(#choice #name! { _ => #since_2024 #before }));
        group.set_span(since_2024.span());
        group
    }
}

/// Everything the emitted tokens are made from.
#[derive(Clone, Copy)]
struct Emit<'a> {
    function: &'a Function,
    marked: &'a Marked,
    liveness: &'a Liveness,
    layout: &'a Layout,
    blocks: &'a [Analysed],
    /// The type of the body's value.
    output: &'a Type,
    /// The closures that have been made to capture variables as a whole, by their spans as text, since spans cannot be
    /// compared.
    rebound: &'a RefCell<BTreeSet<String>>,
}

/// The desugared function.
pub(crate) fn emit(editions: &Editions) -> TokenStream {
    let function = &editions.since_2024.function;
    let signature = signature::signature(function, &arguments(&editions.since_2024));
    let body = editions.emit(|analysed| emit_body(analysed, &signature));
    let (attrs, vis, head, refines) = (&function.attrs, &function.vis, &signature.head, &signature.refines);
    quote_here! {
        #(#attrs)*
        #refines
        #vis #head #body
    }
}

/// What builds the machine.
fn emit_body(analysed: &Analysed, signature: &Signature) -> Group {
    let function = &analysed.function;
    let rebound = RefCell::default();
    let output = inferred(&signature.output);
    let input = &Emit::of(analysed, &output, &rebound);
    let items = items(function);
    let state = frame::emit_state(input);
    let frame = frame::emit_frame(input);
    let values = input.marked.parameters.iter().map(|parameter| match &signature.lengthened {
        Some(lengthened) if input.tables().binding(parameter.argument).receiver => {
            lengthened.receiver().map_or_else(|| input.named(parameter.argument), |this| this.to_token_stream())
        }
        _ => input.named(parameter.argument),
    });
    let values: Vec<_> = values.collect();
    let mut machine = machine::emit_machine(input, &values);
    let check = check::emit_check(input);
    if let Some(lengthened) = &signature.lengthened {
        machine = lengthened.emit(machine);
    }
    let budget = budget(function);
    let awaited = function.surroundings.stays_async.then(|| quote_here!(.await));
    let result = match input.output_is_opaque() && !check.is_empty() {
        true => quote_here!(::desugar::__private::outputs(machine, output)),
        false => quote_here!(machine),
    };
    let mut body =
        Group::new(Delimiter::Brace, quote_here!(#(#items)* #state #frame #check #machine #budget #result #awaited));
    body.set_span(function.block.brace_token.span.join());
    body
}

/// The assertion that the machine is no larger than the source allows. Its size is known where the function is compiled
/// with the types it is called with, so this is an error then, and on the function's name.
// Output: fn fits<M>(_: &M) { const { assert!(size_of::<M>() <= 512, "`fetch` is larger than `max_size`") } } fits(&machine);
fn budget(function: &Function) -> Option<TokenStream> {
    let max = function.max_size?;
    let name = &function.sig.ident;
    let message = format!("`{}` is larger than its `max_size` of {} bytes", name, max);
    let assertion = quote_spanned! {here(name.span())=>
        const { ::core::assert!(::core::mem::size_of::<M>() <= #max, #message) }
    };
    Some(quote_here! {
        fn fits<M>(_: &M) { #assertion }
        fits(&machine);
    })
}

/// An async block: an expression whose value is its machine. `values`: what it captures.
// Input:  __block_0(log.take(), n)
// Output: { enum FetchBlockState { .. } struct FetchBlockFrame<..> { .. } .. machine(FetchBlockFrame { .. }, |frame, cx| ..) }
fn emit_block(analysed: &Analysed, around: &Emit<'_>, values: &[TokenStream]) -> TokenStream {
    let Analysed { function, .. } = analysed;
    let output = function.output.clone().expect("the output of a block is for rustc to infer");
    let input = &Emit::of(analysed, &output, around.rebound);
    let items = items(function);
    let state = frame::emit_state(input);
    let frame = frame::emit_frame(input);
    let machine = machine::emit_machine(input, values);
    let mut block = Group::new(Delimiter::Brace, quote_here!(#(#items)* #state #frame #machine machine));
    block.set_span(here(function.block.brace_token.span.join()));
    block.into_token_stream()
}

/// What the arguments are called in the signature: by their own name, where the source gives one.
fn arguments(analysed: &Analysed) -> Vec<&Ident> {
    let arguments = analysed.marked.parameters.iter().map(|parameter| {
        let binding = analysed.marked.tables.binding(parameter.argument);
        if binding.hidden {
            analysed.layout.name(parameter.argument)
        } else {
            &binding.name
        }
    });
    arguments.collect()
}

/// The items at the top of the body, which both halves of the expansion see.
fn items(function: &Function) -> Vec<&syn::Item> {
    let items = function.block.stmts.iter().filter_map(|stmt| match stmt {
        syn::Stmt::Item(item) => Some(item),
        _ => None,
    });
    items.collect()
}

impl<'a> Emit<'a> {
    fn of(analysed: &'a Analysed, output: &'a Type, rebound: &'a RefCell<BTreeSet<String>>) -> Self {
        let Analysed { function, marked, liveness, layout, blocks } = analysed;
        Emit { function, marked, liveness, layout, blocks, output, rebound }
    }

    fn tables(&self) -> &'a Tables {
        &self.marked.tables
    }

    /// Whether something in the output is `impl Trait`, of which the signature alone says what it must be: and the body has
    /// nothing in it that would be of another type in the copy that is checked.
    fn output_is_opaque(&self) -> bool {
        #[derive(Default)]
        struct Found {
            opaque: bool,
            own_type: bool,
        }
        impl<'ast> Visit<'ast> for Found {
            fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
                self.opaque = true;
            }
            fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {
                self.own_type = true;
            }
            fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {
                self.own_type = true;
            }
            fn visit_macro(&mut self, _: &'ast syn::Macro) {
                self.own_type = true;
            }
        }
        let mut found = Found::default();
        self.function.output.iter().for_each(|output| found.visit_type(output));
        found.visit_block(&self.function.block);
        found.opaque && !found.own_type
    }

    fn storage(&self, binding: BindingId) -> Option<Storage> {
        self.liveness.storage.get(&binding).copied()
    }

    fn name(&self, binding: BindingId) -> &'a Ident {
        self.layout.name(binding)
    }

    /// An argument as the signature calls it.
    fn named(&self, argument: BindingId) -> TokenStream {
        let binding = self.tables().binding(argument);
        match binding {
            binding if binding.receiver => quote_spanned!(binding.name.span()=> self),
            binding if binding.hidden => self.name(argument).to_token_stream(),
            binding => binding.name.to_token_stream(),
        }
    }

    /// The slot of what has a place in the frame `of`.
    fn slot(&self, of: &'static str, tenant: Tenant) -> Slot<'a> {
        Slot { of, steps: &self.layout.places.paths[&tenant] }
    }

    /// The slot of a survivor.
    fn place(&self, binding: BindingId) -> Slot<'a> {
        self.slot("frame", Tenant::Binding(binding))
    }

    /// Puts a value in a survivor's slot.
    // Output: frame.n.init(value)   or, of a type that must be `Copy`,   frame.n.init_copy(value)
    fn init(&self, binding: BindingId, value: impl ToTokens) -> TokenStream {
        let place = self.place(binding);
        match self.liveness.plain.contains(&binding) {
            true => quote_here!(#place.init_copy(#value)),
            false => quote_here!(#place.init(#value)),
        }
    }

    /// The slot of an awaitee.
    fn awaitee(&self, suspension: SuspensionId) -> Slot<'a> {
        self.slot("frame", Tenant::Awaitee(suspension))
    }

    /// The guard of what is in the frame `of`, made anew.
    fn resume(&self, of: &'static str, tenant: Tenant) -> Resumed<'a> {
        let flag = match tenant {
            Tenant::Binding(binding) => self.layout.flag(binding),
            Tenant::Awaitee(_) => None,
        };
        Resumed { slot: self.slot(of, tenant), flag }
    }

    fn guard(&self, binding: BindingId) -> Resumed<'a> {
        self.resume("frame", Tenant::Binding(binding))
    }
}

/// The output as a closure says it: `impl Trait` has no name there, and is what is returned.
// Input:  Result<impl Iterator<Item = u32>, Error>
// Output: Result<_, Error>
fn inferred(output: &Type) -> Type {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
                _ => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut output = output.clone();
    Infer.visit_type_mut(&mut output);
    output
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
    fn of(output: &Type) -> Question {
        match output {
            Type::Path(path) => match path.path.segments.last() {
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
