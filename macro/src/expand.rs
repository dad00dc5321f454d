//! The stages, in order.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::emit::{self, Analysed};
use crate::parse::{self, Function};
use crate::resolve::{self, Resolved, ResolvedBlock};
use crate::{layout, liveness, mark, plain};

/// The function with its body turned into a state machine, or its signature with the errors.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stages(arguments, item.clone()).unwrap_or_else(|errors| {
        let mut tokens = errors.into_compile_error();
        // The item stays, so that its callers are not errors too.
        match parse::parse_item(item.clone()) {
            Ok(function) if plain::is_plain(&function) => tokens.extend(item),
            Ok(function) => tokens.extend(emit::refused(&function)),
            Err(_) => tokens.extend(item),
        }
        tokens
    })
}

fn stages(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if let Some(function) = syn::parse2(item.clone()).ok().filter(plain::is_plain) {
        return plain::expand(arguments, function);
    }
    let function = parse::parse(arguments, item)?;
    let resolved = resolve::resolve(&function)?;
    Ok(emit::emit(&analyse(function, resolved)?))
}

/// The stages between: for the function, and for each async block in it, which is a function too.
pub(crate) fn analyse(function: Function, resolved: Resolved) -> syn::Result<Analysed> {
    let marked = mark::mark(&resolved)?;
    let liveness = liveness::liveness(&marked)?;
    let layout = layout::layout(&marked, &liveness, &function.sig.ident, mentions(&resolved));
    let blocks = resolved.blocks.into_iter().map(|block| analyse(block.function, block.resolved));
    let blocks = blocks.collect::<syn::Result<_>>()?;
    Ok(Analysed { function, marked, liveness, layout, blocks })
}

/// All that a body mentions, in its async blocks too.
pub(crate) fn mentions(resolved: &Resolved) -> TokenStream {
    let inside = |block: &ResolvedBlock| mentions(&block.resolved);
    resolved.body.to_token_stream().into_iter().chain(resolved.blocks.iter().flat_map(inside)).collect()
}
