//! Functions that are no futures themselves, but have async blocks in them: what other attributes make of an `async fn`
//! (`#[tokio::main]`, `#[async_trait]`), and what returns a box or an `impl Future`.
//!
//! In: the function, or the block in `desugar!`. Out: the same, with each async block turned into a machine. What is around
//! the blocks stays as it is: rustc sees it, and what the blocks capture is moved or borrowed before its eyes.

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{Block, ExprAsync, ExprAwait, ExprClosure, Item, ItemFn, Macro};

use crate::emit::{self, PlainBlock};
use crate::expand::analyse;
use crate::refusal::{Refusal, Refusals};
use crate::{known_macros, parse, resolve};

/// Whether a function is none to desugar itself: it is not async and awaits nothing, but async blocks in it may.
pub(crate) fn is_plain(function: &ItemFn) -> bool {
    let found = blocks_and_awaits(&function.block);
    function.sig.asyncness.is_none() && found.blocks && !found.awaits
}

/// The function with its async blocks desugared.
pub(crate) fn expand(arguments: TokenStream, function: ItemFn) -> syn::Result<TokenStream> {
    let mut refusals = Refusals::default();
    if !arguments.is_empty() {
        refusals.push_spanned(arguments, Refusal::Argument);
    }
    let parsed = parse::parse_plain(&function, &mut refusals);
    refusals.check(())?;
    let blocks = resolve::resolve_blocks(&parsed)?.into_iter().map(|block| {
        let span = block.span;
        Ok(PlainBlock { span, analysed: analyse(block.function, block.resolved)? })
    });
    Ok(emit::emit_plain(function, blocks.collect::<syn::Result<_>>()?))
}

/// What a function's own code has: not that of its closures' awaits, its items and its async blocks.
#[derive(Default)]
struct Found {
    blocks: bool,
    awaits: bool,
}

fn blocks_and_awaits(block: &Block) -> Found {
    let mut found = Found::default();
    found.visit_block(block);
    found
}

impl<'ast> Visit<'ast> for Found {
    fn visit_expr_await(&mut self, node: &'ast ExprAwait) {
        self.awaits = true;
        visit::visit_expr_await(self, node);
    }
    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {
        self.blocks = true;
    }
    fn visit_expr_closure(&mut self, node: &'ast ExprClosure) {
        // An await in a closure is a native error, and says nothing of the function.
        let awaits = self.awaits;
        visit::visit_expr_closure(self, node);
        self.awaits = awaits;
    }
    fn visit_item(&mut self, _: &'ast Item) {}
    fn visit_macro(&mut self, mac: &'ast Macro) {
        if let Some(arguments) = known_macros::parse(mac) {
            arguments.arguments.iter().for_each(|argument| self.visit_expr(&argument.value));
        } else if !known_macros::is_textual(mac) {
            self.awaits |= crate::mark::awaits::tokens_await(mac.tokens.clone());
        }
    }
}
