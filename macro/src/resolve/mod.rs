//! Every binding gets an id, and every mention of a local becomes a site: shadowing, patterns, closures and macro
//! bodies are settled here once.
//!
//! In: the function model. Out: the same body, with marker identifiers (see `ids`) where locals are bound and
//! mentioned, and the tables they index. Guarantees: an identifier that is not a marker does not name a local of the
//! function; struct shorthand is written out; a known macro's inline captures are named arguments; no nested coroutine.

mod expr;
mod macros;
mod pattern;
mod scope;

use proc_macro2::{Ident, Span};
use syn::{Block, Pat};

use crate::attributes::remove_inert;
use crate::ids::{Binding, BindingId, Mode, Tables};
use crate::parse::Function;
use crate::refusal::Refusals;
pub(crate) use expr::is_compound_assignment;
use scope::Scopes;

/// A function whose locals are resolved.
pub(crate) struct Resolved {
    pub(crate) tables: Tables,
    pub(crate) parameters: Vec<ResolvedParameter>,
    pub(crate) body: Block,
}

/// A parameter: the argument, and the pattern that takes it apart on the first poll.
pub(crate) struct ResolvedParameter {
    pub(crate) argument: BindingId,
    pub(crate) pattern: Option<Pat>,
}

/// Resolves every local of the function.
pub(crate) fn resolve(function: &Function) -> syn::Result<Resolved> {
    let mut resolver = Resolver {
        depth: 0,
        captured: Vec::new(),
        tables: Tables::default(),
        scopes: Scopes::default(),
        refusals: Refusals::default(),
    };
    resolver.scopes.enter();
    let parameters = function.parameters.iter().enumerate().map(|(index, parameter)| {
        let mut pat = parameter.pat.clone();
        match simple(&pat) {
            Some((name, mutable)) => {
                let binding = Binding {
                    name: if name == "self" { Ident::new("this", name.span()) } else { name.clone() },
                    mutable,
                    receiver: name == "self",
                    parameter: true,
                    hidden: false,
                    reference: parameter.reference,
                    shared: parameter.shared,
                };
                let argument = resolver.tables.bind(binding);
                resolver.scopes.declare(&name, argument);
                ResolvedParameter { argument, pattern: None }
            }
            None => {
                let binding = Binding {
                    name: Ident::new(&format!("argument_{}", index), Span::mixed_site()),
                    mutable: false,
                    receiver: false,
                    parameter: true,
                    hidden: true,
                    reference: parameter.reference,
                    shared: parameter.shared,
                };
                let argument = resolver.tables.bind(binding);
                let pattern = match pat {
                    Pat::Wild(_) => None,
                    _ => {
                        resolver.pattern(&mut pat);
                        Some(pat)
                    }
                };
                ResolvedParameter { argument, pattern }
            }
        }
    });
    let parameters = parameters.collect();
    let mut body = function.block.clone();
    remove_inert(&mut body);
    resolver.block(&mut body);
    resolver.scopes.leave();
    resolver.check_captures();
    resolver.refusals.check(Resolved { tables: resolver.tables, parameters, body })
}

/// A parameter that is one name.
fn simple(pat: &Pat) -> Option<(Ident, bool)> {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => {
            Some((ident.ident.clone(), ident.mutability.is_some()))
        }
        _ => None,
    }
}

pub(crate) struct Resolver {
    /// How many blocks are around.
    depth: usize,
    /// What strings in unknown macros may capture inline.
    captured: Vec<(String, proc_macro2::Span)>,
    tables: Tables,
    scopes: Scopes,
    refusals: Refusals,
}

impl Resolver {
    /// The marker of a mention of `name`, if it is a local.
    fn mention(&mut self, name: &Ident, mode: Mode) -> Option<Ident> {
        let binding = self.scopes.find(name)?;
        Some(self.tables.mention(binding, mode, name.span()).marker(name.span()))
    }
}
