//! `async fn f(..) -> R` to `fn f(..) -> impl Future<Output = R>`.
//!
//! What a survivor borrows, it borrows for a lifetime that rustc finds among those that the future captures. A function
//! without lifetimes and type parameters needs none (`'static` is the only one there is); otherwise it is one that all others
//! outlive, or are taken to (`outlives`); and where there is none, a new `'frame`. Elided lifetimes are named after their
//! parameter (`elided`).

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    parse_quote, FnArg, GenericParam, Generics, Ident, Lifetime, ReturnType, Type, TypeImplTrait, TypeReference,
};

use super::elided::{self, Around};
use super::lengthen::Lengthened;
use super::outlives::{takes_self, Common, Outlives};
use crate::parse::{Function, OwnerKind};

/// What the other parts need of the signature.
pub(super) struct Signature {
    /// `fn name<..>(..) -> impl Future<Output = ..> where ..`.
    pub(super) head: TokenStream,
    /// An attribute for the function.
    pub(super) refines: Option<TokenStream>,
    /// The output with its lifetimes named.
    pub(super) output: Type,
    /// How the lifetimes of the machine differ from those of the signature.
    pub(super) lengthened: Option<Lengthened>,
}

/// The signature of the function that builds the machine.
// Input:  async fn pair<T: Display>(&mut self, key: &str, value: T) -> io::Result<usize>
// Output: fn pair<'this, 'key, 'frame, T: Display + 'frame>(&'this mut self, key: &'key str, value: T)
//         -> future!(io::Result<usize>)
//         where 'this: 'frame, 'key: 'frame
pub(super) fn signature(function: &Function, arguments: &[&Ident]) -> Signature {
    let mut sig = function.sig.clone();
    let declared: Vec<Lifetime> = sig.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    let mut output = function.output.clone();
    let mut named = elided::name(&mut sig, &function.parameters, &mut output, around(function));
    let foreign = foreign(function, &named, &declared);
    // That of `self` first: it is the one to borrow for, if several would do.
    let mut all: Vec<Lifetime> = named.of_self.iter().cloned().collect();
    let others = declared.iter().chain(&named.new).chain(&foreign);
    all.extend(others.filter(|lifetime| Some(*lifetime) != named.of_self.as_ref()).cloned());
    let common = common(function, &mut sig, output.as_ref(), &mut named, &mut all, &foreign);
    named.declare(&mut sig);
    name_arguments(&mut sig, arguments);
    let lengthened = common.and_then(|common| Lengthened::of(common, &sig, output.as_ref()));
    let refines = match function.surroundings.stays_async {
        true => {
            sig.asyncness.get_or_insert(syn::Token![async](sig.fn_token.span));
            if !matches!(&sig.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_))) {
                sig.output = output.as_ref().map_or(ReturnType::Default, |ty| parse_quote!(-> #ty));
            }
            false
        }
        false => {
            sig.asyncness = None;
            let (future, refines) = future(function, output.as_ref(), !all.is_empty());
            sig.output = parse_quote!(-> #future);
            refines
        }
    };
    let refines = refines.then(|| quote_here!(#[allow(refining_impl_trait)]));
    let output = output.unwrap_or_else(|| parse_quote!(()));
    Signature { refines, head: head(&sig), output, lengthened }
}

/// The lifetimes that are declared around the function.
fn around(function: &Function) -> Around {
    match &function.surroundings.owner {
        Some(owner) => Around::Known(owner.generics.lifetimes().map(|param| param.lifetime.to_string()).collect()),
        None if function.sig.receiver().is_some() || names_self(&function.sig) => Around::Unknown,
        None => Around::Known(Default::default()),
    }
}

/// The lifetime for which survivors can borrow, among those of the signature. If they need one and there is none, it gets a
/// new one, that everything is made to outlive.
fn common(
    function: &Function,
    sig: &mut syn::Signature,
    output: Option<&Type>,
    named: &mut elided::Named,
    all: &mut Vec<Lifetime>,
    foreign: &[Lifetime],
) -> Option<Common> {
    let owner = function.surroundings.owner.as_ref();
    let outlives = Outlives::of(sig, output, owner, all, foreign);
    // In an `async fn` no type is named.
    if function.surroundings.stays_async || outlives.is_static() {
        return None;
    }
    if let Some(common) = outlives.common() {
        return Some(common);
    }
    if is_in_trait(function) {
        // Nothing can be added to what the trait says. Where no type parameter is borrowed, rustc finds a lifetime.
        return outlives.common_of_some();
    }
    let frame = named.fresh("frame", Span::mixed_site());
    bound_by(sig, all, &frame);
    if let Some(owner) = owner {
        bound_owner_by(sig, &owner.generics, &frame);
    }
    all.push(frame.clone());
    None
}

fn is_in_trait(function: &Function) -> bool {
    let owner = function.surroundings.owner.as_ref();
    owner.is_some_and(|owner| !matches!(owner.kind, OwnerKind::Inherent(_)))
}

/// The type that is returned, and whether it may say more than a trait does whose method this is. `borrows`: lifetimes are
/// in the signature.
fn future(function: &Function, output: Option<&Type>, borrows: bool) -> (TokenStream, bool) {
    let span = function.sig.fn_token.span;
    let owner = function.surroundings.owner.as_ref();
    let output = output.map_or_else(|| quote_here!(()), |ty| quote_here!(#ty));
    // In a trait all is captured anyway.
    let is_method = owner.is_some() || function.sig.receiver().is_some() || names_self(&function.sig);
    if (borrows || is_method) && !is_in_trait(function) {
        let inspect = function.inspect.then(|| quote_here!(, ::desugar::Inspect));
        let may_refine = owner.is_none() && is_method && inspect.is_some();
        return (quote_spanned!(span=> ::desugar::__private::future!(#output #inspect)), may_refine);
    }
    let inspect = function.inspect.then(|| quote_spanned!(span=> + ::desugar::Inspect));
    let may_refine = inspect.is_some() && matches!(owner.map(|owner| &owner.kind), Some(OwnerKind::TraitImpl(_)));
    (quote_spanned!(span=> impl ::core::future::Future<Output = #output> #inspect), may_refine)
}

/// Whether a signature names `Self`: then it stands in an impl or a trait.
fn names_self(sig: &syn::Signature) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_ident(&mut self, name: &'ast Ident) {
            self.0 |= name == "Self";
        }
    }
    let mut finder = Finder(false);
    finder.visit_signature(sig);
    finder.0
}

fn head(sig: &syn::Signature) -> TokenStream {
    let (asyncness, safety, fn_token, ident) = (&sig.asyncness, &sig.safety, &sig.fn_token, &sig.ident);
    let (generics, inputs, output, clause) = (&sig.generics, &sig.inputs, &sig.output, &sig.generics.where_clause);
    quote_here!(#asyncness #safety #fn_token #ident #generics (#inputs) #output #clause)
}

/// The lifetimes of the signature that are declared outside of it.
fn foreign(function: &Function, named: &elided::Named, declared: &[Lifetime]) -> Vec<Lifetime> {
    let known: Vec<String> = declared.iter().chain(&named.new).map(Lifetime::to_string).collect();
    let foreign = named.used().filter(|name| {
        *name != "'static" && *name != "'_" && !known.contains(name) && !bound_inside(&function.sig, name)
    });
    foreign.map(|name| Lifetime::new(name, Span::mixed_site())).collect()
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
    let by_value = takes_self(sig);
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

/// The same for what the impl around declares.
fn bound_owner_by(sig: &mut syn::Signature, owner: &Generics, frame: &Lifetime) {
    let clause = sig.generics.make_where_clause();
    for param in &owner.params {
        match param {
            GenericParam::Lifetime(param) => {
                let lifetime = &param.lifetime;
                let known = clause.predicates.iter().any(|predicate| match predicate {
                    syn::WherePredicate::Lifetime(predicate) => predicate.lifetime == *lifetime,
                    _ => false,
                });
                if !known {
                    clause.predicates.push(parse_quote!(#lifetime: #frame));
                }
            }
            GenericParam::Type(param) => {
                let ty = &param.ident;
                clause.predicates.push(parse_quote!(#ty: #frame));
            }
            GenericParam::Const(_) => {}
        }
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
