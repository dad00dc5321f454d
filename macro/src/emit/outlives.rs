//! The lifetime for which a machine borrows: one that everything in it outlives, and that the signature can name.
//!
//! In: a signature without elided lifetimes, and what its impl or trait declares. Out: such a lifetime, if there is one.
//!
//! A frame borrows for the shortest of the lifetimes in the signature, and often none is the shortest: of `&'this self`
//! and `label: &'label str` neither outlives the other. Then an argument may be *lengthened*: in the machine, `label` is a
//! `&'this str`. That says more than is known, and does no harm, as nothing in the machine is checked to live long enough
//! anyway: the checked copy has the argument's real lifetime, and so have the callers, since the future that is returned
//! captures all lifetimes of the signature. See "One lifetime" in ARCHITECTURE.md.
//!
//! What cannot be lengthened is known to outlive the lifetime chosen: because it is declared so, or because a reference
//! with one lifetime, or a `self` that is borrowed for it, can only be to what outlives it.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    FnArg, GenericParam, Generics, Lifetime, Path, ReceiverKind, Signature, Type, TypeFnPtr, TypeImplTrait, TypeMacro,
    TypeParamBound, TypePath, TypeReference, WherePredicate,
};

use crate::parse::{Owner, OwnerKind};

/// A lifetime that everything in the machine outlives.
pub(super) struct Common {
    pub(super) lifetime: Lifetime,
    /// The lifetimes that are taken to be this one.
    pub(super) lengthened: BTreeSet<String>,
}

/// What is known of which lifetimes and types outlive which lifetimes.
#[derive(Clone, Default)]
pub(super) struct Outlives {
    /// By name; a type `T` may be here too, and `Self`, and an anonymous `impl 0`.
    known: BTreeMap<String, BTreeSet<String>>,
    /// The lifetimes with a name, that of `self` first.
    lifetimes: Vec<Lifetime>,
    /// Of these, the ones that mean the same in the machine as everywhere: what else mentions them does not change.
    fixed: BTreeSet<String>,
    /// Everything without a lifetime of its own to be lengthened.
    types: BTreeSet<String>,
    /// Where a reference is to what looks like a type parameter of an impl that is not seen: the lifetimes around that. It
    /// outlives these, and perhaps no others; but it may be no parameter, so this only says which of two is better.
    guessed: Vec<Vec<String>>,
    /// The lifetimes of the output.
    in_output: BTreeSet<String>,
}

const STATIC: &str = "'static";
const SELF: &str = "Self";

impl Outlives {
    /// What `sig` and its owner say. `lifetimes` are those in `sig`, of which `foreign` are declared outside.
    pub(super) fn of(
        sig: &Signature,
        output: Option<&Type>,
        owner: Option<&Owner>,
        lifetimes: &[Lifetime],
        foreign: &[Lifetime],
    ) -> Self {
        let mut known = Outlives { lifetimes: lifetimes.to_vec(), ..Outlives::default() };
        let foreign: Vec<String> = foreign.iter().map(Lifetime::to_string).collect();
        known.fixed.extend(foreign.iter().cloned());
        known.declare(&sig.generics);
        let mut of_self = match owner {
            Some(owner) => known.owned(owner),
            // Of an impl that is not seen, `Self` is taken to have all the parameters.
            None => {
                if sig.inputs.iter().any(mentions_self) {
                    known.types.insert(SELF.to_owned());
                }
                foreign.into_iter().collect()
            }
        };
        if known.types.contains(SELF) {
            of_self.insert(SELF.to_owned());
        }
        let guesses = owner.is_none();
        let mut walk = Walk { known: &mut known, of_self, within: Vec::new(), anonymous: 0, guesses };
        sig.inputs.iter().for_each(|argument| walk.argument(argument));
        if let Some(output) = output {
            known.in_output = in_tokens(output);
            if has_opaque(output) {
                // What may be in it is said by what it captures, and so by nothing but the machine's own lifetimes.
                known.fixed.extend(known.lifetimes.iter().map(Lifetime::to_string));
            }
        }
        known
    }

    /// The parameters and bounds of the function or of its owner.
    fn declare(&mut self, generics: &Generics) {
        for param in &generics.params {
            match param {
                GenericParam::Lifetime(param) => {
                    let (name, bounds) = (param.lifetime.to_string(), &param.bounds);
                    if !bounds.is_empty() {
                        self.fixed.insert(name.clone());
                    }
                    bounds.iter().for_each(|bound| self.bound(&name, bound));
                }
                GenericParam::Type(param) => {
                    let name = param.ident.to_string();
                    self.types.insert(name.clone());
                    self.bounds(&name, param.bounds.iter());
                }
                GenericParam::Const(_) => {}
            }
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            self.fixed.extend(in_tokens(predicate));
            match predicate {
                WherePredicate::Lifetime(predicate) => {
                    let name = predicate.lifetime.to_string();
                    predicate.bounds.iter().for_each(|bound| self.bound(&name, bound));
                }
                WherePredicate::Type(predicate) => {
                    if let Type::Path(TypePath { qself: None, path, .. }) = &predicate.bounded_ty {
                        if let Some(name) = path.get_ident() {
                            self.bounds(&name.to_string(), predicate.bounds.iter());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// `T: 'a + Trait<'b>`: outlives `'a`, and fixes both.
    fn bounds<'b>(&mut self, name: &str, bounds: impl Iterator<Item = &'b TypeParamBound>) {
        for bound in bounds {
            match bound {
                TypeParamBound::Lifetime(lifetime) => self.bound(name, lifetime),
                bound => self.fixed.extend(in_tokens(bound)),
            }
        }
    }

    fn bound(&mut self, longer: &str, shorter: &Lifetime) {
        self.fixed.insert(shorter.to_string());
        self.outlives(longer, &shorter.to_string());
    }

    fn outlives(&mut self, longer: &str, shorter: &str) {
        self.known.entry(longer.to_owned()).or_default().insert(shorter.to_owned());
    }

    /// Takes in the impl or trait, and says what `Self` consists of.
    fn owned(&mut self, owner: &Owner) -> BTreeSet<String> {
        self.declare(&owner.generics);
        let named: Vec<Lifetime> = owner.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
        self.fixed.extend(named.iter().map(Lifetime::to_string));
        let new: Vec<_> = named.into_iter().filter(|lifetime| !self.lifetimes.contains(lifetime)).collect();
        self.lifetimes.extend(new);
        match &owner.kind {
            OwnerKind::Trait(supertraits) => {
                self.bounds(SELF, supertraits.iter());
                self.types.insert(SELF.to_owned());
                BTreeSet::new()
            }
            OwnerKind::Inherent(ty) | OwnerKind::TraitImpl(ty) => {
                let mut parts = Parts::default();
                parts.visit_type(ty);
                let mut of_self: BTreeSet<String> = self.types.intersection(&parts.names).cloned().collect();
                of_self.extend(in_tokens(ty));
                if parts.elided {
                    // A lifetime that no method can name: it is known as that of `Self`.
                    self.types.insert(SELF.to_owned());
                }
                of_self
            }
        }
    }

    /// Whether nothing here ever ends.
    pub(super) fn is_static(&self) -> bool {
        let lifetimes = self.lifetimes.iter().map(Lifetime::to_string);
        lifetimes.chain(self.types.iter().cloned()).all(|name| self.reaches(&name, STATIC))
    }

    /// The lifetime that needs the least to be lengthened; none, if no lifetime can be the shortest.
    pub(super) fn common(&self) -> Option<Common> {
        self.best(|name| {
            let fixed = self.lifetimes.iter().map(Lifetime::to_string).filter(|name| self.fixed.contains(name));
            self.types.iter().cloned().chain(fixed).all(|longer| self.reaches(&longer, name))
        })
    }

    /// The same, of what can be lengthened alone: all that can be said where nothing new can be declared.
    pub(super) fn common_of_some(&self) -> Option<Common> {
        self.best(|_| true)
    }

    fn best(&self, is_common: impl Fn(&str) -> bool) -> Option<Common> {
        let candidates = self.lifetimes.iter().filter_map(|lifetime| {
            let name = lifetime.to_string();
            let lengthened = self.lengthened(&name).filter(|_| is_common(&name))?;
            let in_output = lengthened.intersection(&self.in_output).count();
            let reach = |within: &&Vec<String>| within.iter().any(|shorter| self.reaches(shorter, &name));
            let open = self.guessed.len() - self.guessed.iter().filter(reach).count();
            Some((open, lengthened.len(), in_output, Common { lifetime: lifetime.clone(), lengthened }))
        });
        candidates.min_by_key(|(open, length, in_output, _)| (*open, *length, *in_output)).map(|(.., common)| common)
    }

    /// What is lengthened for nothing that can be to be shorter than `name`: if anything, then all that can be, so that
    /// what is wrong with a lifetime is an error in the checked copy alone. `None` if that changes what cannot be.
    fn lengthened(&self, name: &str) -> Option<BTreeSet<String>> {
        let others = self.lifetimes.iter().map(Lifetime::to_string);
        let others: Vec<String> = others.filter(|other| other != name && !self.fixed.contains(other)).collect();
        let shorter = others.iter().filter(|other| !self.reaches(other, name));
        let shorter = self.with_shorter(shorter.cloned().collect(), name)?;
        match shorter.is_empty() {
            true => Some(shorter),
            false => Some(self.with_shorter(others, name).unwrap_or(shorter)),
        }
    }

    /// These lifetimes, and those that must be lengthened with them.
    fn with_shorter(&self, mut open: Vec<String>, name: &str) -> Option<BTreeSet<String>> {
        let mut lengthened = BTreeSet::new();
        while let Some(next) = open.pop() {
            if next == STATIC || self.fixed.contains(&next) {
                return None;
            }
            if lengthened.insert(next.clone()) {
                // What it outlives, the new lifetime must outlive as well.
                open.extend(self.known.get(&next).into_iter().flatten().filter(|shorter| *shorter != name).cloned());
            }
        }
        // And what outlives it must outlive the new one.
        let mut outlive = self.known.iter().filter(|(_, shorter)| !lengthened.is_disjoint(shorter));
        let known = outlive.all(|(longer, _)| lengthened.contains(longer) || self.reaches(longer, name));
        known.then_some(lengthened)
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(next) = open.pop() {
            if next == to || next == STATIC {
                return true;
            }
            if seen.insert(next) {
                open.extend(self.known.get(next).into_iter().flatten().map(String::as_str));
            }
        }
        false
    }
}

/// Walks over the arguments' types: what is inside of `&'a` outlives `'a`.
struct Walk<'a> {
    known: &'a mut Outlives,
    /// What `Self` consists of.
    of_self: BTreeSet<String>,
    within: Vec<String>,
    /// How many `impl Trait` there were.
    anonymous: usize,
    /// Whether the impl is not seen.
    guesses: bool,
}

impl Walk<'_> {
    fn argument(&mut self, argument: &FnArg) {
        match argument {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(_, lifetime, _) => {
                    self.within.extend(lifetime.iter().map(Lifetime::to_string));
                    self.part_of_self();
                    self.within.clear();
                }
                ReceiverKind::Typed(_, ty) => self.visit_type(ty),
                _ => {}
            },
            FnArg::Typed(typed) => {
                if has_opaque(&typed.ty) {
                    self.known.fixed.extend(in_tokens(&typed.ty));
                }
                self.visit_type(&typed.ty);
            }
        }
    }

    fn part(&mut self, name: &str) {
        for shorter in self.within.iter().filter(|shorter| *shorter != name) {
            self.known.outlives(name, shorter);
        }
    }

    /// `&S`, where `S` may be a parameter of an impl that is not seen.
    fn guess(&mut self, referent: &Type) {
        match referent {
            Type::Path(ty) if self.guesses => match ty.path.get_ident() {
                Some(name) if looks_generic(&name.to_string()) => self.known.guessed.push(self.within.clone()),
                _ => {}
            },
            _ => {}
        }
    }

    /// `T::Item` or `Self::Item`.
    fn is_projection(&self, path: &Path) -> bool {
        path.segments.len() > 1
            && path
                .segments
                .first()
                .is_some_and(|first| first.ident == SELF || self.known.types.contains(&first.ident.to_string()))
    }

    fn part_of_self(&mut self) {
        for name in self.of_self.clone() {
            self.part(&name);
        }
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.part(&lifetime.to_string());
    }
    fn visit_type_reference(&mut self, node: &'ast TypeReference) {
        if let Some(lifetime) = &node.lifetime {
            self.visit_lifetime(lifetime);
            self.within.push(lifetime.to_string());
            self.guess(&node.elem);
            self.visit_type(&node.elem);
            self.within.pop();
        }
    }
    fn visit_type_path(&mut self, node: &'ast TypePath) {
        match node.path.get_ident() {
            // `T::Item` may outlive what `T` does not.
            None if node.qself.is_some() || self.is_projection(&node.path) => {}
            Some(name) if name == SELF => self.part_of_self(),
            Some(name) if self.known.types.contains(&name.to_string()) => self.part(&name.to_string()),
            _ => visit::visit_type_path(self, node),
        }
    }
    fn visit_type_impl_trait(&mut self, node: &'ast TypeImplTrait) {
        let name = format!("impl {}", self.anonymous);
        self.anonymous += 1;
        self.known.types.insert(name.clone());
        self.part(&name);
        self.known.bounds(&name, node.bounds.iter());
    }
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast syn::ParenthesizedGenericArguments) {}
}

/// The names in the type of an impl.
#[derive(Default)]
struct Parts {
    names: BTreeSet<String>,
    /// Whether it has lifetimes without a name.
    elided: bool,
}

impl<'ast> Visit<'ast> for Parts {
    fn visit_ident(&mut self, name: &'ast proc_macro2::Ident) {
        self.names.insert(name.to_string());
    }
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.elided |= lifetime.ident == "_";
    }
    fn visit_type_reference(&mut self, node: &'ast TypeReference) {
        self.elided |= node.lifetime.is_none();
        visit::visit_type_reference(self, node);
    }
    fn visit_type_path(&mut self, node: &'ast TypePath) {
        // `T::Item` may live on when `T` does not.
        if node.qself.is_none() {
            visit::visit_type_path(self, node);
        }
    }
}

/// `S`, `DB`, `T1`.
fn looks_generic(name: &str) -> bool {
    name.len() <= 2 && name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains(|c: char| c.is_lowercase())
}

/// `self`, `self: Box<Self>` and the like.
pub(super) fn takes_self(sig: &Signature) -> bool {
    sig.receiver().is_some_and(|receiver| match &receiver.kind {
        ReceiverKind::Reference(..) => false,
        ReceiverKind::Typed(_, ty) => in_tokens(ty).is_empty(),
        _ => true,
    })
}

fn mentions_self(argument: &FnArg) -> bool {
    match argument {
        FnArg::Receiver(_) => true,
        FnArg::Typed(typed) => {
            let mut parts = Parts::default();
            parts.visit_type(&typed.ty);
            parts.names.contains(SELF)
        }
    }
}

/// `impl Trait` and macros: types that cannot be written again with another lifetime.
fn has_opaque(ty: &Type) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_impl_trait(&mut self, _: &'ast TypeImplTrait) {
            self.0 = true;
        }
        fn visit_type_macro(&mut self, _: &'ast TypeMacro) {
            self.0 = true;
        }
    }
    let mut finder = Finder(false);
    finder.visit_type(ty);
    finder.0
}

/// The lifetimes in something that has no labels.
pub(super) fn in_tokens(tokens: impl ToTokens) -> BTreeSet<String> {
    let names = crate::mark::labels::in_tokens(tokens.to_token_stream()).into_iter().map(|name| format!("'{}", name));
    names.filter(|name| name != "'_").collect()
}
