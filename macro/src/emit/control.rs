//! Control flow that suspends: chosen by where to resume, else as the source says.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Lifetime;

use super::body::{Body, Piece};
use super::here;
use super::polls::{braces, shielded, value_of};
use crate::ids::{BindingId, SuspensionId};
use crate::liveness::Storage;
use crate::mark::tree::{Arm, Block, If, Match, Value};

impl Body<'_> {
    /// A value, as an expression.
    pub(super) fn value(&self, value: &Value) -> TokenStream {
        match value {
            Value::Leaf(leaf) => self.leaves.expr(&leaf.0),
            Value::IntoIter(leaf) => {
                let iterable = self.leaves.escaping(&leaf.0);
                quote_here!(::desugar::__private::into_iter(#iterable))
            }
            Value::Next(site) => {
                let iter = self.leaves.mention(*site);
                quote_here!(::core::iter::Iterator::next(&mut #iter))
            }
            Value::Block(block) => {
                let label = block.label.as_ref().map(|label| quote_here!(#label:));
                let inside = braces(self.seq(block, None), block.braces);
                quote_here!(#label #inside)
            }
            Value::If(node) => self.if_else(node),
            Value::Loop(node) => {
                self.loops.set(self.loops.get() + 1);
                let inside = self.seq(&node.body, None);
                self.loops.set(self.loops.get() - 1);
                let (label, inside) = (&node.label, braces(inside, node.body.braces));
                quote_here!(#label: loop #inside)
            }
            Value::Match(node) => self.match_arms(node),
        }
    }

    /// A branch that suspends is chosen by where to resume, else by the condition.
    pub(super) fn if_else(&self, node: &If) -> TokenStream {
        let state = &self.input.layout.state;
        let variants = |suspensions: Vec<SuspensionId>| {
            let variants: Vec<_> =
                suspensions.into_iter().map(|suspension| &self.input.layout.place(suspension).variant).collect();
            variants
        };
        let then = variants(node.then.suspensions());
        let otherwise = variants(node.otherwise.iter().flat_map(Value::suspensions).collect());
        let then = (!then.is_empty()).then(|| quote_here!(#(#state::#then)|* => true,));
        let not_then = (!otherwise.is_empty()).then(|| quote_here!(#(#state::#otherwise)|* => false,));
        let cond = shielded(self.value(&node.cond));
        let inside = braces(self.seq(&node.then, None), node.then.braces);
        let otherwise = node.otherwise.as_ref().map(|otherwise| {
            let value = self.value(otherwise);
            match otherwise {
                // A branch has no label.
                Value::Block(block) if block.label.is_some() => quote_here!(else { #value }),
                _ => quote_here!(else #value),
            }
        });
        quote_here!(if match at { #then #not_then _ => #cond } #inside #otherwise)
    }

    // Input:  match v { Some(x) => x.await, None => c }
    // Output: 'matched: { 'x: { if let K = at { break 'x } match v { Some(x) => frame.x.start(x), None => break 'matched c } }
    //         let x = frame.x.resume(); .. }
    pub(super) fn match_arms(&self, node: &Match) -> TokenStream {
        let state = &self.input.layout.state;
        let (_, first) = self.awaiting(node).next().map_or((0, None), |(index, arm)| (index, Some(arm)));
        let whole = match first {
            Some(arm) => {
                let place = self.input.layout.place(arm.body.suspensions()[0]);
                let inner = "inner_".repeat(self.matches.get());
                Lifetime::new(&format!("'{}match_{}", inner, place.name), here(Span::mixed_site()))
            }
            None => Lifetime::new("'matched", here(Span::mixed_site())),
        };
        let depth = self.matches.get();
        self.matches.set(depth + 1);
        let label_of = |arm: &Arm| {
            let place = self.input.layout.place(arm.body.suspensions()[0]);
            Lifetime::new(&format!("'{}arm_{}", "inner_".repeat(depth), place.name), here(Span::mixed_site()))
        };
        // Every suspension is at a statement of an arm itself: nothing inside of the arms asks.
        let straight = node.scrutinee.poll().is_none() && self.awaiting(node).all(|(_, arm)| arm.straight().is_some());
        let last = straight && self.loops.get() > 0;
        if last {
            self.resets.set(true);
        }
        let mut declarations = TokenStream::new();
        let resumes = self.awaiting(node).map(|(_, arm)| {
            let label = label_of(arm);
            let variants = arm.body.suspensions();
            let variants = variants.iter().map(|suspension| &self.input.layout.place(*suspension).variant);
            let mut guards = TokenStream::new();
            if arm.straight().is_some() {
                let suspension = arm.body.suspensions()[0];
                for binding in self.kept(arm) {
                    declarations.extend(self.declaration(binding));
                    if self.is_resumed(binding, suspension) {
                        let name = self.input.name(binding);
                        let guard = self.input.guard(binding);
                        guards.extend(quote_here!(#name = #guard;));
                    }
                }
                if self.loops.get() > 0 && !last {
                    self.resets.set(true);
                    guards.extend(quote_here!(at = #state::NeverPolled;));
                }
            }
            if arm.straight().is_none() {
                let locals = arm.bindings.iter().filter(|binding| self.is_local(**binding));
                declarations.extend(locals.map(|binding| self.declaration(*binding)));
            }
            quote_here!(#(#state::#variants)|* => { #guards break #label })
        });
        let resumes: Vec<_> = resumes.collect();
        let taken = self.leaves.taken(&node.scrutinee.0);
        let scrutinee = match taken {
            Some(site) => self.leaves.peek(site, node.arms.iter().map(|arm| &arm.pat)),
            None if node.arms.iter().flat_map(|arm| &arm.bindings).any(|binding| self.escapes(*binding)) => {
                self.leaves.escaping(&node.scrutinee.0)
            }
            None => self.leaves.expr(&node.scrutinee.0),
        };
        let arms = node.arms.iter().map(|arm| {
            let (names, fills) = self.bound(arm);
            let (pat, first) = self.leaves.with_names(names, || match taken {
                Some(site) => self.leaves.taking_arm(site, &arm.pat),
                None => (self.leaves.pat(&arm.pat), TokenStream::new()),
            });
            if arm.body.suspensions().is_empty() {
                let body = self.value(&arm.body);
                return quote_here!(#pat => { #first break #whole #body });
            }
            let label = label_of(arm);
            match arm.straight() {
                Some((block, polls)) => {
                    let line = self.line(arm, block, 0..polls);
                    quote_here!(#pat => { #first #fills #line break #label })
                }
                None => {
                    let slots = arm.bindings.iter().filter(|binding| !self.is_local(**binding)).map(|binding| {
                        let (name, place) = (self.input.name(*binding), self.input.place(*binding));
                        match self.input.layout.flag(*binding) {
                            Some(flag) => quote_here!(frame.#flag.start(&#place, #name);),
                            None => quote_here!(#place.start(#name);),
                        }
                    });
                    quote_here!(#pat => { #first #(#slots)* #fills break #label })
                }
            }
        });
        let at = if last { self.last_asked() } else { quote_here!(at) };
        let mut code = quote_here!(match #at { #(#resumes)* _ => {} } match #scrutinee { #(#arms)* });
        for (_, arm) in self.awaiting(node) {
            let label = label_of(arm);
            code = quote_here!(#label: { #code });
            if let Some((block, polls)) = arm.straight() {
                let rest = braces(self.line(arm, block, polls..block.stmts.len() + 1), block.braces);
                code.extend(quote_here!(break #whole #rest;));
                continue;
            }
            let guards = arm.bindings.iter().filter(|binding| !self.is_local(**binding)).map(|binding| {
                let (name, guard) = (self.input.name(*binding), self.input.guard(*binding));
                let mutable = self.is_assigned(*binding).then(|| quote_here!(mut));
                quote_here!(let #mutable #name = #guard;)
            });
            let body = self.value(&arm.body);
            code.extend(quote_here!(break #whole { #(#guards)* #body };));
        }
        self.matches.set(depth);
        quote_here!(#whole: { #declarations #code })
    }

    /// What a straight arm binds or declares that must outlast the arm.
    pub(super) fn kept(&self, arm: &Arm) -> Vec<BindingId> {
        let (block, polls) = match arm.straight() {
            Some(straight) => straight,
            None => return Vec::new(),
        };
        let pieces: Vec<_> =
            block.stmts.iter().map(Piece::Stmt).chain(block.tail.as_deref().map(Piece::Tail)).collect();
        let hoisted = self.hoisted(&pieces, &[polls]);
        let outlives = |binding: &BindingId| self.input.storage(*binding).is_some() || self.is_assigned(*binding);
        let outlives = arm.bindings.iter().any(outlives);
        // All or nothing: what is declared out here goes after what is not.
        let bound = arm.bindings.iter().copied().filter(|_| outlives || !hoisted.is_empty());
        bound.chain(hoisted.clone()).collect()
    }

    /// Whether a suspension leaves the binding in a slot that was full whichever way led there.
    pub(super) fn is_resumed(&self, binding: BindingId, suspension: SuspensionId) -> bool {
        self.input.storage(binding) == Some(Storage::Slot) && self.input.liveness.alive[&suspension].contains(&binding)
    }

    /// Some of the statements of a straight arm, and its tail.
    pub(super) fn line(&self, arm: &Arm, block: &Block, range: std::ops::Range<usize>) -> TokenStream {
        let kept = self.kept(arm);
        let pieces = block.stmts.iter().map(Piece::Stmt).chain(block.tail.as_deref().map(Piece::Tail));
        pieces.skip(range.start).take(range.len()).map(|piece| self.piece(&piece, &kept, false)).collect()
    }

    /// Whether what a binding holds ends up in the frame.
    pub(super) fn escapes(&self, binding: BindingId) -> bool {
        self.input.storage(binding).is_some() || self.escaping.contains(&binding)
    }

    pub(super) fn is_local(&self, binding: BindingId) -> bool {
        self.input.storage(binding) == Some(Storage::Local)
    }

    /// The names under which an arm's pattern binds what is declared outside of the arm, and what puts it in its place.
    /// In a straight arm that is every survivor; any other has the slots of its bindings to itself.
    // Input:  Get(key, n)                 where `key` survives
    // Output: key_value for `key`, and    key = frame.key.init(key_value);
    pub(super) fn bound(&self, arm: &Arm) -> (Vec<(BindingId, Ident)>, TokenStream) {
        let (mut names, mut fills) = (Vec::new(), TokenStream::new());
        let kept = self.kept(arm);
        let outlasts = |binding: &&BindingId| kept.contains(binding) || self.is_local(**binding);
        for binding in arm.bindings.iter().filter(outlasts) {
            let name = self.input.name(*binding);
            let value = value_of(name);
            let fill = self.fill(*binding, quote_here!(#value));
            fills.extend(match self.input.storage(*binding) {
                Some(Storage::Flagged | Storage::Local) => quote_here!(#fill;),
                _ => quote_here!(#name = #fill;),
            });
            names.push((*binding, value));
        }
        (names, fills)
    }

    pub(super) fn awaiting<'m>(&self, node: &'m Match) -> impl Iterator<Item = (usize, &'m Arm)> {
        node.arms.iter().enumerate().filter(|(_, arm)| !arm.body.suspensions().is_empty())
    }
}
