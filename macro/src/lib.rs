//! The `#[desugar]` attribute and the `block!` macro: a thin shim over functions on `proc_macro2` tokens.

mod attributes;
mod cfg;
#[cfg(test)]
mod dump;
mod emit;
mod expand;
mod ids;
mod inline;
mod items;
mod known_macros;
mod layout;
mod liveness;
mod mark;
mod markers;
mod parse;
mod plain;
mod refusal;
mod resolve;
mod source_text;
#[cfg(test)]
mod tests;
mod unfold;

/// Turns an `async fn`, or a plain `fn` with explicit `.await` points, into the state machine an expert would write.
///
/// On an impl, a trait or a module, it does so for every `async fn` in it; `#[desugar(skip)]` leaves one out.
#[proc_macro_attribute]
pub fn desugar(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::expand(arguments.into(), item.into()).into()
}

/// Turns an `async move` block into such a machine, anywhere: the value of the expression is the future.
///
/// It captures by value what it mentions in lower case, but for functions and closures that it only calls; what only a
/// macro that is not known mentions is not seen.
#[proc_macro]
pub fn block(block: proc_macro::TokenStream) -> proc_macro::TokenStream {
    plain::expand_block(block.into()).into()
}
