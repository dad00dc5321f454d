//! Whether a pattern may fail to match, as far as it can be seen, and the pattern that tells without binding anything.

use syn::{Pat, PatWild};

/// The pattern with `_` for what it binds, or nothing if it always matches.
// Input:  Some((x, 1)) | Some((1, x))
// Output: Some((_, 1)) | Some((1, _))
pub(super) fn refutable(pat: &Pat) -> Option<Pat> {
    let mut pat = pat.clone();
    unbind(&mut pat);
    (!always_matches(&pat)).then_some(pat)
}

fn unbind(pat: &mut Pat) {
    match pat {
        Pat::Ident(ident) => {
            let constant = ident.by_ref.is_none()
                && ident.mutability.is_none()
                && ident.ident.to_string().starts_with(char::is_uppercase);
            match ident.subpat.take() {
                Some((_, mut inner)) => {
                    unbind(&mut inner);
                    *pat = *inner;
                }
                None if constant => {}
                None => {
                    *pat = Pat::Wild(PatWild { attrs: Vec::new(), underscore_token: Default::default() });
                }
            }
        }
        Pat::Or(or) => or.cases.iter_mut().for_each(unbind),
        Pat::Paren(paren) => unbind(&mut paren.pat),
        Pat::Reference(reference) => {
            // The output is only looked at.
            reference.mutability = None;
            unbind(&mut reference.pat);
        }
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(unbind),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(unbind),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(unbind),
        Pat::Struct(structure) => {
            for field in &mut structure.fields {
                // Shorthand `Foo { b }` binds and names the field at once: write it out.
                field.colon_token.get_or_insert_with(Default::default);
                unbind(&mut field.pat);
            }
        }
        Pat::Type(typed) => unbind(&mut typed.pat),
        _ => {}
    }
}

fn always_matches(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Paren(paren) => always_matches(&paren.pat),
        Pat::Reference(reference) => always_matches(&reference.pat),
        Pat::Tuple(tuple) => tuple.elems.iter().all(always_matches),
        _ => false,
    }
}
