//! Signatures without a machine: of a function that was refused, and of a trait's method that has no body.

use proc_macro2::TokenStream;
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote, FnArg, ItemFn, Pat, ReturnType, Signature, Type};

/// The errors, and the item as it was refused: its real signature, so that callers do not drown in follow-on errors.
/// Where the item is not there, as `#[cfg]` says, its errors are not either.
pub(crate) fn refused(mut function: ItemFn, errors: syn::Error) -> TokenStream {
    let cfg: Vec<_> = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect();
    let errors = errors.into_iter().map(|error| {
        let error = error.into_compile_error();
        quote_here!(#(#cfg)* #error)
    });
    let errors: TokenStream = errors.collect();
    function.sig.constness = None;
    function.sig.variadic = None;
    function.sig.abi = None;
    if let ReturnType::Type(_, ty) = &mut function.sig.output {
        Erase.visit_type_mut(ty);
    }
    let output = output(&function.sig);
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
    quote_here!(#errors #function)
}

/// The signature of a trait's method without a body. In a trait, `impl Future` captures what an `async fn` does.
// Input:  async fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>
// Output: fn read(&mut self, buf: &mut [u8]) -> impl Future<Output = io::Result<usize>>
pub(crate) fn require(sig: &mut Signature) {
    let output = output(sig);
    sig.asyncness = None;
    sig.output = parse_quote!(-> impl ::core::future::Future<Output = #output>);
}

fn output(sig: &Signature) -> TokenStream {
    match &sig.output {
        ReturnType::Default => quote_here!(()),
        ReturnType::Type(_, ty) => quote_here!(#ty),
    }
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
