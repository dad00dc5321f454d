//! Every binding gets an id, and every mention of a local becomes a site: shadowing, patterns, closures and macro
//! bodies are settled here once.
//!
//! In: the function model. Out: the same body, with marker identifiers (see `ids`) where locals are bound and
//! mentioned, and the tables they index. Guarantees: an identifier that is not a marker does not name a local of the
//! function; struct shorthand is written out; a known macro's inline captures are named arguments, and those of any other
//! stand beside its strings (`inline`); an async block is the call of a function without a name, which is resolved on its own (`block`).

mod block;
mod expr;
mod macros;
mod parts;
mod pattern;
mod plain;
mod recursion;
mod scope;

use std::rc::Rc;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Block, Pat, Signature};

use crate::attributes::remove_inert;
use crate::ids::{Binding, BindingId, Mode, Tables, SOME_BYTES};
use crate::parse::Function;
use crate::refusal::Refusals;
pub(crate) use expr::is_compound_assignment;
pub(crate) use parts::Parts;
pub(crate) use plain::plain_type;
use recursion::Itself;
use scope::Scopes;

/// A function whose locals are resolved.
pub(crate) struct Resolved {
    pub(crate) tables: Tables,
    pub(crate) parameters: Vec<ResolvedParameter>,
    pub(crate) body: Block,
    /// Its async blocks, as the markers of their calls count them.
    pub(crate) blocks: Vec<ResolvedBlock>,
    /// What is around it may be unsafe, and so its own code, without the word.
    pub(crate) unsafe_around: bool,
}

impl Resolved {
    fn allow_unsafe(&mut self) {
        self.unsafe_around = true;
        self.blocks.iter_mut().for_each(|block| block.resolved.allow_unsafe());
    }
}

/// An async block: a function without a name, whose parameters are what it captures.
pub(crate) struct ResolvedBlock {
    /// Its `async`.
    pub(crate) span: Span,
    pub(crate) function: Rc<Function>,
    pub(crate) resolved: Resolved,
}

/// A parameter: the argument, and the pattern that takes it apart on the first poll.
pub(crate) struct ResolvedParameter {
    pub(crate) argument: BindingId,
    pub(crate) pattern: Option<Pat>,
    /// Its fields as variables of their own.
    pub(crate) parts: Option<Parts>,
}

/// Resolves every local of the function.
pub(crate) fn resolve(function: &Function) -> syn::Result<Resolved> {
    let (mut resolver, mut parameters) = Resolver::of(function);
    for (parameter, resolved) in function.parameters.iter().zip(&mut parameters) {
        resolved.parts = resolver.take_apart(parameter, resolved.argument, &function.block);
    }
    let mut body = function.block.clone();
    remove_inert(&mut body);
    resolver.block(&mut body);
    resolver.scopes.leave();
    let Resolver { tables, blocks, mut refusals, refused_blocks, .. } = resolver;
    refusals.append(refused_blocks);
    let mut resolved = Resolved { tables, parameters, body, blocks, unsafe_around: false };
    if is_unsafe(&function.sig) {
        resolved.allow_unsafe();
    } else if says_unsafe(function.block.to_token_stream()) {
        resolved.blocks.iter_mut().for_each(|block| block.resolved.allow_unsafe());
    }
    refusals.check(resolved)
}

/// Resolves the async blocks of a function that is no future itself: what is around them is for rustc alone.
pub(crate) fn resolve_blocks(function: &Function) -> syn::Result<Vec<ResolvedBlock>> {
    let (mut resolver, _) = Resolver::of(function);
    resolver.block(&mut function.block.clone());
    if is_unsafe(&function.sig) || says_unsafe(function.block.to_token_stream()) {
        resolver.blocks.iter_mut().for_each(|block| block.resolved.allow_unsafe());
    }
    resolver.refused_blocks.check(resolver.blocks)
}

/// Resolves an async block of which nothing around is known but the names of what may be variables.
pub(crate) fn resolve_block(node: &syn::ExprAsync, variables: &[Ident]) -> syn::Result<ResolvedBlock> {
    let mut resolver = Resolver::new(Ident::new("block", Span::mixed_site()));
    for name in variables {
        let binding = resolver.tables.bind(Binding {
            mutable: true,
            receiver: name == "self",
            ..Binding::named(if name == "self" { Ident::new("this", name.span()) } else { name.clone() })
        });
        resolver.scopes.declare(name, binding);
    }
    let name = resolver.name.clone();
    resolver.named_block(node, name);
    let mut blocks = resolver.refused_blocks.check(resolver.blocks)?;
    let mut block = blocks.remove(0);
    block.resolved.allow_unsafe();
    Ok(block)
}

fn is_unsafe(sig: &Signature) -> bool {
    !sig.safety.to_token_stream().is_empty()
}

fn says_unsafe(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word == "unsafe",
        TokenTree::Group(group) => says_unsafe(group.stream()),
        _ => false,
    })
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
    /// The function, or the async block.
    name: Ident,
    /// The function, if it returns its machine.
    itself: Option<Itself>,
    /// How many blocks are around.
    depth: usize,
    tables: Tables,
    scopes: Scopes,
    refusals: Refusals,
    /// Those of the async blocks.
    refused_blocks: Refusals,
    blocks: Vec<ResolvedBlock>,
    /// The fields of parameters that are taken apart.
    parts: parts::Fields,
    /// In an async block: what is around it.
    around: Option<Box<Resolver>>,
    /// In an async block: the variables of what is around that it mentions, by their ids there and here.
    captures: Vec<(BindingId, BindingId)>,
}

impl Resolver {
    /// The parameters seen, and nothing of the body.
    fn of(function: &Function) -> (Self, Vec<ResolvedParameter>) {
        let mut resolver = Resolver::new(function.sig.ident.clone());
        resolver.itself = (!function.surroundings.stays_async).then(|| Itself::of(&function.sig));
        let parameters = function.parameters.iter().enumerate().map(|(index, parameter)| {
            let mut pat = parameter.pat.clone();
            match simple(&pat) {
                Some((name, mutable)) => {
                    let binding = Binding {
                        mutable,
                        receiver: name == "self",
                        parameter: true,
                        reference: parameter.reference,
                        shared: parameter.shared,
                        plain: parameter.plain.is_some(),
                        bytes: parameter.plain.unwrap_or(SOME_BYTES),
                        ..Binding::named(if name == "self" { Ident::new("this", name.span()) } else { name.clone() })
                    };
                    let argument = resolver.tables.bind(binding);
                    resolver.scopes.declare(&name, argument);
                    ResolvedParameter { argument, pattern: None, parts: None }
                }
                None => {
                    let binding = Binding {
                        parameter: true,
                        hidden: true,
                        reference: parameter.reference,
                        shared: parameter.shared,
                        ..Binding::named(Ident::new(&format!("argument_{}", index), Span::mixed_site()))
                    };
                    let argument = resolver.tables.bind(binding);
                    let pattern = match pat {
                        Pat::Wild(_) => None,
                        _ => {
                            resolver.pattern(&mut pat);
                            Some(pat)
                        }
                    };
                    ResolvedParameter { argument, pattern, parts: None }
                }
            }
        });
        let parameters = parameters.collect();
        (resolver, parameters)
    }

    /// Nothing seen yet of the function `name`.
    fn new(name: Ident) -> Self {
        let mut scopes = Scopes::default();
        scopes.enter();
        Resolver {
            name,
            itself: None,
            depth: 0,
            tables: Tables::default(),
            scopes,
            refusals: Refusals::default(),
            refused_blocks: Refusals::default(),
            blocks: Vec::new(),
            parts: parts::Fields::new(),
            around: None,
            captures: Vec::new(),
        }
    }

    /// The local that `name` means. An async block captures the one it finds around itself.
    fn find(&mut self, name: &Ident) -> Option<BindingId> {
        if let Some(binding) = self.scopes.find(name) {
            return Some(binding);
        }
        let around = self.around.as_mut()?;
        let outer = around.find(name)?;
        let binding =
            Binding { parameter: true, outer: None, fields: Vec::new(), ..around.tables.binding(outer).clone() };
        let inner = self.tables.bind(binding);
        self.scopes.declare_outermost(name, inner);
        self.captures.push((outer, inner));
        Some(inner)
    }

    /// The marker of a mention of `name`, if it is a local.
    fn mention(&mut self, name: &Ident, mode: Mode) -> Option<Ident> {
        let binding = self.find(name)?;
        Some(self.tables.mention(binding, mode, name.span()).marker(name.span()))
    }
}
