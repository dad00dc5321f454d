//! A parameter that is taken apart: see `resolve::parts`.

use proc_macro2::{Ident, Span};
use quote::{quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{parse_quote_spanned, Block, Expr, Pat, Stmt as Source};

use super::rest::check_parts;
use super::tree::Let;
use super::Marker;
use crate::ids::{BindingId, Mode};
use crate::markers::sites_in;
use crate::resolve::Parts;

impl Marker {
    /// Declares the parts beside the argument, and takes it apart before the first statement that mentions one.
    // Output: let (rest, name);
    //         (rest, name) = take_apart(config, |whole| { .. (move || Config { name: never(), ..whole }, whole.name) });
    //
    // Dropped from the last to the first: what is mentioned in the order of its first mention, then the others.
    pub(super) fn parts(&mut self, argument: BindingId, parts: &Parts, body: &mut Block) -> Let {
        let (here, structure) = (Span::mixed_site(), &parts.structure);
        let whole = Ident::new("whole", here);
        let (members, mut bindings): (Vec<_>, Vec<_>) = parts.fields.iter().rev().cloned().unzip();
        bindings.insert(0, parts.rest);
        let mentions =
            |stmt: &Source| sites_in(stmt).iter().any(|site| bindings.contains(&self.tables.site(*site).binding));
        let first = body.stmts.iter().position(mentions).expect("a part is mentioned");
        // The closure takes fields one by one if it is of the edition of the source, and that 2021 or later.
        let span = members[0].span();
        let rest = quote_spanned!(span=> move || #structure { #(#members: ::desugar::__private::never(),)* ..#whole });
        let check = check_parts(&whole);
        let apart = Expr::Verbatim(quote!(|#whole| { #check (#rest, #(#whole.#members),*) }));
        let mention = self.mention(argument, Mode::Value, here);
        let sites: Vec<_> = bindings.iter().map(|binding| self.mention(*binding, Mode::Assign, here)).collect();
        let assign: Expr =
            parse_quote_spanned!(here=> (#(#sites),*) = ::desugar::__private::take_apart(#mention, #apart));
        body.stmts.insert(first, Source::Expr(assign, Some(Default::default())));
        let names = bindings.iter().map(|binding| binding.marker(here));
        let pat = Pat::parse_single.parse2(quote!((#(#names),*))).expect("a tuple of names");
        Let::of(pat, bindings, None)
    }
}
