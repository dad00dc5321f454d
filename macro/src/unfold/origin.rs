//! Which crate's macro is meant.
//!
//! A path tells: the segment before the macro's name. A name without a path is taken for that of one crate, and rustc is
//! asked whether it is: beside everything of that crate, imported by a `*`, the name must not become ambiguous.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{parse_quote_spanned, Item, Path};

/// Where a macro is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// `core::pin`, or std's.
    Pin,
    Tokio,
    Futures,
    /// `futures_lite` and `pin_utils`, whose macros that pin are like those of the others.
    Others,
}

/// A macro's path, and what it is taken for.
pub(super) struct Origin<'a> {
    path: &'a Path,
    pub(super) library: Library,
}

impl<'a> Origin<'a> {
    /// Where the macro is from, if its path tells; `bare` is for a name without a path.
    pub(super) fn of(path: &'a Path, bare: Library) -> Option<Self> {
        let library = match path.segments.iter().nth_back(1) {
            None => bare,
            Some(segment) => match segment.ident.to_string().as_str() {
                "pin" => Library::Pin,
                "tokio" => Library::Tokio,
                "futures" | "futures_util" => Library::Futures,
                "futures_lite" | "smol" | "pin_utils" => Library::Others,
                _ => return None,
            },
        };
        Some(Origin { path, library })
    }

    /// An item that is an error if the macro does not exist, or is none of its library.
    pub(super) fn check(&self) -> Item {
        let span = self.path.span().resolved_at(Span::mixed_site());
        let path = self.path;
        if self.path.segments.len() > 1 {
            return parse_quote_spanned!(span=> #[allow(unused_imports)] use #path as _;);
        }
        let library = self.library(span);
        parse_quote_spanned! {span=>
            #[allow(unused_imports)]
            const _: () = {
                use #path as _;
                {
                    use #library::*;
                    use #path as _;
                }
            };
        }
    }

    /// The crate, or module, that the macro is from.
    pub(super) fn library(&self, span: Span) -> TokenStream {
        let mut path = self.path.clone();
        path.segments.pop();
        path.segments.pop_punct();
        match self.library {
            _ if !path.segments.is_empty() => quote::quote_spanned!(span=> #path),
            Library::Pin => quote::quote_spanned!(span=> ::core::pin),
            Library::Tokio => quote::quote_spanned!(span=> ::tokio),
            Library::Futures | Library::Others => quote::quote_spanned!(span=> ::futures),
        }
    }
}
