//! What both kinds of `select!` have: branches with handlers, an enum that has a variant for each branch, and a `match` on
//! what was selected.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::parse::ParseStream;
use syn::token::Brace;
use syn::{Block, Expr, ExprBlock, Pat, Token};

use crate::layout::{camel, Names};
use crate::mark::awaits::binds_by_ref;

/// `pat = future, if condition => handler`.
pub(super) struct Branch {
    pub(super) pat: Pat,
    pub(super) future: Expr,
    pub(super) condition: Option<Expr>,
    pub(super) handler: Expr,
}

/// The enum by which the handler is chosen.
pub(super) struct Selected {
    pub(super) name: Ident,
    /// Those of the branches.
    pub(super) variants: Vec<Ident>,
    /// For when there is nothing to expect of any branch.
    pub(super) none: Option<Ident>,
}

/// A handler, and the pattern that leads to it.
pub(super) struct Arm {
    pub(super) pat: TokenStream,
    pub(super) handler: Expr,
}

/// A block, or an expression up to a comma.
pub(super) fn parse_handler(input: ParseStream) -> syn::Result<Expr> {
    if input.peek(Brace) {
        let block: Block = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        return Ok(Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block }));
    }
    let handler = input.parse()?;
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(handler)
}

impl Selected {
    /// An enum with a variant for each of the futures of these names, and perhaps for `none` of them.
    pub(super) fn of(futures: &[Ident], none: Option<&str>, items: &mut Names, span: Span) -> Self {
        let none = none.map(|none| Ident::new(none, span));
        let mut taken = Names::avoiding(none.iter().map(Ident::to_string));
        let variants = futures.iter().map(|name| taken.fresh(&camel(&name.to_string()), span)).collect();
        Selected { name: items.fresh("Selected", span), variants, none }
    }

    // Output: enum Selected<Read, Write> { Read(Read), Write(Write), Disabled }
    pub(super) fn definition(&self, span: Span) -> TokenStream {
        let Selected { name, variants, none } = self;
        quote_spanned!(span=> enum #name<#(#variants),*> { #(#variants(#variants),)* #none })
    }
}

/// The `match` on what was selected.
///
/// Natively that is a variable. One that is alive where a handler awaits would be a survivor, of which no pattern can take
/// a part; but a value can be taken apart, and ends as the variable would. Only a pattern that borrows needs the variable.
pub(super) fn emit_match(selected: TokenStream, arms: &[Arm], span: Span) -> TokenStream {
    let borrows = arms.iter().any(|arm| binds_by_ref(&arm.pat));
    let arms = arms.iter().map(|Arm { pat, handler }| quote_spanned!(span=> #pat => #handler,));
    match borrows {
        true => quote_spanned!(span=> let mut selected = #selected; match selected { #(#arms)* }),
        false => quote_spanned!(span=> match #selected { #(#arms)* }),
    }
}
