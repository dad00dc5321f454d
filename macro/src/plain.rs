//! Functions that are no futures themselves, but have async blocks in them: what other attributes make of an `async fn`
//! (`#[tokio::main]`, `#[async_trait]`), and what returns a box or an `impl Future`.
//!
//! In: the function, or the block in `block!`. Out: the same, with each async block turned into a machine. What is around
//! the blocks stays as it is: rustc sees it, and what the blocks capture is moved or borrowed before its eyes.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, Item, ItemFn, Macro};

use crate::emit::{self, PlainBlock};
use crate::expand::analyse;
use crate::ids::path_ident;
use crate::parse::Arguments;
use crate::refusal::{Refusal, Refusals};
use crate::{cfg, known_macros, parse, resolve, unfold};

/// Whether a function is none to desugar itself: it is not async and awaits nothing, but async blocks in it may.
pub(crate) fn is_plain(function: &ItemFn) -> bool {
    let found = blocks_and_awaits(&function.block);
    function.sig.asyncness.is_none() && found.blocks && !found.awaits
}

/// The function with its async blocks desugared, in as many versions as those have conditions; or as it was, with the errors.
pub(crate) fn expand(arguments: Arguments, function: ItemFn) -> TokenStream {
    let versions = match has_conditions(&function) {
        true => cfg::versions(&function),
        false => Ok(vec![function.clone()]),
    };
    let version = |function| expand_version(arguments, function);
    let expanded = versions.and_then(|versions| versions.into_iter().map(version).collect::<syn::Result<_>>());
    expanded
        .unwrap_or_else(|errors| errors.into_compile_error().into_iter().chain(function.into_token_stream()).collect())
}

fn has_conditions(function: &ItemFn) -> bool {
    struct Blocks(bool);
    impl<'ast> Visit<'ast> for Blocks {
        fn visit_expr_async(&mut self, node: &'ast ExprAsync) {
            self.0 |= cfg::has_conditions(&node.block);
        }
    }
    let mut blocks = Blocks(false);
    blocks.visit_item_fn(function);
    blocks.0
}

fn expand_version(arguments: Arguments, function: ItemFn) -> syn::Result<TokenStream> {
    let mut refusals = Refusals::default();
    if arguments.inspect {
        refusals.push(function.sig.ident.span(), Refusal::InspectPlain);
    }
    if arguments.max_size.is_some() {
        refusals.push(function.sig.ident.span(), Refusal::MaxSizePlain);
    }
    blocks_and_awaits(&function.block)
        .hidden
        .iter()
        .for_each(|path| refusals.push_spanned(path, Refusal::BlockInMacro));
    refusals.check(())?;
    let parsed = unfold::unfold(&parse::parse_plain(&function));
    let blocks = resolve::resolve_blocks(&parsed)?.into_iter().map(|block| {
        let span = block.span;
        Ok(PlainBlock { span, editions: analyse(&block.function, &block.resolved)? })
    });
    Ok(emit::emit_plain(function, blocks.collect::<syn::Result<_>>()?))
}

/// The block in `block!`, as an expression: nothing is known of what is around it.
pub(crate) fn expand_block(tokens: TokenStream) -> TokenStream {
    block(tokens).unwrap_or_else(|errors| errors.into_compile_error())
}

// Input:  async move { log.push(read(n).await) }
// Output: { enum BlockState { .. } .. machine(BlockFrame { log: Slot::full(log), n: Slot::full(n), .. }, ..) }
fn block(tokens: TokenStream) -> syn::Result<TokenStream> {
    let mut refusals = Refusals::default();
    let mut node = match syn::parse2::<Expr>(tokens.clone())? {
        Expr::Async(node) if node.capture.is_some() => node,
        Expr::Async(node) => {
            refusals.push(node.async_token.span, Refusal::BlockWithoutMove);
            return refusals.check(TokenStream::new());
        }
        other => {
            refusals.push_spanned(other, Refusal::NotABlock);
            return refusals.check(TokenStream::new());
        }
    };
    cfg::check_block(&node.block, &mut refusals);
    refusals.check(())?;
    unfold::unfold_block(&mut node.block);
    let block = resolve::resolve_block(&node, &variables(&node.block))?;
    Ok(emit::emit_alone(&analyse(&block.function, &block.resolved)?, &node))
}

/// The names that may be those of variables around a block: what it mentions in lower case, and does not only call.
fn variables(block: &Block) -> Vec<Ident> {
    struct Names(Vec<Ident>, BTreeSet<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                Expr::Call(call) if path_ident(&call.func).is_some() => {
                    call.args.iter().for_each(|argument| self.visit_expr(argument))
                }
                Expr::Path(_) => self.0.extend(path_ident(expr).cloned()),
                _ => visit::visit_expr(self, expr),
            }
        }
        fn visit_macro(&mut self, mac: &'ast Macro) {
            if let Some(arguments) = known_macros::parse(mac) {
                arguments.arguments.iter().for_each(|argument| self.visit_expr(&argument.value));
                self.0.extend(arguments.captured());
            }
        }
        fn visit_item(&mut self, item: &'ast Item) {
            if let Item::Fn(function) = item {
                self.1.insert(function.sig.ident.to_string());
            }
        }
    }
    let mut names = Names(Vec::new(), BTreeSet::new());
    names.visit_block(block);
    let Names(found, functions) = names;
    let is_variable = |name: &Ident| {
        let name = name.to_string();
        !name.starts_with(char::is_uppercase) && !functions.contains(&name)
    };
    found.into_iter().filter(is_variable).collect()
}

/// What a function's own code has: not that of its closures' awaits, its items and its async blocks.
#[derive(Default)]
struct Found {
    blocks: bool,
    awaits: bool,
    /// The macros that are not known and have a block in them.
    hidden: Vec<syn::Path>,
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
            match known_macros::hides_async(&mac.tokens) {
                true => self.hidden.push(mac.path.clone()),
                false => self.awaits |= crate::mark::awaits::tokens_await(mac.tokens.clone()),
            }
        }
    }
}
