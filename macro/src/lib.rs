//! The `#[desugar]` attribute: a thin shim over `expand`, which is a function on `proc_macro2` tokens.

#[cfg(test)]
mod dump;
mod emit;
mod expand;
mod ids;
mod known_macros;
mod layout;
mod liveness;
mod mark;
mod parse;
mod refusal;
mod resolve;
mod source_text;
#[cfg(test)]
mod tests;
mod unfold;

/// Turns an `async fn`, or a plain `fn` with explicit `.await` points, into the state machine an expert would write.
#[proc_macro_attribute]
pub fn desugar(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::expand(arguments.into(), item.into()).into()
}
