//! What a pattern leaves unbound.
//!
//! The value matched by `Some((x, _))` lives to the end of its `match`, and with it what `_` stands for. Where arms await,
//! that must live in the frame, so it gets a name: `Some((x, hole))`, dropped after `x`, as natively.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Pat, PatIdent, Token};

use super::Marker;
use crate::ids::BindingId;
use crate::markers::bindings_in;
use crate::refusal::Refusal;

impl Marker {
    /// Names every hole, and returns the bindings of the pattern in order of declaration: what is left of a value goes
    /// after what is bound, its parts first to last, so they are declared before, last to first.
    // Input:  Some((x, _)) | Err(_) | None | _
    // Output: Some((x, hole)) | Err(hole) | None | hole
    pub(super) fn fill_holes(&mut self, pat: &mut Pat) -> Vec<BindingId> {
        let mut holes = Vec::new();
        match pat {
            Pat::Guard(guard) => self.fill(&mut guard.pat, &mut holes),
            _ => self.fill(pat, &mut holes),
        }
        let bound = bindings_in(&*pat).into_iter().filter(|binding| !holes.contains(binding)).collect::<Vec<_>>();
        holes.into_iter().rev().chain(bound).collect()
    }

    fn fill(&mut self, pat: &mut Pat, holes: &mut Vec<BindingId>) {
        if bindings_in(&*pat).is_empty() {
            if owns_nothing(pat) {
                return;
            }
            let hole = self.hidden("hole", pat.span(), false);
            holes.push(hole);
            let sub = std::mem::replace(pat, wild());
            *pat = named(hole, Some(sub).filter(|sub| !matches!(sub, Pat::Wild(_))));
            return;
        }
        match pat {
            Pat::Paren(paren) => self.fill(&mut paren.pat, holes),
            Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|pat| self.fill(pat, holes)),
            Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|pat| self.fill(pat, holes)),
            Pat::Slice(slice) => slice.elems.iter_mut().for_each(|pat| self.fill(pat, holes)),
            Pat::Struct(structure) => {
                if let Some(rest) = &structure.rest {
                    self.refusals.push_spanned(rest, Refusal::RestPattern);
                }
                structure.fields.iter_mut().for_each(|field| self.fill(&mut field.pat, holes));
            }
            Pat::Or(or) if or.cases.iter().any(has_holes) => {
                self.refusals.push_spanned(&or, Refusal::OrPatternHole);
            }
            // `x` or `x @ ..` binds the whole; what is behind `&` is not owned.
            _ => {}
        }
    }
}

/// Whether something that is matched by value is left unbound.
pub(crate) fn has_holes(pat: &Pat) -> bool {
    if bindings_in(pat).is_empty() {
        return !owns_nothing(pat);
    }
    match pat {
        Pat::Paren(paren) => has_holes(&paren.pat),
        Pat::Guard(guard) => has_holes(&guard.pat),
        Pat::Tuple(tuple) => tuple.elems.iter().any(has_holes),
        Pat::TupleStruct(tuple) => tuple.elems.iter().any(has_holes),
        Pat::Slice(slice) => slice.elems.iter().any(has_holes),
        Pat::Struct(structure) => {
            structure.rest.is_some() || structure.fields.iter().any(|field| has_holes(&field.pat))
        }
        Pat::Or(or) => or.cases.iter().any(has_holes),
        _ => false,
    }
}

/// A pattern without bindings that matches nothing with a destructor: a literal, a constant or unit variant, `&..`.
fn owns_nothing(pat: &Pat) -> bool {
    match pat {
        Pat::Lit(_) | Pat::Path(_) | Pat::Range(_) | Pat::Const(_) | Pat::Reference(_) => true,
        // An upper-case identifier: a constant or a unit variant.
        Pat::Ident(_) => true,
        Pat::Paren(paren) => owns_nothing(&paren.pat),
        Pat::Guard(guard) => owns_nothing(&guard.pat),
        Pat::Or(or) => or.cases.iter().all(owns_nothing),
        Pat::Tuple(tuple) => tuple.elems.iter().all(owns_nothing),
        Pat::TupleStruct(tuple) => tuple.elems.iter().all(owns_nothing),
        Pat::Slice(slice) => slice.elems.iter().all(owns_nothing),
        Pat::Struct(structure) => {
            structure.rest.is_none() && structure.fields.iter().all(|field| owns_nothing(&field.pat))
        }
        _ => false,
    }
}

fn named(binding: BindingId, sub: Option<Pat>) -> Pat {
    Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: binding.marker(Span::mixed_site()),
        subpat: sub.map(|sub| (<Token![@]>::default(), Box::new(sub))),
    })
}

/// `_`.
pub(super) fn wild() -> Pat {
    Pat::Wild(syn::PatWild { attrs: Vec::new(), underscore_token: Default::default() })
}
