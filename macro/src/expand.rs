//! The stages, in order.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::emit::Emit;
use crate::{emit, layout, liveness, mark, parse, resolve, unfold};

/// The function with its body turned into a state machine, or its signature with the errors.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    stages(arguments, item.clone()).unwrap_or_else(|errors| {
        let mut tokens = errors.into_compile_error();
        // The item stays, so that its callers are not errors too.
        match parse::parse_item(item.clone()) {
            Ok(function) => tokens.extend(emit::refused(&function)),
            Err(_) => tokens.extend(item),
        }
        tokens
    })
}

fn stages(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let function = parse::parse(arguments, item)?;
    let function = unfold::unfold(&function);
    let resolved = resolve::resolve(&function)?;
    let marked = mark::mark(&resolved)?;
    let liveness = liveness::liveness(&marked)?;
    let layout = layout::layout(&marked, &liveness, &function.sig.ident, resolved.body.to_token_stream());
    Ok(emit::emit(&Emit { function: &function, marked: &marked, liveness: &liveness, layout: &layout }))
}
