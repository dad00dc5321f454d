//! `..` in the pattern of a parameter, above an await.
//!
//! It leaves fields without a name that live to the end of the function. A closure holds them, whose body is a literal with
//! what is left of the value: it takes each field that is not named, and drops them in the order of the struct.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Index, Member, Pat, Token};

use super::awaits::binds_by_ref;
use super::holes::has_holes;
use super::Marker;
use crate::ids::BindingId;
use crate::markers::bindings_in;

/// A pattern and its value, taken apart.
pub(super) struct Split {
    pub(super) pat: Pat,
    pub(super) value: Expr,
    /// What holds the fields without a name.
    pub(super) rests: Vec<BindingId>,
}

impl Marker {
    /// A pattern in which there is `..`, without it: `None` if there is none, or it cannot be done.
    // Input:  Parcel { content, .. } = argument
    // Output: (rest, content) = take_apart(argument, |whole| { .. (move || Parcel { content: never(), ..whole }, whole.content) })
    pub(super) fn split(&mut self, pat: &Pat, value: Expr) -> Option<Split> {
        if binds_by_ref(pat) || !leaves_fields(pat) {
            return None;
        }
        let fields = fields(pat)?;
        let whole = Ident::new("whole", Span::mixed_site());
        let (mut pats, mut values, mut rests) = (Vec::new(), Vec::new(), Vec::new());
        if fields.leaves {
            // Of what is left here and what is left further in, the order is not known.
            let named = fields.named.iter().filter(|(_, pat)| !bindings_in(pat).is_empty());
            let named: Vec<_> = named.collect();
            if named.is_empty() || named.iter().any(|(_, pat)| has_holes(pat)) {
                return None;
            }
            let rest = self.hidden("rest", Span::mixed_site(), false);
            let (path, members) = (&fields.path, named.iter().map(|(member, _)| member));
            // It takes fields one by one if it is of the edition of the source, and that 2021 or later.
            let span = path.span();
            values.push(quote_spanned!(span=> move || #path { #(#members: ::desugar::__private::never(),)* ..#whole }));
            let marker = rest.marker(Span::mixed_site());
            pats.push(quote!(#marker));
            rests.push(rest);
            for (member, pat) in named {
                pats.push(quote!(#pat));
                values.push(quote!(#whole.#member));
            }
        } else {
            for (member, pat) in &fields.named {
                let value = syn::parse_quote!(#whole.#member);
                if leaves_fields(pat) {
                    let inner = self.split(pat, value)?;
                    let (pat, value) = (inner.pat, inner.value);
                    pats.push(quote!(#pat));
                    values.push(quote!(#value));
                    rests.extend(inner.rests);
                } else {
                    pats.push(quote!(#pat));
                    values.push(quote!(#value));
                }
            }
        }
        let pat = Pat::parse_single.parse2(quote!((#(#pats,)*))).ok()?;
        let check = check_parts(&whole);
        let apart = Expr::Verbatim(quote!(|#whole| { #check (#(#values,)*) }));
        let value = syn::parse_quote!(::desugar::__private::take_apart(#value, #apart));
        Some(Split { pat, value, rests })
    }
}

/// Refuses what has a destructor of its own: of that only copies can be taken, and it stays as it is.
pub(super) fn check_parts(whole: &Ident) -> TokenStream {
    quote! {
        {
            use ::desugar::__private::{DropsItself as _, DropsParts as _};
            ::desugar::__private::check_parts(&(&::desugar::__private::Whole::of_value(&#whole)).kind());
        }
    }
}

/// The fields of a struct's pattern.
struct Fields<'p> {
    /// Its name: a tuple has none.
    path: Option<syn::Path>,
    named: Vec<(Member, &'p Pat)>,
    /// There is `..`.
    leaves: bool,
}

fn fields(pat: &Pat) -> Option<Fields<'_>> {
    match pat {
        Pat::Paren(paren) => fields(&paren.pat),
        Pat::Struct(node) => Some(Fields {
            path: Some(node.path.clone()),
            named: node.fields.iter().map(|field| (field.member.clone(), &*field.pat)).collect(),
            leaves: node.rest.is_some(),
        }),
        Pat::TupleStruct(node) => by_index(&node.elems, Some(node.path.clone())),
        // There is no literal of a tuple with what is left of another one.
        Pat::Tuple(node) => by_index(&node.elems, None).filter(|fields| !fields.leaves),
        _ => None,
    }
}

/// Fields without names. Behind a `..` they cannot be counted.
fn by_index(elems: &Punctuated<Pat, Token![,]>, path: Option<syn::Path>) -> Option<Fields<'_>> {
    let leaves = matches!(elems.last(), Some(Pat::Rest(_)));
    let named = elems.iter().take(elems.len() - usize::from(leaves)).enumerate();
    let named = named.map(|(index, pat)| match pat {
        Pat::Rest(_) => None,
        pat => Some((Member::Unnamed(Index { index: index as u32, span: pat.span() }), pat)),
    });
    Some(Fields { path, named: named.collect::<Option<_>>()?, leaves })
}

/// Whether a pattern binds something, and leaves fields without a name.
pub(super) fn leaves_fields(pat: &Pat) -> bool {
    if bindings_in(pat).is_empty() {
        return false;
    }
    match pat {
        Pat::Paren(paren) => leaves_fields(&paren.pat),
        Pat::Struct(node) => node.rest.is_some() || node.fields.iter().any(|field| leaves_fields(&field.pat)),
        Pat::TupleStruct(syn::PatTupleStruct { elems, .. }) | Pat::Tuple(syn::PatTuple { elems, .. }) => {
            elems.iter().any(|pat| matches!(pat, Pat::Rest(_)) || leaves_fields(pat))
        }
        _ => false,
    }
}
