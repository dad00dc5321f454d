//! `#[native]`: the function as the compiler itself understands it.
//!
//! A body of the differential tests is written once, under `#[desugar]`. In the native copy that name means this
//! attribute: an `async fn` stays as it is, a plain `fn` gets the `async` which its explicit `.await`s need. One that awaits
//! only in async blocks needs none.

use proc_macro::{Ident, Span, TokenStream, TokenTree};

/// Makes sure that the function is an `async fn`, and changes nothing else.
#[proc_macro_attribute]
pub fn native(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    // Input:  `pub unsafe fn f() { g().await }`
    // Output: `pub async unsafe fn f() { g().await }`
    let tokens: Vec<TokenTree> = item.into_iter().collect();
    let function = position(&tokens, &["fn"]);
    let Some(head) = position(&tokens, &["async", "unsafe", "extern", "fn"]).filter(|&at| Some(at) <= function) else {
        return tokens.into_iter().collect();
    };
    let is_async = tokens[head..].first().is_some_and(|token| is_word(token, "async"));
    let body = tokens.last().and_then(group).unwrap_or_default();
    let is_plain = has_block(body.clone()) && !awaits(body);
    let added = (!is_async && !is_plain).then(|| TokenTree::Ident(Ident::new("async", Span::call_site())));
    let (before, after) = tokens.split_at(head);
    before.iter().cloned().chain(added).chain(after.iter().cloned()).collect()
}

/// The first token outside any group that is one of the words.
fn position(tokens: &[TokenTree], words: &[&str]) -> Option<usize> {
    tokens.iter().position(|token| words.iter().any(|word| is_word(token, word)))
}

/// Whether the token is exactly this word.
fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

fn group(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    }
}

/// Whether there is an async block, at any depth.
fn has_block(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| is_word(&token, "async") || group(&token).is_some_and(has_block))
}

/// Whether there is an await outside of async blocks.
fn awaits(tokens: TokenStream) -> bool {
    let mut in_block = false;
    tokens.into_iter().any(|token| {
        let skipped = in_block && group(&token).is_some();
        in_block = is_word(&token, "async") || in_block && is_word(&token, "move");
        is_word(&token, "await") || !skipped && group(&token).is_some_and(awaits)
    })
}
