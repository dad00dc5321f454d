//! Tokens to the function model: what the attribute stands on, taken to its parts.
//!
//! In: the attribute's arguments and its item. Out: a [`Function`] whose signature can become a future's. Refuses what
//! cannot be one: const, variadic and extern functions, and functions without a body.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprLit, FnArg, Generics, Ident, Item, ItemFn, ItemImpl, ItemMacro, ItemMod, ItemTrait,
    Lit, Pat, ReceiverKind, ReturnType, Signature, Stmt, StmtMacro, Token, TraitItemFn, Type, TypeParamBound,
    Visibility,
};

use crate::attributes::insist_on_async;
use crate::known_macros;
use crate::refusal::{Refusal, Refusals};
use crate::resolve::plain_type;

/// What the attribute says beside its name.
#[derive(Clone, Copy, Default)]
pub(crate) struct Arguments {
    /// `#[desugar(inspect)]`: the future tells its state.
    pub(crate) inspect: bool,
    /// `#[desugar(max_size = 512)]`: how many bytes the future may have.
    pub(crate) max_size: Option<usize>,
    /// `#[desugar(skip)]`: the item stays as it is, in one that is desugared.
    pub(crate) skip: bool,
}

/// What the attribute stands on.
pub(crate) enum Target {
    Function(ItemFn),
    /// A method of a trait, without a body.
    Required(TraitItemFn),
    Impl(ItemImpl),
    Trait(ItemTrait),
    Mod(ItemMod),
}

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
    /// `#[desugar(max_size = 512)]`: how many bytes the future may have.
    pub(crate) max_size: Option<usize>,
    /// An async block: its parameters are what it captures, last first, since it drops the first one first.
    pub(crate) is_block: bool,
    pub(crate) surroundings: Surroundings,
}

/// What is known of what the function stands in.
#[derive(Clone, Default)]
pub(crate) struct Surroundings {
    /// The impl or trait, if the attribute stands on that. Otherwise nothing is known: not even whether there is one.
    pub(crate) owner: Option<Owner>,
    /// Another attribute will read the function, and may insist on an `async fn`.
    pub(crate) stays_async: bool,
}

/// The impl or trait around a method.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) kind: OwnerKind,
    pub(crate) generics: Generics,
}

#[derive(Clone)]
pub(crate) enum OwnerKind {
    /// `impl Type`, with the type.
    Inherent(Type),
    /// `impl Trait for Type`, with the type.
    TraitImpl(Type),
    /// `trait`, with what it asks of `Self`.
    Trait(Punctuated<TypeParamBound, Token![+]>),
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
    /// The bytes of its type, if that is plain: see [`Binding::plain`](crate::ids::Binding).
    pub(crate) plain: Option<usize>,
    /// The struct it is, if it is by value and its type is a name: it may be taken apart into its fields.
    pub(crate) structure: Option<syn::Path>,
}

/// A function under the attribute.
pub(crate) fn parse(arguments: Arguments, item: ItemFn, mut surroundings: Surroundings) -> syn::Result<Function> {
    let mut refusals = Refusals::default();
    check_signature(&item.sig, &mut refusals);
    surroundings.stays_async |= insist_on_async(&item.attrs);
    if arguments.inspect && surroundings.stays_async {
        refusals.push(item.sig.ident.span(), Refusal::InspectAsync);
    }
    let output = match &item.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(match &**ty {
            Type::Never(never) => syn::parse_quote_spanned!(never.bang_token.span=> ::desugar::__private::Diverging),
            ty => ty.clone(),
        }),
    };
    let parameters = item.sig.inputs.iter().map(parse_parameter).collect();
    let mut block = *item.block;
    ItemMacros.visit_block_mut(&mut block);
    refusals.check(Function {
        attrs: item.attrs.into_iter().map(outer).collect(),
        vis: item.vis,
        sig: item.sig,
        parameters,
        output,
        block,
        inspect: arguments.inspect,
        max_size: arguments.max_size,
        is_block: false,
        surroundings,
    })
}

/// A macro that is a statement and is handed items, as `thread_local! { static COUNT: .. }`, declares them: so it is an
/// item too, which is seen in the whole of its block.
struct ItemMacros;

impl VisitMut for ItemMacros {
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        visit_mut::visit_stmt_mut(self, stmt);
        if let Stmt::Macro(node) = stmt {
            if known_macros::declares(&node.mac) {
                let StmtMacro { attrs, mac, semi_token } = node.clone();
                *stmt = Stmt::Item(Item::Macro(ItemMacro { attrs, ident: None, mac, semi_token }));
            }
        }
    }
}

/// A function that is no future itself: nothing of its signature is refused.
pub(crate) fn parse_plain(item: &ItemFn) -> Function {
    Function {
        attrs: Vec::new(),
        vis: item.vis.clone(),
        sig: item.sig.clone(),
        parameters: item.sig.inputs.iter().map(parse_parameter).collect(),
        output: None,
        block: (*item.block).clone(),
        inspect: false,
        max_size: None,
        is_block: false,
        surroundings: Surroundings::default(),
    }
}

/// The item, as far as it is one that holds async functions.
pub(crate) fn parse_item(item: TokenStream) -> syn::Result<Target> {
    let error = match syn::parse2(item.clone()) {
        Ok(function) => return Ok(Target::Function(function)),
        Err(error) => error,
    };
    let span = item.clone().into_iter().next().map_or_else(|| item.span(), |token| token.span());
    let mut refusals = Refusals::default();
    match (syn::parse2::<TraitItemFn>(item.clone()), syn::parse2::<Item>(item)) {
        (Ok(method), _) if method.default.is_none() => return Ok(Target::Required(method)),
        (_, Ok(Item::Impl(item))) => return Ok(Target::Impl(item)),
        (_, Ok(Item::Trait(item))) => return Ok(Target::Trait(item)),
        (_, Ok(Item::Mod(item))) => return Ok(Target::Mod(item)),
        (_, Ok(_)) => refusals.push(span, Refusal::NotAFunction),
        _ => refusals.combine(error),
    }
    Err(refusals.check(()).unwrap_err())
}

/// The attribute's arguments, as far as they are known ones.
pub(crate) fn parse_arguments(arguments: TokenStream) -> (Arguments, Refusals) {
    let (mut known, mut refusals) = (Arguments::default(), Refusals::default());
    let parser = Punctuated::<Argument, Token![,]>::parse_terminated;
    let all = match parser.parse2(arguments.clone()) {
        Ok(all) => all,
        Err(_) => {
            refusals.push(arguments.span(), Refusal::Argument);
            return (known, refusals);
        }
    };
    for Argument { name, value } in all {
        match (name.to_string().as_str(), value) {
            ("inspect", None) => known.inspect = true,
            ("skip", None) => known.skip = true,
            ("max_size", value) => match value.as_ref().and_then(bytes) {
                Some(bytes) => known.max_size = Some(bytes),
                None => refusals.push(value.map_or(name.span(), |value| value.span()), Refusal::MaxSize),
            },
            _ => refusals.push(name.span(), Refusal::Argument),
        }
    }
    (known, refusals)
}

/// `name`, or `name = value`.
struct Argument {
    name: Ident,
    value: Option<Expr>,
}

impl syn::parse::Parse for Argument {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        let name = input.parse()?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Argument { name, value })
    }
}

fn bytes(value: &Expr) -> Option<usize> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
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

/// An attribute inside the braces stands before the function in the expansion.
fn outer(mut attr: Attribute) -> Attribute {
    attr.style = syn::AttrStyle::Outer;
    attr
}

fn parse_parameter(argument: &FnArg) -> Parameter {
    match argument {
        FnArg::Typed(typed) => {
            let (reference, shared) = reference(&typed.ty);
            let plain = plain_type(&typed.ty);
            Parameter { pat: (*typed.pat).clone(), reference, shared, plain, structure: structure(&typed.ty) }
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
            let structure = matches!(receiver.kind, ReceiverKind::Value)
                .then(|| syn::Path::from(Ident::new("Self", receiver.self_token.span)));
            Parameter { pat, reference, shared, plain: None, structure }
        }
    }
}

/// A type that is a name without arguments: unlike `Arc<T>` and its kin, it has its fields itself.
fn structure(ty: &Type) -> Option<syn::Path> {
    match ty {
        Type::Path(ty) if ty.qself.is_none() => {
            let plain = ty.path.segments.iter().all(|segment| segment.arguments.is_none());
            let associated = ty.path.segments.len() > 1 && ty.path.segments[0].ident == "Self";
            (plain && !associated).then(|| ty.path.clone())
        }
        _ => None,
    }
}

/// Whether a type is a reference, and a shared one.
fn reference(ty: &Type) -> (bool, bool) {
    match ty {
        Type::Reference(reference) => (true, reference.mutability.is_none()),
        _ => (false, false),
    }
}
