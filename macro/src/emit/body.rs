//! The step: the source's own statements in the source's own order, with the places to resume at made ends of blocks.
//!
//! A block that suspends begins by asking where it resumes: `match at { .. }` makes the guards of what was alive there
//! again and leaves the labelled block that holds the statements before. So each statement runs once, loops stay loops,
//! and rustc's own scopes drop the guards. `at` is the state the poll found; it is reset where a loop could ask again.

use std::cell::Cell;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote_spanned, ToTokens};
use syn::{Expr, Lifetime, Pat};

use super::check::into_future;
use super::leaf::Leaves;
use super::signature::Signature;
use super::{here, Emit};
use crate::ids::{as_binding, as_poll, ident_expr, path_ident, BindingId, Mode, SiteId, SuspensionId};
use crate::layout::Field;
use crate::liveness::Storage;
use crate::mark::operands::operands;
use crate::mark::residual::may_make_temporary;
use crate::mark::tree::{Arm, Block, If, Leaf, Let, Match, Stmt, Value};

/// The machine: the frame in its first state, and the step.
pub(super) fn emit_machine(input: &Emit<'_>, signature: &Signature) -> TokenStream {
    let layout = input.layout;
    let (frame, state) = (&layout.frame, &layout.state);
    let argument = |field: &Field| {
        let binding = input.tables().binding(field.binding);
        if binding.receiver {
            quote_spanned!(binding.name.span()=> self)
        } else if binding.hidden {
            field.name.to_token_stream()
        } else {
            binding.name.to_token_stream()
        }
    };
    let fields = layout.fields.iter().map(|field| {
        let storage = match field.storage {
            Storage::Slot | Storage::Local => quote_here!(Slot),
            Storage::Flagged => quote_here!(Flagged),
        };
        let name = &field.name;
        if input.tables().binding(field.binding).parameter {
            let argument = argument(field);
            quote_here!(#name: ::desugar::__private::#storage::full(#argument),)
        } else {
            quote_here!(#name: ::desugar::__private::#storage::new(),)
        }
    });
    let waiting = layout.arguments.iter().map(|field| {
        let argument = argument(field);
        quote_here!(::desugar::__private::Slot::full(#argument),)
    });
    let union = &layout.awaitee;
    let awaitee = match &layout.suspensions[..] {
        [] => TokenStream::new(),
        _ if !layout.arguments.is_empty() => quote_here! {
            awaitee: #union { arguments: ::core::mem::ManuallyDrop::new((#(#waiting)*)) },
        },
        [_] => quote_here!(awaitee: ::desugar::__private::Slot::new(),),
        _ => quote_here!(awaitee: #union { none: () },),
    };
    let borrowed = signature.frame.as_ref().map(|_| quote_here!(_frame: ::core::marker::PhantomData,));
    let infer = layout.types().map(|_| quote_here!(_));
    let parameters = match &signature.frame {
        Some(lifetime) => quote_here!(<#lifetime, #(#infer),*>),
        None if layout.types().next().is_none() => TokenStream::new(),
        None => quote_here!(<#(#infer),*>),
    };
    let output = input.output(signature);
    let emitter = Body {
        input,
        leaves: Leaves::new(input, output.clone()),
        output: output.clone(),
        loops: Cell::new(0),
        matches: Cell::new(0),
        resets: Cell::new(false),
    };
    let body = emitter.root();
    let mutable = emitter.resets.get().then(|| quote_here!(mut));
    // The lints of the user's text speak in the checked copy; here they would speak of ours. `unsafe` has the span of
    // the attribute: a crate that forbids unsafe code forbids its own.
    let unsafe_token = quote_spanned!(Span::call_site()=> unsafe);
    let (cx, at) = (Ident::new("cx", Span::mixed_site()), Ident::new("at", Span::mixed_site()));
    quote_here! {
        #[allow(
            warnings, unused, nonstandard_style, dangerous_implicit_autorefs, clippy::all, clippy::pedantic,
            clippy::nursery
        )]
        let machine = ::desugar::__private::machine(
            #frame {
                state: ::desugar::__private::Tag::new(#state::NeverPolled),
                #(#fields)*
                #awaitee
                #borrowed
                _pinned: ::core::marker::PhantomPinned,
            },
            |frame: &#frame #parameters, #cx: &mut ::core::task::Context<'_>| -> ::core::task::Poll<#output> {
                // SAFETY: `liveness` says which slots are full where; the machine is pinned while it steps.
                #unsafe_token {
                    let #mutable #at = frame.state.get();
                    #body
                }
            },
        );
        machine
    }
}

struct Body<'a> {
    input: &'a Emit<'a>,
    leaves: Leaves<'a>,
    /// The type of the body's value.
    output: TokenStream,
    /// How many loops are around.
    loops: Cell<usize>,
    /// How many matches with awaiting arms are around.
    matches: Cell<usize>,
    /// Whether `at` is ever reset.
    resets: Cell<bool>,
}

/// A statement, or the tail of a block.
#[derive(Clone, Copy)]
enum Piece<'s> {
    Stmt(&'s Stmt),
    Tail(&'s Value),
}

impl Piece<'_> {
    fn suspensions(&self) -> Vec<SuspensionId> {
        match self {
            Piece::Stmt(stmt) => stmt.suspensions(),
            Piece::Tail(value) => value.suspensions(),
        }
    }

    /// Whether it begins with the poll itself.
    fn is_poll(&self) -> bool {
        match self {
            Piece::Stmt(stmt) => stmt.poll().is_some(),
            Piece::Tail(Value::Leaf(leaf)) => leaf.poll().is_some(),
            Piece::Tail(_) => false,
        }
    }

    fn local(&self) -> Option<&Let> {
        match self {
            Piece::Stmt(Stmt::Let(local)) => Some(local),
            _ => None,
        }
    }
}

impl<'a> Body<'a> {
    fn root(&self) -> TokenStream {
        let parameters: Vec<BindingId> = self
            .input
            .marked
            .parameters
            .iter()
            .flat_map(|parameter| {
                let pattern = parameter.pattern.iter().flat_map(|pattern| pattern.bindings.iter().copied());
                std::iter::once(parameter.argument).chain(pattern).collect::<Vec<_>>()
            })
            .collect();
        let body = &self.input.marked.body;
        let declarations: TokenStream = parameters.iter().map(|binding| self.declaration(*binding)).collect();
        let inside = self.seq(body, Some(&parameters));
        if !self.tail_makes_temporaries(body) {
            return quote_here!(#declarations #inside);
        }
        // The tail's temporaries are dropped around the body's variables, but before the arguments.
        let inside = braces(inside, body.braces);
        if parameters.is_empty() {
            return inside;
        }
        quote_here!(#declarations let output = #inside; output)
    }

    fn tail_makes_temporaries(&self, block: &Block) -> bool {
        match block.tail.as_deref() {
            Some(Value::Leaf(leaf)) => may_make_temporary(&leaf.0, self.input.tables()),
            _ => false,
        }
    }

    /// The inside of a block. `parameters`: it is the body, and these are bound before it.
    fn seq(&self, block: &Block, parameters: Option<&[BindingId]>) -> TokenStream {
        let mut pieces: Vec<Piece<'_>> = block.stmts.iter().map(Piece::Stmt).collect();
        pieces.extend(block.tail.iter().map(|tail| Piece::Tail(tail)));
        let entries: Vec<usize> = (0..pieces.len()).filter(|index| !pieces[*index].suspensions().is_empty()).collect();
        let hoisted = self.hoisted(&pieces, &entries);
        let mut declarations = TokenStream::new();
        for binding in &hoisted {
            declarations.extend(self.declaration(*binding));
        }
        let mut code = self.resume(&pieces, &entries, &hoisted, parameters);
        let mut from = 0;
        for entry in &entries {
            let segment: Vec<_> =
                pieces[from..*entry].iter().map(|piece| self.piece(piece, &hoisted, parameters.is_some())).collect();
            code.extend(segment);
            from = *entry;
            if self.needs_label(&pieces, &entries, *entry) {
                let label = self.label(&pieces[*entry]);
                code = quote_here!(#label: { #code });
            }
        }
        code.extend(pieces[from..].iter().map(|piece| match piece {
            // A block of ours would drop its tail's temporaries after what it declares.
            Piece::Tail(Value::Leaf(_))
                if parameters.is_none() && block.braces.is_none() && self.tail_makes_temporaries(block) =>
            {
                let value = self.piece(piece, &hoisted, false);
                quote_here!(let value = #value; value)
            }
            piece => self.piece(piece, &hoisted, parameters.is_some()),
        }));
        if parameters.is_some() && block.tail.is_none() && self.returns_unit() {
            code.extend(quote_here!(::core::task::Poll::Ready(())));
        }
        quote_here!(#declarations #code)
    }

    /// Whether a body without a tail ends with `()`; any other such body never ends.
    fn returns_unit(&self) -> bool {
        match &self.input.function.output {
            None => true,
            Some(syn::Type::Tuple(tuple)) => tuple.elems.is_empty(),
            Some(_) => false,
        }
    }

    /// What must be declared before the labelled blocks: every survivor, and an ordinary local that would otherwise be
    /// dropped out of order, or not be there when it is assigned.
    fn hoisted(&self, pieces: &[Piece<'_>], entries: &[usize]) -> Vec<BindingId> {
        let last = entries.last().copied().unwrap_or(0);
        let mut hoisted = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            let local = match piece.local() {
                Some(local) => local,
                None => continue,
            };
            let next_entry = entries.iter().copied().find(|entry| *entry > index);
            let out_of_order = next_entry.is_some_and(|entry| {
                let later = pieces[index + 1..=entry].iter().filter_map(Piece::local).flat_map(|local| &local.bindings);
                later
                    .into_iter()
                    .any(|later| self.input.storage(*later).is_some() && !self.input.tables().binding(*later).hidden)
            });
            let outlives = |binding: &BindingId| {
                self.input.storage(*binding).is_some() || index < last && (self.is_assigned(*binding) || out_of_order)
            };
            if local.bindings.iter().any(outlives) {
                hoisted.extend(&local.bindings);
            }
        }
        hoisted
    }

    fn is_assigned(&self, binding: BindingId) -> bool {
        self.input.liveness.assigned.keys().any(|site| self.input.tables().site(*site).binding == binding)
    }

    fn declaration(&self, binding: BindingId) -> TokenStream {
        let name = self.input.name(binding);
        match self.input.storage(binding) {
            Some(Storage::Flagged) => quote_here!(let #name = frame.#name.resume();),
            Some(Storage::Local) => quote_here!(let #name = ::desugar::__private::Local::new();),
            _ => {
                let mutable = (self.is_assigned(binding) && self.input.tables().binding(binding).mutable)
                    .then(|| quote_here!(mut));
                quote_here!(let #mutable #name;)
            }
        }
    }

    /// Whether what is before an entry must be a block of its own, to be left when resuming.
    fn needs_label(&self, pieces: &[Piece<'_>], entries: &[usize], entry: usize) -> bool {
        let first = entries.first() == Some(&entry);
        let nothing_before = pieces[..entry].iter().all(|piece| match piece {
            Piece::Stmt(Stmt::Item(_)) => true,
            // Declared outside, if it is to last.
            Piece::Stmt(Stmt::Let(local)) => local.init.is_none(),
            _ => false,
        });
        !(first && nothing_before)
    }

    fn label(&self, piece: &Piece<'_>) -> Lifetime {
        let suspension = piece.suspensions()[0];
        let place = self.input.layout.place(suspension);
        Lifetime::new(&format!("'{}", place.name), here(Span::mixed_site()))
    }

    /// `match at { .. }`: where to go on.
    fn resume(
        &self,
        pieces: &[Piece<'_>],
        entries: &[usize],
        hoisted: &[BindingId],
        parameters: Option<&[BindingId]>,
    ) -> TokenStream {
        let state = &self.input.layout.state;
        let mut arms = Vec::new();
        for entry in entries {
            let suspensions = pieces[*entry].suspensions();
            let variants = suspensions.iter().map(|suspension| &self.input.layout.place(*suspension).variant);
            let pattern = quote_here!(#(#state::#variants)|*);
            let mut guards = TokenStream::new();
            let all = parameters.unwrap_or_default().iter().chain(hoisted);
            for binding in all {
                if suspensions.iter().all(|suspension| self.is_resumed(*binding, *suspension))
                    && self.declared_before(*binding, pieces, *entry)
                {
                    let name = self.input.name(*binding);
                    guards.extend(quote_here!(#name = frame.#name.resume();));
                }
            }
            if pieces[*entry].is_poll() && self.loops.get() > 0 {
                self.resets.set(true);
                guards.extend(quote_here!(at = #state::NeverPolled;));
            }
            let leave = self.needs_label(pieces, entries, *entry).then(|| {
                let label = self.label(&pieces[*entry]);
                quote_here!(break #label;)
            });
            if guards.is_empty() && leave.is_none() && parameters.is_none() {
                continue;
            }
            arms.push((pattern, quote_here!(#guards #leave)));
        }
        if parameters.is_some() {
            let start = self.start();
            let first = quote_here!(#state::NeverPolled);
            let mut all: Vec<(TokenStream, TokenStream)> = vec![(first, start)];
            for (pattern, code) in arms {
                // Where the same is done, the states stand together.
                match all.iter_mut().find(|(_, other)| other.to_string() == code.to_string()) {
                    Some((patterns, _)) => patterns.extend(quote_here!(| #pattern)),
                    None => all.push((pattern, code)),
                }
            }
            let arms = all.into_iter().map(|(pattern, code)| quote_here!(#pattern => { #code }));
            return quote_here! {
                match at {
                    #(#arms)*
                    #state::Finished => ::core::panic!("`async fn` resumed after completion"),
                    #state::Panicked => ::core::panic!("`async fn` resumed after panicking"),
                }
            };
        }
        match &arms[..] {
            [] => TokenStream::new(),
            [(pattern, code)] => quote_here!(if let #pattern = at { #code }),
            _ => {
                let arms = arms.into_iter().map(|(pattern, code)| quote_here!(#pattern => { #code }));
                quote_here!(match at { #(#arms)* _ => {} })
            }
        }
    }

    /// Whether a binding's `let` stands before an entry; a parameter's always does.
    fn declared_before(&self, binding: BindingId, pieces: &[Piece<'_>], entry: usize) -> bool {
        let position =
            pieces.iter().position(|piece| piece.local().is_some_and(|local| local.bindings.contains(&binding)));
        position.is_none_or(|position| position < entry)
    }

    /// The first poll: arguments get their guards, and are taken apart by their patterns.
    fn start(&self) -> TokenStream {
        let mut code = TokenStream::new();
        for parameter in &self.input.marked.parameters {
            if self.input.storage(parameter.argument) == Some(Storage::Slot) {
                let name = self.input.name(parameter.argument);
                code.extend(quote_here!(#name = frame.#name.resume();));
            } else if self.input.storage(parameter.argument) == Some(Storage::Local) {
                let name = self.input.name(parameter.argument);
                let waiting = self.input.argument(quote_here!(frame), parameter.argument);
                code.extend(quote_here!(#name.start(#waiting.resume().take());));
            }
        }
        for parameter in &self.input.marked.parameters {
            if let Some(pattern) = &parameter.pattern {
                code.extend(self.local(pattern, &pattern.bindings));
            }
        }
        code
    }

    fn piece(&self, piece: &Piece<'_>, hoisted: &[BindingId], root: bool) -> TokenStream {
        match piece {
            Piece::Stmt(stmt) => self.stmt(stmt, hoisted, root),
            Piece::Tail(Value::Leaf(leaf)) if root || !is_poll(&leaf.0) => {
                let (ready, rest) = self.split(leaf);
                if root {
                    let rest = self.leaves.expr(&rest.0);
                    return quote_here!(#ready ::core::task::Poll::Ready(#rest));
                }
                let rest = self.statement(&Value::Leaf(rest), false);
                quote_here!(#ready #rest)
            }
            Piece::Tail(value) if root => {
                let tokens = self.value(value);
                if self.returns_unit() {
                    return quote_here!(#tokens ::core::task::Poll::Ready(()));
                }
                // The output's type is what the branches of the value are coerced to.
                let ty = &self.output;
                quote_here!(let output: #ty = #tokens; ::core::task::Poll::Ready(output))
            }
            Piece::Tail(value) => self.statement(value, false),
        }
    }

    /// A leaf whose poll, if its value is taken and not used as a place, stands as a statement before it.
    // Input:  __poll_0? + 1
    // Output: let ready = match frame.awaitee.poll(cx) { .. };   and   ready? + 1
    fn split(&self, leaf: &Leaf) -> (Option<TokenStream>, Leaf) {
        let mut rest = leaf.0.clone();
        let poll = match leaf.poll() {
            Some(suspension) => {
                let ready = Ident::new("ready", here(self.input.tables().suspension(suspension).span));
                match take_poll(&mut rest, &ready) {
                    true => (ready, self.leaves.poll(suspension)),
                    false => return (None, Leaf(rest)),
                }
            }
            None => return (None, Leaf(rest)),
        };
        let (ready, poll) = poll;
        (Some(quote_here!(let #ready = #poll;)), Leaf(rest))
    }

    fn stmt(&self, stmt: &Stmt, hoisted: &[BindingId], root: bool) -> TokenStream {
        match stmt {
            Stmt::Let(local) => self.local(local, hoisted),
            Stmt::Start { suspension, operand } => {
                let place = self.input.layout.place(*suspension);
                let awaitee = self.input.awaitee(&place.name);
                let (ready, operand) = self.split(operand);
                let operand = self.leaves.escaping(&operand.0);
                let future = into_future(self.input.tables().suspension(*suspension).span, operand);
                quote_here!(#ready #awaitee.start(#future);)
            }
            Stmt::Value(Value::Leaf(leaf)) if !is_poll(&leaf.0) => {
                let (ready, rest) = self.split(leaf);
                let rest = self.statement(&Value::Leaf(rest), true);
                quote_here!(#ready #rest)
            }
            Stmt::Value(value) => self.statement(value, true),
            Stmt::Drop(bindings) => {
                let names: Vec<_> = bindings.iter().map(|binding| self.input.name(*binding)).collect();
                match &names[..] {
                    [only] => quote_here!(::core::mem::drop(#only);),
                    _ => quote_here!(::core::mem::drop((#(#names),*));),
                }
            }
            // Those at the top of the body stand above both halves.
            Stmt::Item(_) if root => TokenStream::new(),
            Stmt::Item(item) => item.to_token_stream(),
        }
    }

    /// A value where a statement may stand: with the parentheses that this takes.
    fn statement(&self, value: &Value, semi: bool) -> TokenStream {
        let tokens = self.value(value);
        match value {
            Value::Loop(_) | Value::Block(_) | Value::If(_) | Value::Match(_) => tokens,
            _ => match syn::parse2::<syn::Expr>(tokens.clone()) {
                Ok(mut expr) => {
                    shield(&mut expr, false);
                    syn::Stmt::Expr(expr, semi.then(Default::default)).into_token_stream()
                }
                Err(_) => tokens,
            },
        }
    }

    // Input:  let x = v;                      let (a, _) = v;
    // Output: x = frame.x.init(v);            a = match v { (a, _) => frame.a.init(a) };
    fn local(&self, local: &Let, hoisted: &[BindingId]) -> TokenStream {
        let moved = |binding: &BindingId| hoisted.contains(binding);
        let init = match &local.init {
            Some(init) => init,
            None if local.bindings.iter().all(moved) => return TokenStream::new(),
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
        let survives = local.bindings.iter().any(|binding| self.input.storage(*binding).is_some());
        let is_hoisted = local.bindings.iter().any(moved);
        let mut value = match init {
            Value::Leaf(leaf) if survives => self.leaves.escaping(&leaf.0),
            value => self.value(value),
        };
        let taken = match init {
            Value::Leaf(leaf) => self.leaves.taken(&leaf.0),
            _ => None,
        };
        if let (Some(site), None) = (taken, &local.diverge) {
            value = self.leaves.unpack(site);
        }
        let taken = taken.filter(|_| local.diverge.is_some());
        let ty = &local.ty;
        if !is_hoisted && taken.is_none() {
            let pat = self.leaves.pat(&local.pat);
            let ty = ty.iter();
            let otherwise = local.diverge.as_ref().map(|diverge| {
                let diverge = self.leaves.expr(&diverge.0);
                value = quote_here!((#value));
                braced(diverge)
            });
            let otherwise = otherwise.iter();
            return quote_here!(#ready let #pat #(: #ty)* = #value #(else #otherwise)*;);
        }
        if let Some(ty) = ty {
            let value_name = Ident::new("value", Span::mixed_site());
            value = quote_here!({ let #value_name: #ty = #value; #value_name });
        }
        if let (Pat::Ident(ident), None) = (&local.pat, &local.diverge) {
            if let (Some(binding), None, None) = (as_binding(&ident.ident), &ident.by_ref, &ident.subpat) {
                let name = self.input.name(binding);
                let fill = self.fill(binding, value);
                return match self.input.storage(binding) {
                    Some(Storage::Flagged | Storage::Local) => quote_here!(#ready #fill;),
                    _ => quote_here!(#ready #name = #fill;),
                };
            }
        }
        let local = self.pattern(local, value, taken, is_hoisted);
        quote_here!(#ready #local)
    }

    /// `(a, b) = match value { pat => (frame.a.init(a), frame.b.init(b)), _ => diverge };`
    fn pattern(&self, local: &Let, mut value: TokenStream, taken: Option<SiteId>, is_hoisted: bool) -> TokenStream {
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
                value = self.leaves.peek(site);
                let (pat, first) = self.leaves.with_names(renamed, || self.leaves.taking_arm(site, &local.pat));
                let other = Ident::new("other", Span::mixed_site());
                (pat, first, Some((self.leaves.give_back(site, &other), other)))
            }
        };
        let otherwise = local.diverge.as_ref().map(|diverge| {
            let diverge = self.leaves.expr(&diverge.0);
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
        quote_here!(#target match #value { #arm #otherwise };)
    }

    /// Puts a value in a binding's place.
    fn fill(&self, binding: BindingId, value: TokenStream) -> TokenStream {
        let name = self.input.name(binding);
        match self.input.storage(binding) {
            Some(Storage::Slot) => quote_here!(frame.#name.init(#value)),
            Some(Storage::Flagged) => quote_here!(frame.#name.start(#value)),
            Some(Storage::Local) => quote_here!(#name.start(#value)),
            None => value,
        }
    }

    /// A value, as an expression.
    fn value(&self, value: &Value) -> TokenStream {
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
    fn if_else(&self, node: &If) -> TokenStream {
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
        let cond = self.value(&node.cond);
        let inside = braces(self.seq(&node.then, None), node.then.braces);
        let otherwise = node.otherwise.as_ref().map(|otherwise| {
            let otherwise = self.value(otherwise);
            quote_here!(else #otherwise)
        });
        quote_here!(if match at { #then #not_then _ => #cond } #inside #otherwise)
    }

    // Input:  match v { Some(x) => x.await, None => c }
    // Output: 'matched: { 'x: { if let K = at { break 'x } match v { Some(x) => frame.x.start(x), None => break 'matched c } }
    //         let x = frame.x.resume(); .. }
    fn match_arms(&self, node: &Match) -> TokenStream {
        let state = &self.input.layout.state;
        let (_, first) = self.awaiting(node).next().map_or((0, None), |(index, arm)| (index, Some(arm)));
        let whole = match first {
            Some(arm) => {
                let place = self.input.layout.place(arm.body.suspensions()[0]);
                let depth =
                    if self.matches.get() == 0 { String::new() } else { format!("_{}", self.matches.get() + 1) };
                Lifetime::new(&format!("'match_{}{}", place.name, depth), here(Span::mixed_site()))
            }
            None => Lifetime::new("'matched", here(Span::mixed_site())),
        };
        let depth = self.matches.get();
        self.matches.set(depth + 1);
        let label_of = |arm: &Arm| {
            let place = self.input.layout.place(arm.body.suspensions()[0]);
            let depth = if depth == 0 { String::new() } else { format!("_{}", depth + 1) };
            Lifetime::new(&format!("'arm_{}{}", place.name, depth), here(Span::mixed_site()))
        };
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
                        guards.extend(quote_here!(#name = frame.#name.resume();));
                    }
                }
                if self.loops.get() > 0 {
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
            Some(site) => self.leaves.peek(site),
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
                        let name = self.input.name(*binding);
                        quote_here!(frame.#name.start(#name);)
                    });
                    quote_here!(#pat => { #first #(#slots)* #fills break #label })
                }
            }
        });
        let mut code = quote_here!(match at { #(#resumes)* _ => {} } match #scrutinee { #(#arms)* });
        for (_, arm) in self.awaiting(node) {
            let label = label_of(arm);
            code = quote_here!(#label: { #code });
            if let Some((block, polls)) = arm.straight() {
                let rest = braces(self.line(arm, block, polls..block.stmts.len() + 1), block.braces);
                code.extend(quote_here!(break #whole #rest;));
                continue;
            }
            let guards = arm.bindings.iter().filter(|binding| !self.is_local(**binding)).map(|binding| {
                let name = self.input.name(*binding);
                quote_here!(let #name = frame.#name.resume();)
            });
            let body = self.value(&arm.body);
            code.extend(quote_here!(break #whole { #(#guards)* #body };));
        }
        self.matches.set(depth);
        quote_here!(#whole: { #declarations #code })
    }

    /// What a straight arm binds or declares that must outlast the arm.
    fn kept(&self, arm: &Arm) -> Vec<BindingId> {
        let (block, polls) = match arm.straight() {
            Some(straight) => straight,
            None => return Vec::new(),
        };
        let pieces: Vec<_> =
            block.stmts.iter().map(Piece::Stmt).chain(block.tail.as_deref().map(Piece::Tail)).collect();
        let bound = arm.bindings.iter().copied().filter(|binding| self.input.storage(*binding).is_some());
        bound.chain(self.hoisted(&pieces, &[polls])).collect()
    }

    /// Whether a suspension leaves the binding in a slot that was full whichever way led there.
    fn is_resumed(&self, binding: BindingId, suspension: SuspensionId) -> bool {
        self.input.storage(binding) == Some(Storage::Slot) && self.input.liveness.alive[&suspension].contains(&binding)
    }

    /// Some of the statements of a straight arm, and its tail.
    fn line(&self, arm: &Arm, block: &Block, range: std::ops::Range<usize>) -> TokenStream {
        let kept = self.kept(arm);
        let pieces = block.stmts.iter().map(Piece::Stmt).chain(block.tail.as_deref().map(Piece::Tail));
        pieces.skip(range.start).take(range.len()).map(|piece| self.piece(&piece, &kept, false)).collect()
    }

    fn is_local(&self, binding: BindingId) -> bool {
        self.input.storage(binding) == Some(Storage::Local)
    }

    /// The names under which an arm's pattern binds what is declared outside of the arm, and what puts it in its place.
    /// In a straight arm that is every survivor; any other has the slots of its bindings to itself.
    // Input:  Get(key, n)                 where `key` survives
    // Output: key_value for `key`, and    key = frame.key.init(key_value);
    fn bound(&self, arm: &Arm) -> (Vec<(BindingId, Ident)>, TokenStream) {
        let (mut names, mut fills) = (Vec::new(), TokenStream::new());
        let straight = arm.straight().is_some();
        let outlasts = |binding: BindingId| straight && self.input.storage(binding).is_some() || self.is_local(binding);
        for binding in arm.bindings.iter().filter(|binding| outlasts(**binding)) {
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

    fn awaiting<'m>(&self, node: &'m Match) -> impl Iterator<Item = (usize, &'m Arm)> {
        node.arms.iter().enumerate().filter(|(_, arm)| !arm.body.suspensions().is_empty())
    }
}

/// Puts a poll in parentheses where it would begin a statement and end it: `(match .. { .. }) as u32`.
fn shield(expr: &mut Expr, inner: bool) {
    match expr {
        Expr::Assign(node) => shield(&mut node.left, true),
        Expr::Binary(node) => shield(&mut node.left, true),
        Expr::Call(node) => shield(&mut node.func, true),
        Expr::Cast(node) => shield(&mut node.expr, true),
        Expr::Field(node) => shield(&mut node.base, inner),
        Expr::Index(node) => shield(&mut node.expr, true),
        Expr::MethodCall(node) => shield(&mut node.receiver, inner),
        Expr::Range(node) => node.start.iter_mut().for_each(|start| shield(start, true)),
        Expr::Try(node) => shield(&mut node.expr, inner),
        Expr::Block(_) | Expr::If(_) | Expr::Loop(_) | Expr::Match(_) | Expr::Unsafe(_) if inner => {
            let poll = std::mem::replace(expr, Expr::Verbatim(TokenStream::new()));
            *expr = Expr::Paren(syn::ExprParen {
                attrs: Vec::new(),
                paren_token: Default::default(),
                expr: Box::new(poll),
            });
        }
        _ => {}
    }
}

/// What a pattern binds, beside the local it is put in.
fn value_of(name: &Ident) -> Ident {
    Ident::new(&format!("{}_value", name.to_string().trim_start_matches("r#")), Span::mixed_site())
}

fn is_poll(expr: &Expr) -> bool {
    path_ident(expr).and_then(as_poll).is_some()
}

/// Puts `ready` for the poll that `expr` begins with, if its value is taken there.
fn take_poll(expr: &mut Expr, ready: &Ident) -> bool {
    if is_poll(expr) {
        *expr = ident_expr(ready.clone());
        return true;
    }
    if let Expr::Paren(node) = expr {
        return take_poll(&mut node.expr, ready);
    }
    operands(expr).into_iter().any(|(operand, mode)| {
        if is_poll(operand) {
            mode == Mode::Value && take_poll(operand, ready)
        } else {
            take_poll(operand, ready)
        }
    })
}

/// A block in the source's own braces.
fn braces(inside: TokenStream, span: Option<Span>) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, inside);
    group.set_span(span.unwrap_or_else(Span::mixed_site));
    TokenTree::Group(group).into()
}

fn braced(expr: TokenStream) -> TokenStream {
    let starts_with_brace = matches!(
        expr.clone().into_iter().next(),
        Some(proc_macro2::TokenTree::Group(group)) if group.delimiter() == proc_macro2::Delimiter::Brace
    );
    if starts_with_brace {
        expr
    } else {
        quote_here!({ #expr })
    }
}
