//! Elided lifetimes get names: a machine says for how long it borrows.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    FnArg, GenericParam, Ident, Lifetime, LifetimeParam, ParenthesizedGenericArguments, Pat, ReceiverKind, Signature,
    Type, TypeFnPtr, TypeReference,
};

use crate::parse::Parameter;

/// The lifetimes of a signature in which none is elided any more.
pub(super) struct Named {
    /// Every lifetime that has a name: those in use, and those given.
    used: BTreeSet<String>,
    /// The ones that had none.
    pub(super) new: Vec<Lifetime>,
    /// That of `&self`.
    pub(super) of_self: Option<Lifetime>,
    /// What is declared around the function, and must not be declared again, even by a name with another context.
    around: Around,
}

/// The lifetimes of the impl or trait around a function.
pub(super) enum Around {
    Known(BTreeSet<String>),
    /// It is a method alone.
    Unknown,
}

impl Around {
    fn may_have(&self, name: &str) -> bool {
        match self {
            Around::Known(names) => names.contains(name),
            // Nobody's names end so.
            Around::Unknown => !name.ends_with('_') && !matches!(name, "'this" | "'frame"),
        }
    }
}

impl Named {
    /// A lifetime that is called nothing else yet.
    pub(super) fn fresh(&mut self, name: &str, span: Span) -> Lifetime {
        let base = name.trim_start_matches('_').trim_start_matches("r#");
        let base = if base.is_empty() || syn::parse_str::<Ident>(base).is_err() { "argument" } else { base };
        let ending = if self.around.may_have(&format!("'{}", base)) { "_" } else { "" };
        let mut candidate = format!("'{}{}", base, ending);
        let mut number = 1;
        while !self.used.insert(candidate.clone()) {
            number += 1;
            candidate = format!("'{}_{}{}", base, number, ending);
        }
        let lifetime = Lifetime::new(&candidate, span.resolved_at(Span::mixed_site()));
        self.new.push(lifetime.clone());
        lifetime
    }

    /// Whether a lifetime is mentioned, as it was written or as it was named.
    pub(super) fn used(&self) -> impl Iterator<Item = &String> {
        self.used.iter()
    }

    /// Declares the lifetimes that had no name.
    pub(super) fn declare(&self, sig: &mut Signature) {
        for (index, lifetime) in self.new.iter().enumerate() {
            sig.generics.params.insert(index, GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())));
        }
    }
}

/// Names every elided lifetime of the arguments, after its argument, and then that of the output.
// Input:  fn read(&mut self, buf: &mut [u8]) -> &[u8]
// Output: fn read(&'this mut self, buf: &'buf mut [u8]) -> &'this [u8], and 'this, 'buf
pub(super) fn name(sig: &mut Signature, parameters: &[Parameter], output: &mut Option<Type>, around: Around) -> Named {
    let mut used = BTreeSet::new();
    Lifetimes(&mut used).visit_signature(sig);
    let named = Named { used, new: Vec::new(), of_self: None, around };
    let mut namer = Namer { named, current: String::new(), first: None };
    for (argument, parameter) in sig.inputs.iter_mut().zip(parameters) {
        match argument {
            FnArg::Receiver(receiver) => {
                namer.current = "this".to_owned();
                match &mut receiver.kind {
                    ReceiverKind::Reference(and, lifetime, _) => {
                        let span = and.span;
                        let lifetime = lifetime.get_or_insert_with(|| namer.fresh(span));
                        if lifetime.ident == "_" {
                            *lifetime = namer.fresh(span);
                        }
                        namer.named.of_self = Some(lifetime.clone());
                    }
                    ReceiverKind::Typed(_, ty) => {
                        namer.visit_type_mut(ty);
                        namer.named.of_self = namer.first.clone();
                    }
                    _ => {}
                }
            }
            FnArg::Typed(typed) => {
                namer.current = match &parameter.pat {
                    Pat::Ident(ident) => ident.ident.to_string(),
                    _ => "argument".to_owned(),
                };
                namer.visit_type_mut(&mut typed.ty);
            }
        }
    }
    // The output's elided lifetime is that of `self`, or the only one.
    let mut in_inputs = BTreeSet::new();
    sig.inputs.iter().for_each(|input| Lifetimes(&mut in_inputs).visit_fn_arg(input));
    let elided = namer.named.of_self.clone().or_else(|| match in_inputs.len() {
        1 => in_inputs.iter().next().map(|name| Lifetime::new(name, Span::mixed_site())),
        _ => None,
    });
    if let (Some(ty), Some(elided)) = (output, elided) {
        Elided(elided).visit_type_mut(ty);
    }
    namer.named
}

/// Every lifetime mentioned.
struct Lifetimes<'a>(&'a mut BTreeSet<String>);

impl<'ast> Visit<'ast> for Lifetimes<'_> {
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.0.insert(lifetime.to_string());
    }
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
}

/// Gives elided lifetimes of arguments a name.
struct Namer {
    named: Named,
    current: String,
    /// The first lifetime of the type visited last, named or not.
    first: Option<Lifetime>,
}

impl Namer {
    fn fresh(&mut self, span: Span) -> Lifetime {
        self.named.fresh(&self.current, span)
    }
}

impl VisitMut for Namer {
    fn visit_type_reference_mut(&mut self, node: &mut TypeReference) {
        if node.lifetime.is_none() {
            node.lifetime = Some(self.fresh(node.and_token.span));
        }
        visit_mut::visit_type_reference_mut(self, node);
    }
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.fresh(lifetime.apostrophe);
        }
        self.first.get_or_insert_with(|| lifetime.clone());
    }
    // `Fn(&str)` and `fn(&str)` bind their elided lifetimes themselves.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}

/// Gives the output's elided lifetime its meaning.
struct Elided(Lifetime);

impl VisitMut for Elided {
    fn visit_type_reference_mut(&mut self, node: &mut TypeReference) {
        if node.lifetime.is_none() {
            node.lifetime = Some(self.0.clone());
        }
        visit_mut::visit_type_reference_mut(self, node);
    }
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.0.clone();
        }
    }
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
}
