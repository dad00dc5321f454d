//! The stages, in order.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ItemFn;

use crate::emit::{Analysed, Editions};
use crate::items::Inside;
use crate::mark::Edition;
use crate::parse::{Arguments, Function, Surroundings};
use crate::refusal::Refusal;
use crate::resolve::{Resolved, ResolvedBlock};
use crate::{cfg, emit, items, layout, liveness, mark, parse, plain, resolve, unfold};

/// The item with its async functions turned into state machines, and what was refused.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let span = item.clone().into_iter().next().map_or_else(proc_macro2::Span::call_site, |first| first.span());
    let (arguments, mut refusals) = parse::parse_arguments(arguments);
    if arguments.skip {
        refusals.push(span, Refusal::Skip);
    }
    let mut tokens = refusals.check(()).map_or_else(|errors| errors.into_compile_error(), |()| TokenStream::new());
    tokens.extend(match parse::parse_item(item.clone()) {
        // The item stays, so that what mentions it is no error too.
        Err(errors) => errors.into_compile_error().into_iter().chain(item).collect(),
        Ok(target) => items::expand(target, &Inside { arguments, surroundings: Surroundings::default() }),
    });
    tokens
}

/// The function with its body turned into a state machine, or its signature with the errors; in as many versions as it
/// has conditions inside.
pub(crate) fn function(arguments: Arguments, item: ItemFn, surroundings: Surroundings) -> TokenStream {
    if plain::is_plain(&item) {
        return plain::expand(arguments, item);
    }
    let version = |item: ItemFn| {
        let machine = stages(arguments, item.clone(), surroundings.clone());
        machine.unwrap_or_else(|errors| emit::refused(item, errors))
    };
    match cfg::versions(&item) {
        Ok(versions) => versions.into_iter().map(version).collect(),
        Err(errors) => emit::refused(item, errors),
    }
}

fn stages(arguments: Arguments, item: ItemFn, surroundings: Surroundings) -> syn::Result<TokenStream> {
    let function = parse::parse(arguments, item, surroundings)?;
    let function = unfold::unfold(&function);
    let resolved = resolve::resolve(&function)?;
    Ok(emit::emit(&analyse(&Rc::new(function), &resolved)?))
}

/// The stages between, once more for older editions where these make a difference.
pub(crate) fn analyse(function: &Rc<Function>, resolved: &Resolved) -> syn::Result<Editions> {
    let since_2024 = analyse_in(Edition::Since2024, function, resolved)?;
    let before = since_2024.by_edition().then(|| analyse_in(Edition::Until2021, function, resolved));
    Ok(Editions { since_2024, before })
}

/// For the function, and for each async block in it, which is a function too.
fn analyse_in(edition: Edition, function: &Rc<Function>, resolved: &Resolved) -> syn::Result<Analysed> {
    let marked = mark::mark(resolved, edition)?;
    let liveness = liveness::liveness(&marked)?;
    let layout = layout::layout(&marked, &liveness, &function.sig.ident, mentions(resolved));
    let blocks = resolved.blocks.iter().map(|block| analyse_in(edition, &block.function, &block.resolved));
    let blocks = blocks.collect::<syn::Result<_>>()?;
    Ok(Analysed { function: function.clone(), marked, liveness, layout, blocks })
}

/// All that a body mentions, in its async blocks too.
pub(crate) fn mentions(resolved: &Resolved) -> TokenStream {
    let inside = |block: &ResolvedBlock| mentions(&block.resolved);
    resolved.body.to_token_stream().into_iter().chain(resolved.blocks.iter().flat_map(inside)).collect()
}
