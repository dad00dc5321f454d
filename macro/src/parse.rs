//! Tokens to the function model: what the attribute stands on, taken to its parts.
//!
//! In: the attribute's arguments and its item. Out: a [`Function`] whose signature can become a future's. Refuses what
//! cannot be one: const, variadic, extern and unsafe functions, and functions without a body.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, FnArg, Ident, ItemFn, Pat, ReceiverKind, ReturnType, Signature, Token, Type, Visibility};

use crate::refusal::{Refusal, Refusals};

/// A function to desugar, as the user wrote it.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) parameters: Vec<Parameter>,
    /// The output; `None` is `()`.
    pub(crate) output: Option<Type>,
    pub(crate) block: Block,
    /// `#[desugar(inspect)]`: the future tells its state.
    pub(crate) inspect: bool,
}

/// One parameter, `self` included.
#[derive(Clone)]
pub(crate) struct Parameter {
    /// What binds it; `self` is the identifier pattern `self`.
    pub(crate) pat: Pat,
    /// Whether its type is a reference in the source.
    pub(crate) reference: bool,
    /// Whether that reference is shared.
    pub(crate) shared: bool,
}

/// The attribute's arguments and its item, as a [`Function`].
pub(crate) fn parse(arguments: TokenStream, item: TokenStream) -> syn::Result<Function> {
    let mut refusals = Refusals::default();
    let inspect = parse_arguments(arguments, &mut refusals);
    let item = parse_item(item)?;
    check_signature(&item.sig, &mut refusals);
    let output = match &item.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some((**ty).clone()),
    };
    if let Some(ty) = &output {
        check_output(ty, &mut refusals);
    }
    check_cfg(&item, &mut refusals);
    let parameters = item.sig.inputs.iter().map(parse_parameter).collect();
    refusals.check(Function {
        attrs: item.attrs.into_iter().map(outer).collect(),
        vis: item.vis,
        sig: item.sig,
        parameters,
        output,
        block: *item.block,
        inspect,
    })
}

/// The item, as far as it is a function with a body.
pub(crate) fn parse_item(item: TokenStream) -> syn::Result<ItemFn> {
    syn::parse2(item.clone()).map_err(|error| {
        let mut refusals = Refusals::default();
        let span = item.clone().into_iter().next().map_or_else(|| item.span(), |token| token.span());
        match (syn::parse2::<syn::TraitItemFn>(item.clone()), syn::parse2::<syn::Item>(item)) {
            (Ok(function), _) if function.default.is_none() => {
                refusals.push(function.sig.ident.span(), Refusal::TraitMethod)
            }
            (_, Ok(_)) => refusals.push(span, Refusal::NotAFunction),
            _ => refusals.combine(error),
        }
        refusals.check(()).unwrap_err()
    })
}

fn parse_arguments(arguments: TokenStream, refusals: &mut Refusals) -> bool {
    let parser = syn::punctuated::Punctuated::<TokenIdent, Token![,]>::parse_terminated;
    let names = match parser.parse2(arguments.clone()) {
        Ok(names) => names,
        Err(_) => {
            refusals.push(arguments.span(), Refusal::Argument);
            return false;
        }
    };
    let mut inspect = false;
    for TokenIdent(name) in names {
        match name.to_string().as_str() {
            "inspect" => inspect = true,
            _ => refusals.push(name.span(), Refusal::Argument),
        }
    }
    inspect
}

struct TokenIdent(Ident);

impl syn::parse::Parse for TokenIdent {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        input.parse().map(TokenIdent)
    }
}

fn check_signature(sig: &Signature, refusals: &mut Refusals) {
    if let Some(token) = &sig.constness {
        refusals.push(token.span, Refusal::ConstFn);
    }
    if let Some(abi) = &sig.abi {
        refusals.push(abi.extern_token.span, Refusal::ExternFn);
    }
    if let Some(variadic) = &sig.variadic {
        refusals.push_spanned(variadic, Refusal::Variadic);
    }
}

/// The machine's closure names its output: what cannot be named there is refused.
fn check_output(ty: &Type, refusals: &mut Refusals) {
    struct Visitor<'a>(&'a mut Refusals);
    impl<'ast> Visit<'ast> for Visitor<'_> {
        fn visit_type_impl_trait(&mut self, node: &'ast syn::TypeImplTrait) {
            self.0.push(node.impl_token.span, Refusal::ReturnImplTrait);
        }
        fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {
            // `fn() -> !` is a type like any other.
        }
    }
    if let Type::Never(never) = ty {
        refusals.push(never.bang_token.span, Refusal::NeverReturn);
    }
    visit::visit_type(&mut Visitor(refusals), ty);
}

/// An attribute inside the braces stands before the function in the expansion.
fn outer(mut attr: Attribute) -> Attribute {
    attr.style = syn::AttrStyle::Outer;
    attr
}

/// What `#[cfg]` removes is removed only after the attribute has run, and cannot be analysed as if it were there.
fn check_cfg(item: &ItemFn, refusals: &mut Refusals) {
    struct Visitor<'a>(&'a mut Refusals);
    impl<'ast> Visit<'ast> for Visitor<'_> {
        fn visit_attribute(&mut self, attr: &'ast Attribute) {
            if attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr") {
                self.0.push_spanned(attr, Refusal::Cfg);
            }
        }
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut visitor = Visitor(refusals);
    item.sig.inputs.iter().for_each(|input| visitor.visit_fn_arg(input));
    visitor.visit_block(&item.block);
}

fn parse_parameter(argument: &FnArg) -> Parameter {
    match argument {
        FnArg::Typed(typed) => {
            let (reference, shared) = reference(&typed.ty);
            Parameter { pat: (*typed.pat).clone(), reference, shared }
        }
        FnArg::Receiver(receiver) => {
            let (reference, shared) = match &receiver.kind {
                ReceiverKind::Reference(_, _, mutability) => (true, mutability.is_none()),
                ReceiverKind::Typed(_, ty) => reference(ty),
                _ => (false, false),
            };
            let ident: Ident = receiver.self_token.into();
            let pat = Pat::Ident(syn::PatIdent {
                attrs: Vec::new(),
                by_ref: None,
                mutability: receiver.mutability,
                ident,
                subpat: None,
            });
            Parameter { pat, reference, shared }
        }
    }
}

/// Whether a type is a reference, and a shared one.
fn reference(ty: &Type) -> (bool, bool) {
    match ty {
        Type::Reference(reference) => (true, reference.mutability.is_none()),
        _ => (false, false),
    }
}
