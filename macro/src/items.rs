//! The attribute on an impl, a trait or a module: every `async fn` in it becomes what the attribute would make of it.
//!
//! In: the item, and the attribute's arguments. Out: the item, with each `async fn` replaced by its expansion, or by its
//! errors and its signature; everything else as it was. The functions are expanded here and not handed on with an
//! attribute each: a method's expansion depends on the generics of its impl, which an attribute on the method cannot see,
//! and what `cargo expand` shows is the same.
//!
//! A plain `fn` stays plain here, unless it has the attribute itself: what a function under it says goes for that function.
//! Its async blocks do become machines.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, ItemTrait, Meta, TraitItem, TraitItemFn,
    Visibility,
};

use crate::attributes::{insist_on_async, is_desugar};
use crate::emit;
use crate::parse::{parse_arguments, Arguments, Owner, OwnerKind, Surroundings, Target};
use crate::refusal::{Refusal, Refusals};
use crate::{expand, plain};

/// What goes for the items in one: what the attribute says, and what they stand in.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) arguments: Arguments,
    pub(crate) surroundings: Surroundings,
}

/// The item with its async functions expanded.
pub(crate) fn expand(target: Target, inside: &Inside) -> TokenStream {
    match target {
        Target::Function(function) => expand::function(inside.arguments, function, inside.surroundings.clone()),
        Target::Required(method) => required(method, inside),
        Target::Impl(item) => in_impl(item, inside).to_token_stream(),
        Target::Trait(item) => in_trait(item, inside).to_token_stream(),
        Target::Mod(item) => in_mod(item, inside).to_token_stream(),
    }
}

// Input:  impl Shelf { async fn count(&self) -> usize { .. }  fn new() -> Self { .. } }
// Output: impl Shelf { fn count<'this>(&'this self) -> impl Future<Output = usize> { .. }  fn new() -> Self { .. } }
fn in_impl(mut item: ItemImpl, inside: &Inside) -> ItemImpl {
    let ty = (*item.self_ty).clone();
    let kind = match item.trait_ {
        Some(_) => OwnerKind::TraitImpl(ty),
        None => OwnerKind::Inherent(ty),
    };
    let inside = inside.owned_by(Owner { kind, generics: item.generics.clone() }, &item.attrs);
    for item in &mut item.items {
        if let ImplItem::Fn(method) = item {
            let is_async = has_async(&function(method));
            if let Some(inside) = inside.applies(&mut method.attrs, is_async) {
                let target = Target::Function(function(method));
                *item = ImplItem::Verbatim(expand(target, &inside));
            }
        }
    }
    item
}

fn in_trait(mut item: ItemTrait, inside: &Inside) -> ItemTrait {
    let kind = OwnerKind::Trait(item.supertraits.clone());
    let inside = inside.owned_by(Owner { kind, generics: item.generics.clone() }, &item.attrs);
    for item in &mut item.items {
        if let TraitItem::Fn(method) = item {
            let is_async = match provided(method) {
                Some(function) => has_async(&function),
                None => method.sig.asyncness.is_some(),
            };
            if let Some(inside) = inside.applies(&mut method.attrs, is_async) {
                let target = match provided(method) {
                    Some(function) => Target::Function(function),
                    None => Target::Required(method.clone()),
                };
                *item = TraitItem::Verbatim(expand(target, &inside));
            }
        }
    }
    item
}

fn in_mod(mut item: ItemMod, inside: &Inside) -> ItemMod {
    let inside = inside.seen_by(&item.attrs);
    let items = item.content.iter_mut().flat_map(|(_, items)| items);
    for item in items {
        let (attrs, is_async) = match item {
            Item::Fn(item) => {
                let is_async = has_async(item);
                (&mut item.attrs, is_async)
            }
            Item::Impl(item) => (&mut item.attrs, true),
            Item::Trait(item) => (&mut item.attrs, true),
            Item::Mod(item) => (&mut item.attrs, true),
            _ => continue,
        };
        if let Some(inside) = inside.applies(attrs, is_async) {
            let target = match std::mem::replace(item, Item::Verbatim(TokenStream::new())) {
                Item::Fn(function) => Target::Function(function),
                Item::Impl(item) => Target::Impl(item),
                Item::Trait(item) => Target::Trait(item),
                Item::Mod(item) => Target::Mod(item),
                _ => continue,
            };
            *item = Item::Verbatim(expand(target, &inside));
        }
    }
    item
}

/// A method without a body is the same as natively: its future is whatever an impl returns.
// Input:  async fn count(&self, label: &str) -> usize;
// Output: fn count(&self, label: &str) -> impl Future<Output = usize>;
fn required(mut method: TraitItemFn, inside: &Inside) -> TokenStream {
    let mut refusals = Refusals::default();
    if method.sig.asyncness.is_none() {
        refusals.push(method.sig.ident.span(), Refusal::TraitMethod);
    } else if !inside.surroundings.stays_async && !insist_on_async(&method.attrs) {
        emit::require(&mut method.sig);
    }
    let mut tokens = refusals.check(()).map_or_else(|errors| errors.into_compile_error(), |()| TokenStream::new());
    method.to_tokens(&mut tokens);
    tokens
}

/// Whether there is something to desugar in a function: itself, or its async blocks.
fn has_async(function: &ItemFn) -> bool {
    function.sig.asyncness.is_some() || plain::is_plain(function)
}

/// A method of a trait that has a body.
fn provided(method: &TraitItemFn) -> Option<ItemFn> {
    let block = method.default.clone()?;
    Some(ItemFn {
        attrs: method.attrs.clone(),
        vis: Visibility::Inherited,
        modifiers: method.modifiers.clone(),
        sig: method.sig.clone(),
        block: Box::new(block),
    })
}

fn function(method: &ImplItemFn) -> ItemFn {
    ItemFn {
        attrs: method.attrs.clone(),
        vis: method.vis.clone(),
        modifiers: method.modifiers.clone(),
        sig: method.sig.clone(),
        block: Box::new(method.block.clone()),
    }
}

impl Inside {
    fn seen_by(&self, attrs: &[Attribute]) -> Inside {
        let mut inside = self.clone();
        inside.surroundings.stays_async |= insist_on_async(attrs);
        inside
    }

    fn owned_by(&self, owner: Owner, attrs: &[Attribute]) -> Inside {
        let mut inside = self.seen_by(attrs);
        inside.surroundings.owner = Some(owner);
        inside
    }

    /// What goes for an item in this one, if it is to be expanded. An attribute of its own is taken off and counts in
    /// place of the outer one; below an attribute that rewrites the item it stays where it is, to see what that makes.
    fn applies(&self, attrs: &mut Vec<Attribute>, is_async: bool) -> Option<Inside> {
        let position = match attrs.iter().position(|attr| is_desugar(attr.path())) {
            Some(position) => position,
            None => return if is_async { Some(self.clone()) } else { None },
        };
        let tokens = match &attrs[position].meta {
            Meta::List(list) => list.tokens.clone(),
            _ => TokenStream::new(),
        };
        let (arguments, refusals) = parse_arguments(tokens);
        // With a mistake in it, it stays to say so.
        if refusals.check(()).is_err() || insist_on_async(&attrs[..position]) {
            return None;
        }
        attrs.remove(position);
        match arguments.skip {
            true => None,
            false => Some(Inside { arguments, surroundings: self.surroundings.clone() }),
        }
    }
}
