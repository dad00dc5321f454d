//! A parameter that is taken apart on the first poll: see `resolve::parts`.

use proc_macro2::{Ident, Span};
use quote::{quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{parse_quote_spanned, Expr, Pat};

use super::tree::{Leaf, Let, Value};
use super::Marker;
use crate::ids::{BindingId, Mode};
use crate::resolve::Parts;

impl Marker {
    // Output: let (rest, name) = take_apart(config, |whole| (move || Config { name: never(), ..whole }, whole.name));
    //
    // Dropped from the last to the first: what is mentioned in the order of its first mention, then the others.
    pub(super) fn parts(&mut self, argument: BindingId, parts: &Parts) -> Let {
        let (here, structure) = (Span::mixed_site(), &parts.structure);
        let whole = Ident::new("whole", here);
        let (members, mut bindings): (Vec<_>, Vec<_>) = parts.fields.iter().rev().cloned().unzip();
        bindings.insert(0, parts.rest);
        let names = bindings.iter().map(|binding| binding.marker(here));
        // The closure takes fields one by one if it is of the edition of the source, and that 2021 or later.
        let span = members[0].span();
        let rest = quote_spanned!(span=> move || #structure { #(#members: ::desugar::__private::never(),)* ..#whole });
        let apart = Expr::Verbatim(quote!(|#whole| (#rest, #(#whole.#members),*)));
        let mention = self.mention(argument, Mode::Value, here);
        let pat = Pat::parse_single.parse2(quote!((#(#names),*))).expect("a tuple of names");
        let init = parse_quote_spanned!(here=> ::desugar::__private::take_apart(#mention, #apart));
        Let { pat, ty: None, bindings, init: Some(Value::Leaf(Leaf(init))), diverge: None }
    }
}
