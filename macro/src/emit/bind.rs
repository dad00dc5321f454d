//! `let`: an ordinary local stays one; a survivor is put in its place.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, Pat};

use super::body::Body;
use super::polls::{braced, head, is_poll, value_of};
use crate::ids::{BindingId, SiteId};
use crate::liveness::Storage;
use crate::mark::tree::{Diverge, Let, Value};
use crate::markers::as_binding;

impl Body<'_> {
    // Input:  let x = v;                      let (a, _) = v;
    // Output: x = frame.x.init(v);            a = match v { (a, _) => frame.a.init(a) };
    pub(super) fn local(&self, local: &Let, hoisted: &[BindingId]) -> TokenStream {
        let moved = |binding: &BindingId| hoisted.contains(binding);
        let init = match &local.init {
            Some(init) => init,
            None if local.bindings.iter().all(moved) => return self.deferred(local),
            None => {
                let (pat, ty) = (self.leaves.pat(&local.pat), local.ty.iter());
                return quote_here!(let #pat #(: #ty)*;);
            }
        };
        let (mut ready, mut split) = (None, None);
        if let Value::Leaf(leaf) = init {
            let simple = matches!(&local.pat, Pat::Ident(_)) && local.diverge.is_none();
            let kept = local.bindings.iter().all(&moved);
            if simple && (kept || !is_poll(&leaf.0)) {
                let (poll, rest) = self.split(leaf);
                ready = poll;
                split = Some(Value::Leaf(rest));
            }
        }
        let init = split.as_ref().unwrap_or(init);
        let is_hoisted = local.bindings.iter().any(moved);
        let escapes = local.bindings.iter().any(|binding| self.escapes(*binding));
        let before = self.leaves.escapes.replace(escapes || self.leaves.escapes.get());
        let mut value = self.value(init);
        self.leaves.escapes.set(before);
        let taken = match init {
            Value::Leaf(leaf) => self.leaves.taken(&leaf.0),
            _ => None,
        };
        if let (Some(site), None) = (taken, &local.diverge) {
            value = self.leaves.unpack(site, &local.pat);
        }
        let taken = taken.filter(|_| local.diverge.is_some());
        let mut ty = local.ty.as_ref();
        if !local.ends.is_empty() {
            value = self.settled(&local.ends, ty.take(), value);
        }
        if !is_hoisted && taken.is_none() {
            let pat = self.leaves.pat(&local.pat);
            let ty = ty.iter();
            let otherwise = local.diverge.as_ref().map(|diverge| {
                value = quote_here!((#value));
                braced(self.diverge(diverge))
            });
            let otherwise = otherwise.iter();
            return quote_here!(#ready let #pat #(: #ty)* = #value #(else #otherwise)*;);
        }
        if let (Pat::Ident(ident), None) = (&local.pat, &local.diverge) {
            if let (Some(binding), None, None) = (as_binding(&ident.ident), &ident.by_ref, &ident.subpat) {
                let name = self.input.name(binding);
                let fill = self.fill(binding, typed(ty, value));
                return match self.input.storage(binding) {
                    Some(Storage::Flagged | Storage::Local) => quote_here!(#ready #fill;),
                    _ => quote_here!(#ready #name = #fill;),
                };
            }
        }
        let first_leaves = local.diverge.as_ref().is_some_and(|diverge| only_leaves(&diverge.leaf.0));
        let local = if taken.is_some() || first_leaves && ty.is_none() {
            self.pattern(local, typed(ty, value), taken, is_hoisted)
        } else {
            self.bound_first(local, ty, value)
        };
        quote_here!(#ready #local)
    }

    /// Variables that get their values later, and are declared elsewhere: their places get the types that the source says.
    // Input:  let x: u64;
    // Output: let _: &Slot<u64> = &frame.x;
    fn deferred(&self, local: &Let) -> TokenStream {
        let typed = local.bindings.iter().filter_map(|binding| {
            let (name, ty) = (self.input.name(*binding), local.deferred_type(*binding)?);
            match self.input.storage(*binding)? {
                Storage::Slot | Storage::Flagged => {
                    let place = self.input.place(*binding);
                    Some(quote_here!(let _: &::desugar::__private::Slot<#ty> = &#place;))
                }
                Storage::Local => Some(quote_here!(let _: &::desugar::__private::Local<#ty> = &#name;)),
                Storage::Outer => None,
            }
        });
        typed.collect()
    }

    /// A value with which temporaries end that the block has had so far: first its own, then these.
    // Input:  value
    // Output: { let settled; let (older, newer) = (older, newer); settled = value; drop((newer, older)); settled }
    fn settled(&self, ends: &[BindingId], ty: Option<&syn::Type>, value: TokenStream) -> TokenStream {
        let (settled, ty) = (Ident::new("settled", Span::mixed_site()), ty.into_iter());
        let oldest_first: Vec<_> = ends.iter().rev().map(|binding| self.input.name(*binding)).collect();
        let moved = match &oldest_first[..] {
            [only] => quote_here!(let #only = #only;),
            _ => quote_here!(let (#(#oldest_first),*) = (#(#oldest_first),*);),
        };
        let drops = self.drop_all(ends);
        quote_here!({ let #settled #(: #ty)*; #moved #settled = #value; #drops #settled })
    }

    /// Bound as in the source, then put in their places: so what the pattern leaves, and the temporaries, are gone before,
    /// and before the `else`.
    // Input:  let (a, _) = value;              let Some(a) = value else { return f() };
    // Output: let (a_value, _) = value;        let Some(a_value) = (value) else { return f() };
    //         a = frame.a.init(a_value);       a = frame.a.init(a_value);
    fn bound_first(&self, local: &Let, ty: Option<&syn::Type>, mut value: TokenStream) -> TokenStream {
        let bound = |binding: &BindingId| value_of(self.input.name(*binding));
        let renamed = local.bindings.iter().map(|binding| (*binding, bound(binding))).collect();
        let pat = self.leaves.with_names(renamed, || self.leaves.pat(&local.pat));
        let otherwise = local.diverge.as_ref().map(|diverge| {
            value = quote_here!((#value));
            braced(self.diverge(diverge))
        });
        let fills = local.bindings.iter().map(|binding| {
            let (name, bound) = (self.input.name(*binding), bound(binding));
            let fill = self.fill(*binding, quote_here!(#bound));
            match self.input.storage(*binding) {
                Some(Storage::Flagged | Storage::Local) => quote_here!(#fill;),
                _ => quote_here!(#name = #fill;),
            }
        });
        let (ty, otherwise) = (ty.into_iter(), otherwise.into_iter());
        quote_here!(let #pat #(: #ty)* = #value #(else #otherwise)*; #(#fills)*)
    }

    fn diverge(&self, diverge: &Diverge) -> TokenStream {
        let leave = self.leaves.expr(&diverge.leaf.0);
        if diverge.drops.is_empty() {
            return leave;
        }
        let drops = self.drop_all(&diverge.drops);
        quote_here!({ #drops #leave })
    }

    /// `(a, b) = match value { pat => (frame.a.init(a), frame.b.init(b)), _ => diverge };`
    pub(super) fn pattern(
        &self,
        local: &Let,
        mut value: TokenStream,
        taken: Option<SiteId>,
        is_hoisted: bool,
    ) -> TokenStream {
        let (mut fills, mut names, mut results) = (Vec::new(), Vec::new(), Vec::new());
        for binding in &local.bindings {
            let name = self.input.name(*binding);
            let bound = if self.is_local(*binding) { value_of(name) } else { name.clone() };
            let fill = self.fill(*binding, quote_here!(#bound));
            if let Some(Storage::Flagged | Storage::Local) = self.input.storage(*binding) {
                fills.push(quote_here!(#fill;));
            } else {
                names.push(name);
                results.push(fill);
            }
        }
        let (target, result) = match (&names[..], &results[..]) {
            ([name], [result]) => (quote_here!(#name = ), quote_here!(#result)),
            ([], _) => (TokenStream::new(), quote_here!(())),
            _ => (quote_here!((#(#names),*) = ), quote_here!((#(#results),*))),
        };
        let locals = local.bindings.iter().filter(|binding| self.is_local(**binding));
        let renamed = locals.map(|binding| (*binding, value_of(self.input.name(*binding)))).collect();
        let (pat, first, give_back) = match taken {
            None => (self.leaves.with_names(renamed, || self.leaves.pat(&local.pat)), TokenStream::new(), None),
            Some(site) => {
                value = self.leaves.peek(site, [&local.pat]);
                let (pat, first) = self.leaves.with_names(renamed, || self.leaves.taking_arm(site, &local.pat));
                let other = Ident::new("other", Span::mixed_site());
                (pat, first, Some((self.leaves.give_back(site, &other), other)))
            }
        };
        let otherwise = local.diverge.as_ref().map(|diverge| {
            let diverge = self.diverge(diverge);
            match &give_back {
                None => quote_here!(_ => #diverge,),
                Some((give_back, other)) => quote_here!(#other => { #give_back #diverge }),
            }
        });
        let target = if is_hoisted || target.is_empty() { target } else { quote_here!(let #target) };
        let arm = if fills.is_empty() && first.is_empty() {
            quote_here!(#pat => #result,)
        } else {
            quote_here!(#pat => { #first #(#fills)* #result })
        };
        let value = head(value);
        quote_here!(#target match #value { #arm #otherwise };)
    }

    /// Puts a value in a binding's place.
    pub(super) fn fill(&self, binding: BindingId, value: TokenStream) -> TokenStream {
        let name = self.input.name(binding);
        match self.input.storage(binding) {
            Some(Storage::Slot) => self.input.init(binding, value),
            Some(Storage::Flagged) => {
                let (flag, place) = (self.input.layout.flag(binding), self.input.place(binding));
                quote_here!(frame.#flag.start(&#place, #value))
            }
            Some(Storage::Local) => quote_here!(#name.start(#value)),
            // A parameter: it is never bound, but has its place from the start.
            Some(Storage::Outer) | None => value,
        }
    }
}

/// The value as one of the type that the source says.
// Output: { let value: T = value; value }
fn typed(ty: Option<&syn::Type>, value: TokenStream) -> TokenStream {
    let Some(ty) = ty else { return value };
    let name = Ident::new("value", Span::mixed_site());
    quote_here!({ let #name: #ty = #value; #name })
}

/// Whether an `else` does nothing but leave, so that it does not matter what is dropped before it.
fn only_leaves(diverge: &Expr) -> bool {
    match diverge {
        Expr::Break(node) => node.expr.is_none(),
        Expr::Return(node) => node.expr.is_none(),
        Expr::Continue(_) => true,
        Expr::Block(node) => match &node.block.stmts[..] {
            [syn::Stmt::Expr(only, _)] => only_leaves(only),
            _ => false,
        },
        _ => false,
    }
}
