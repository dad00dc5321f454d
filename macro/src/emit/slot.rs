//! How the expansion says where something in the frame is, and makes its guard anew.
//!
//! These write themselves where they stand. As tokens of their own they would be put together and copied for each mention,
//! which is most of what a procedural macro that is not optimised does.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt};
use syn::Token;

use crate::layout::Step;

/// The slot of what has a place in the frame.
// Output: frame.shared.with_n.0
pub(super) struct Slot<'a> {
    /// What the frame is called here.
    pub(super) of: &'static str,
    pub(super) steps: &'a [Step],
}

impl ToTokens for Slot<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(Ident::new(self.of, Span::mixed_site()));
        for step in self.steps {
            Token![.](Span::mixed_site()).to_tokens(tokens);
            match step {
                Step::Field(name) => name.to_tokens(tokens),
                Step::Index(index) => syn::Index::from(*index).to_tokens(tokens),
            }
        }
    }
}

/// The guard of what is in a slot, made anew.
// Output: frame.n.resume()   or, flagged,   frame.n_flag.resume(&frame.n)
pub(super) struct Resumed<'a> {
    pub(super) slot: Slot<'a>,
    pub(super) flag: Option<&'a Ident>,
}

impl ToTokens for Resumed<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let slot = &self.slot;
        match self.flag {
            Some(flag) => {
                let of = Ident::new(slot.of, Span::mixed_site());
                tokens.extend(quote_here!(#of.#flag.resume(&#slot)));
            }
            None => {
                slot.to_tokens(tokens);
                Token![.](Span::mixed_site()).to_tokens(tokens);
                tokens.append(Ident::new("resume", Span::mixed_site()));
                syn::token::Paren(Span::mixed_site()).surround(tokens, |_| ());
            }
        }
    }
}
