//! Values of named types inside of what a pattern matches, of which it binds parts.
//!
//! One that has a destructor of its own can only be copied from, and keeps it. Whether it has is asked of its type, which a
//! pattern leads to that binds nothing else.

use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Pat, PatIdent, Token};

use super::holes::wild;
use crate::markers::bindings_in;

/// The patterns that lead to them, each with the name `inner` there.
// Input:  Some(Point { x, y: Height(n) })
// Output: Some(inner), Some(Point { y: inner, .. })
pub(crate) fn patterns_to_inner(pat: &Pat) -> Vec<Pat> {
    let mut found = Vec::new();
    lead(pat, false, &|inner| inner, &mut found);
    found
}

/// `is_inside`: of a value that is another one's part. `around`: what leads there.
fn lead(pat: &Pat, is_inside: bool, around: &dyn Fn(Pat) -> Pat, found: &mut Vec<Pat>) {
    if bindings_in(pat).is_empty() {
        return;
    }
    match pat {
        Pat::Paren(node) => lead(&node.pat, is_inside, around, found),
        Pat::Guard(node) => lead(&node.pat, is_inside, around, found),
        Pat::Or(node) => node.cases.iter().for_each(|case| lead(case, is_inside, around, found)),
        Pat::Tuple(node) => {
            elements(&node.elems, &|elems| around(Pat::Tuple(syn::PatTuple { elems, ..node.clone() })), found)
        }
        Pat::Slice(node) => {
            elements(&node.elems, &|elems| around(Pat::Slice(syn::PatSlice { elems, ..node.clone() })), found)
        }
        Pat::TupleStruct(node) => {
            if is_inside && !is_of_std(&node.path) {
                found.push(around(inner()));
            }
            elements(
                &node.elems,
                &|elems| around(Pat::TupleStruct(syn::PatTupleStruct { elems, ..node.clone() })),
                found,
            )
        }
        Pat::Struct(node) => {
            if is_inside {
                found.push(around(inner()));
            }
            for field in &node.fields {
                let with = |pat: Pat| {
                    let mut node = node.clone();
                    let field = syn::FieldPat {
                        pat: Box::new(pat),
                        colon_token: Some(Default::default()),
                        attrs: Vec::new(),
                        ..field.clone()
                    };
                    node.fields = std::iter::once(field).collect();
                    node.rest = Some(syn::PatRest { attrs: Vec::new(), dot2_token: Default::default() });
                    node.fields.push_punct(Default::default());
                    around(Pat::Struct(node))
                };
                lead(&field.pat, true, &with, found);
            }
        }
        _ => {}
    }
}

fn elements(
    elems: &Punctuated<Pat, Token![,]>,
    around: &dyn Fn(Punctuated<Pat, Token![,]>) -> Pat,
    found: &mut Vec<Pat>,
) {
    for (at, pat) in elems.iter().enumerate() {
        let with = |pat: Pat| {
            let mut elems = elems.clone();
            for (index, elem) in elems.iter_mut().enumerate() {
                if index == at {
                    *elem = pat.clone();
                } else if !matches!(elem, Pat::Rest(_)) {
                    *elem = wild();
                }
            }
            around(elems)
        };
        lead(pat, true, &with, found);
    }
}

/// Those have no destructors of their own.
fn is_of_std(path: &syn::Path) -> bool {
    let names = ["Some", "None", "Ok", "Err"];
    path.get_ident().is_some_and(|path| names.iter().any(|name| path == name))
}

fn inner() -> Pat {
    Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: Ident::new("inner", Span::mixed_site()),
        subpat: None,
    })
}
