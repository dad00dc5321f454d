//! `async fn f(..) -> R` to `fn f(..) -> impl Future<Output = R>`.
//!
//! What a survivor borrows, it borrows for a lifetime that the signature can name. A function without lifetimes and type
//! parameters needs none (`'static` is the only one there is); one lifetime and no type parameter: it is that lifetime;
//! otherwise a new `'frame` that everything outlives. Elided lifetimes are named after their parameter.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    parse_quote, FnArg, GenericParam, Ident, Lifetime, ParenthesizedGenericArguments, Pat, ReceiverKind, ReturnType,
    Type, TypeFnPtr, TypeImplTrait, TypeReference,
};

use crate::parse::Function;

/// What the other parts need of the signature.
pub(super) struct Signature {
    /// `fn name<..>(..) -> impl Future<Output = ..> where ..`.
    pub(super) head: TokenStream,
    /// An attribute for the function.
    pub(super) refines: Option<TokenStream>,
    /// The output with its lifetimes named.
    pub(super) output: Type,
    /// The lifetime for which survivors borrow.
    pub(super) frame: Option<Lifetime>,
}

/// The signature of the function that builds the machine.
// Input:  async fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>
// Output: fn read<'frame, 'this, 'buf>(&'this mut self, buf: &'buf mut [u8]) -> impl Future<Output = io::Result<usize>>
//         where 'this: 'frame, 'buf: 'frame
pub(super) fn signature(function: &Function, arguments: &[&Ident]) -> Signature {
    let mut sig = function.sig.clone();
    let fn_span = sig.fn_token.span;
    sig.asyncness = None;
    let mut used = BTreeSet::new();
    Lifetimes(&mut used).visit_signature(&sig);
    let declared: Vec<Lifetime> = sig.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    let mut namer = Namer { used: used.clone(), current: String::new(), new: Vec::new(), first: None };
    let mut of_self = None;
    for (argument, parameter) in sig.inputs.iter_mut().zip(&function.parameters) {
        match argument {
            FnArg::Receiver(receiver) => {
                namer.current = "this".to_owned();
                match &mut receiver.kind {
                    ReceiverKind::Reference(and, lifetime, _) => {
                        let span = and.span;
                        of_self = Some(lifetime.get_or_insert_with(|| namer.fresh(span)).clone());
                    }
                    ReceiverKind::Typed(_, ty) => {
                        namer.visit_type_mut(ty);
                        of_self = namer.first.clone();
                    }
                    _ => {}
                }
            }
            FnArg::Typed(typed) => {
                namer.current = match &parameter.pat {
                    Pat::Ident(ident) => ident.ident.to_string(),
                    _ => "argument".to_owned(),
                };
                namer.visit_type_mut(&mut typed.ty);
            }
        }
    }
    // The output's elided lifetime is that of `self`, or the only one.
    let in_inputs = {
        let mut found = BTreeSet::new();
        sig.inputs.iter().for_each(|input| Lifetimes(&mut found).visit_fn_arg(input));
        found
    };
    let elided = of_self.or_else(|| match in_inputs.len() {
        1 => in_inputs.iter().next().map(|name| Lifetime::new(name, Span::mixed_site())),
        _ => None,
    });
    let mut output = function.output.clone();
    if let (Some(ty), Some(elided)) = (&mut output, elided) {
        Elided(elided).visit_type_mut(ty);
    }
    let mut all: Vec<Lifetime> = declared.clone();
    all.extend(namer.new.iter().cloned());
    for name in &used {
        let foreign = name != "'static" && name != "'_" && !all.iter().any(|lifetime| lifetime.to_string() == *name);
        if foreign && !bound_inside(&function.sig, name) {
            all.push(Lifetime::new(name, Span::mixed_site()));
        }
    }
    let generic = sig.generics.type_params().next().is_some()
        || sig.inputs.iter().any(has_impl_trait)
        || sig
            .inputs
            .iter()
            .any(|input| matches!(input, FnArg::Receiver(r) if !matches!(r.kind, ReceiverKind::Reference(..))));
    let frame = match (all.len(), generic) {
        (0, false) => None,
        (1, false) => Some(all[0].clone()),
        _ => {
            namer.current = "frame".to_owned();
            let frame = namer.fresh(Span::mixed_site());
            bound_by(&mut sig, &all, &frame);
            Some(frame)
        }
    };
    for (index, lifetime) in namer.new.iter().enumerate() {
        sig.generics.params.insert(index, GenericParam::Lifetime(syn::LifetimeParam::new(lifetime.clone())));
    }
    name_arguments(&mut sig, arguments);
    let output = output.unwrap_or_else(|| syn::parse2(quote_here!(())).expect("a type"));
    // The `impl` has the span of the user's `fn`, and so the edition by which it captures.
    let inspect = function.inspect.then(|| quote_spanned!(fn_span=> + ::desugar::Inspect));
    let mut captured = all.clone();
    captured.extend(frame.clone().filter(|frame| !all.contains(frame)));
    // Edition 2024 captures every lifetime by itself; before, the type must name them.
    let captures = (!captured.is_empty())
        .then(|| quote_spanned!(fn_span=> + ::desugar::__private::Captures<(#(&#captured (),)*)>));
    let future = quote_spanned!(fn_span=> impl ::core::future::Future<Output = #output> #captures #inspect);
    sig.output = parse_quote!(-> #future);
    let (safety, ident, generics, inputs) = (&sig.safety, &sig.ident, &sig.generics, &sig.inputs);
    let (fn_token, ret, clause) = (&sig.fn_token, &sig.output, &sig.generics.where_clause);
    // In an impl of a trait that says less, naming the captured lifetimes refines it; there is nothing to rely on.
    let refines =
        (!captured.is_empty() && sig.receiver().is_some()).then(|| quote_here!(#[allow(refining_impl_trait)]));
    Signature { refines, head: quote_here!(#safety #fn_token #ident #generics (#inputs) #ret #clause), output, frame }
}

/// The item as it was refused: its real signature, so that callers do not drown in follow-on errors.
pub(crate) fn refused(function: &syn::ItemFn) -> TokenStream {
    let mut function = function.clone();
    function.sig.constness = None;
    function.sig.variadic = None;
    function.sig.abi = None;
    if let ReturnType::Type(_, ty) = &mut function.sig.output {
        Erase.visit_type_mut(ty);
    }
    let output = match &function.sig.output {
        ReturnType::Default => quote_here!(()),
        ReturnType::Type(_, ty) => quote_here!(#ty),
    };
    if function.sig.asyncness.is_none() && output.to_string() != "!" {
        function.sig.output = parse_quote!(-> impl ::core::future::Future<Output = #output>);
        function.block = parse_quote!({ async { ::core::todo!() } });
    } else {
        function.block = parse_quote!({ ::core::todo!() });
    }
    function.attrs.push(parse_quote!(#[allow(unused_variables, unused_mut, clippy::todo)]));
    for input in &mut function.sig.inputs {
        if let FnArg::Typed(typed) = input {
            if !matches!(&*typed.pat, Pat::Ident(_) | Pat::Wild(_)) {
                typed.pat = parse_quote!(_);
            }
        }
    }
    quote_here!(#function)
}

/// `impl Trait` to `Box<dyn Trait>`: a type that a body without a value can have.
struct Erase;

impl VisitMut for Erase {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        if let Type::ImplTrait(node) = ty {
            let bounds = &node.bounds;
            *ty = parse_quote!(::std::boxed::Box<dyn #bounds>);
        }
    }
}

/// Parameters by name: what takes them apart is in the body.
fn name_arguments(sig: &mut syn::Signature, arguments: &[&Ident]) {
    for (argument, name) in sig.inputs.iter_mut().zip(arguments) {
        if let FnArg::Typed(typed) = argument {
            typed.pat = parse_quote!(#name);
        }
    }
}

/// `'a: 'frame, T: 'frame` for everything the frame may borrow from.
fn bound_by(sig: &mut syn::Signature, lifetimes: &[Lifetime], frame: &Lifetime) {
    let by_value = sig
        .inputs
        .iter()
        .any(|input| matches!(input, FnArg::Receiver(r) if !matches!(r.kind, ReceiverKind::Reference(..))));
    for input in &mut sig.inputs {
        if let FnArg::Typed(typed) = input {
            ImplTraits(frame).visit_type_mut(&mut typed.ty);
        }
    }
    // A bound stands where the parameter has its others.
    let (mut inline, mut types) = (Vec::new(), Vec::new());
    for param in sig.generics.type_params_mut() {
        match param.bounds.is_empty() {
            true => types.push(param.ident.clone()),
            false => inline.push(param),
        }
    }
    inline.into_iter().for_each(|param| param.bounds.push(parse_quote!(#frame)));
    let clause = sig.generics.make_where_clause();
    for lifetime in lifetimes {
        clause.predicates.push(parse_quote!(#lifetime: #frame));
    }
    for ty in types {
        clause.predicates.push(parse_quote!(#ty: #frame));
    }
    if by_value {
        clause.predicates.push(parse_quote!(Self: #frame));
    }
}

/// `impl Trait` arguments outlive the frame too.
struct ImplTraits<'a>(&'a Lifetime);

impl VisitMut for ImplTraits<'_> {
    fn visit_type_reference_mut(&mut self, node: &mut TypeReference) {
        visit_mut::visit_type_reference_mut(self, node);
        if let Type::ImplTrait(_) = *node.elem {
            let elem = &node.elem;
            *node.elem = parse_quote!((#elem));
        }
    }
    fn visit_type_impl_trait_mut(&mut self, node: &mut TypeImplTrait) {
        visit_mut::visit_type_impl_trait_mut(self, node);
        let frame = self.0;
        node.bounds.push(parse_quote!(#frame));
    }
}

fn has_impl_trait(input: &FnArg) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut finder = Finder(false);
    finder.visit_fn_arg(input);
    finder.0
}

/// Every lifetime mentioned.
struct Lifetimes<'a>(&'a mut BTreeSet<String>);

impl<'ast> Visit<'ast> for Lifetimes<'_> {
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.0.insert(lifetime.to_string());
    }
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
}

/// Whether a lifetime is bound by a `for<..>` somewhere in the signature.
fn bound_inside(sig: &syn::Signature, name: &str) -> bool {
    struct Finder<'a>(&'a str, bool);
    impl<'ast> Visit<'ast> for Finder<'_> {
        fn visit_bound_lifetimes(&mut self, node: &'ast syn::BoundLifetimes) {
            self.1 |= node
                .lifetimes
                .iter()
                .any(|param| matches!(param, GenericParam::Lifetime(param) if param.lifetime.to_string() == self.0));
            visit::visit_bound_lifetimes(self, node);
        }
    }
    let mut finder = Finder(name, false);
    finder.visit_signature(sig);
    finder.1
}

/// Gives elided lifetimes of arguments a name.
struct Namer {
    used: BTreeSet<String>,
    current: String,
    new: Vec<Lifetime>,
    /// The first lifetime of the type visited last, named or not.
    first: Option<Lifetime>,
}

impl Namer {
    fn fresh(&mut self, span: Span) -> Lifetime {
        let base = self.current.trim_start_matches('_').trim_start_matches("r#");
        let base = if base.is_empty() || syn::parse_str::<Ident>(base).is_err() { "argument" } else { base };
        let mut candidate = format!("'{}", base);
        let mut number = 1;
        while !self.used.insert(candidate.clone()) {
            number += 1;
            candidate = format!("'{}_{}", base, number);
        }
        let lifetime = Lifetime::new(&candidate, span.resolved_at(Span::mixed_site()));
        self.new.push(lifetime.clone());
        lifetime
    }
}

impl VisitMut for Namer {
    fn visit_type_reference_mut(&mut self, node: &mut TypeReference) {
        if node.lifetime.is_none() {
            node.lifetime = Some(self.fresh(node.and_token.span));
        }
        visit_mut::visit_type_reference_mut(self, node);
    }
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.fresh(lifetime.apostrophe);
        }
        self.first.get_or_insert_with(|| lifetime.clone());
    }
    // `Fn(&str)` and `fn(&str)` bind their elided lifetimes themselves.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}

/// Gives the output's elided lifetime its meaning.
struct Elided(Lifetime);

impl VisitMut for Elided {
    fn visit_type_reference_mut(&mut self, node: &mut TypeReference) {
        if node.lifetime.is_none() {
            node.lifetime = Some(self.0.clone());
        }
        visit_mut::visit_type_reference_mut(self, node);
    }
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.0.clone();
        }
    }
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}
