//! Async blocks in a function that is no machine: what they capture is an ordinary variable.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{quote_spanned, ToTokens};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAsync, Item, ItemFn, Macro};

use super::{check, closure, frame, here, items, machine, Analysed, Editions, Emit};
use crate::known_macros;

/// An async block of a plain function.
pub(crate) struct PlainBlock {
    /// Its `async`.
    pub(crate) span: Span,
    pub(crate) editions: Editions,
}

/// The function with its async blocks as machines.
pub(crate) fn emit_plain(mut function: ItemFn, blocks: Vec<PlainBlock>) -> TokenStream {
    Blocks(blocks).visit_block_mut(&mut function.block);
    function.into_token_stream()
}

/// Replaces blocks, found by the spans of their `async`, and in the order of the source where a macro has made several of
/// one.
struct Blocks(Vec<PlainBlock>);

impl VisitMut for Blocks {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Async(node) = expr {
            let text = |span: Span| format!("{:?}", span);
            let found = self.0.iter().position(|block| text(block.span) == text(node.async_token.span));
            if let Some(index) = found {
                *expr = Expr::Verbatim(emit_alone(&self.0.remove(index).editions, node));
            }
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        if let Some(mut arguments) = known_macros::parse(mac) {
            arguments.arguments.iter_mut().for_each(|argument| self.visit_expr_mut(&mut argument.value));
            mac.tokens = arguments.print();
        }
    }
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// An async block alone.
// Input:  async move { log.push(n).await }
// Output: { enum FetchBlockState { .. } .. if false { output.check(move || ..); unreachable!() } output.of(machine(..)) }
pub(crate) fn emit_alone(editions: &Editions, node: &ExprAsync) -> TokenStream {
    editions.emit(|analysed| emit_in_edition(analysed, node)).into_token_stream()
}

fn emit_in_edition(analysed: &Analysed, node: &ExprAsync) -> Group {
    let function = &analysed.function;
    let output = function.output.clone().expect("the output of a block is for rustc to infer");
    let rebound = Default::default();
    let input = &Emit::of(analysed, &output, &rebound);
    // `unsafe` has the span of the attribute, as in the machine.
    let unsafe_token = quote_spanned!(Span::call_site()=> unsafe);
    let values = input.marked.parameters.iter().map(|parameter| {
        let (binding, name) = (input.tables().binding(parameter.argument), input.named(parameter.argument));
        // SAFETY: the value of `borrows` has the lifetime of the variable.
        match binding.outer {
            None => name,
            Some(reach) => {
                let place = closure::place_of(&name, reach, binding.mutable);
                quote_here!(#unsafe_token { ::desugar::__private::Outer::of(#place) })
            }
        }
    });
    let values: Vec<_> = values.collect();
    let arguments = input.marked.parameters.iter().map(|parameter| parameter.argument);
    let reached = arguments.filter(|argument| input.tables().binding(*argument).outer.is_some());
    let borrowed: Vec<_> = reached.map(|argument| input.named(argument)).collect();
    let items = items(function);
    let state = frame::emit_state(input);
    let frame = frame::emit_frame(input);
    let machine = machine::emit_machine(input, &values);
    let block = check::checked_block(input);
    let span = here(node.async_token.span);
    let capture = node.capture.map(|token| quote_spanned!(here(token.span)=> move));
    let check = quote_spanned!(span=> #capture || #block);
    let tied = match &borrowed[..] {
        // Its value has the lifetimes of what it borrows, as the checked copy does and as the machine does.
        [_, ..] => quote_here! {
            if false {
                output.borrows(#check)
            } else {
                output.borrowed({ #machine machine }, (#(&#borrowed,)*))
            }
        },
        [] => quote_here! {
            if false {
                output.check(#check);
                ::core::unreachable!()
            }
            output.of({ #machine machine })
        },
    };
    let mut block = Group::new(
        Delimiter::Brace,
        quote_here! {
            #(#items)*
            #state
            #frame
            // Never runs: rustc checks types, moves and borrows of the source here.
            let output = ::desugar::__private::Output::new();
            #tied
        },
    );
    block.set_span(here(function.block.brace_token.span.join()));
    block
}
