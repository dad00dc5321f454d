//! Where a poll goes on: what a block that suspends asks first.
//!
//! In: the pieces of a block, and which of them suspend. Out: `match at { .. }`, which makes the guards of what was alive
//! there anew and leaves the block that holds the statements before.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Lifetime;

use super::body::{Body, Piece};
use crate::ids::BindingId;
use crate::liveness::Storage;

/// How the states of one arm go on.
struct Resume {
    states: Vec<Ident>,
    /// What only the first poll does.
    start: TokenStream,
    /// The survivors whose guards are made anew.
    resumed: Vec<BindingId>,
    /// A loop could ask again.
    resets: bool,
    /// The block that is left.
    leave: Option<Lifetime>,
}

impl Resume {
    fn does_the_same(&self, other: &Resume) -> bool {
        let same = (&self.resumed, self.resets, &self.leave) == (&other.resumed, other.resets, &other.leave);
        same && self.start.is_empty() && other.start.is_empty()
    }

    fn pattern(&self, state: &Ident) -> TokenStream {
        let states = &self.states;
        quote_here!(#(#state::#states)|*)
    }
}

impl Body<'_> {
    /// `match at { .. }`: where to go on.
    pub(super) fn resume(
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
            let all = parameters.unwrap_or_default().iter().chain(hoisted);
            let resumed = all.filter(|binding| {
                suspensions.iter().all(|suspension| self.is_resumed(**binding, *suspension))
                    && self.declared_before(**binding, pieces, *entry)
            });
            let resets = pieces[*entry].is_poll() && self.loops.get() > 0;
            if resets {
                self.resets.set(true);
            }
            let variants = suspensions.iter().map(|suspension| self.input.layout.place(*suspension).variant.clone());
            arms.push(Resume {
                states: variants.collect(),
                start: TokenStream::new(),
                resumed: resumed.copied().collect(),
                resets,
                leave: self.needs_label(pieces, entries, *entry).then(|| self.label(&pieces[*entry])),
            });
        }
        if parameters.is_some() {
            let mut all: Vec<Resume> = Vec::new();
            for arm in std::iter::once(self.start()).chain(arms) {
                // Where the same is done, the states stand together.
                match all.iter_mut().find(|other| other.does_the_same(&arm)) {
                    Some(other) => other.states.extend(arm.states),
                    None => all.push(arm),
                }
            }
            let arms = all.iter().map(|arm| {
                let (pattern, code) = (arm.pattern(state), self.code(arm));
                quote_here!(#pattern => { #code })
            });
            return quote_here! {
                match at {
                    #(#arms)*
                    #state::Finished => ::core::panic!("`async fn` resumed after completion"),
                    #state::Panicked => ::core::panic!("`async fn` resumed after panicking"),
                }
            };
        }
        // The suspensions of this block are at its own statements: nothing inside of these asks.
        let at = match arms.iter().all(|arm| arm.resets && arm.leave.is_some()) {
            true => {
                arms.iter_mut().for_each(|arm| arm.resets = false);
                self.last_asked()
            }
            false => quote_here!(at),
        };
        arms.retain(|arm| !arm.resumed.is_empty() || arm.resets || arm.leave.is_some());
        match &arms[..] {
            [] => TokenStream::new(),
            [arm] => {
                let (pattern, code) = (arm.pattern(state), self.code(arm));
                quote_here!(if let #pattern = #at { #code })
            }
            _ => {
                let arms = arms.iter().map(|arm| {
                    let (pattern, code) = (arm.pattern(state), self.code(arm));
                    quote_here!(#pattern => { #code })
                });
                quote_here!(match #at { #(#arms)* _ => {} })
            }
        }
    }

    /// What is done to go on.
    // Output: source = frame.source.resume(); at = CopyState::NeverPolled; break 'read;
    fn code(&self, arm: &Resume) -> TokenStream {
        let Resume { start, resumed, resets, leave, .. } = arm;
        let (state, names) = (&self.input.layout.state, resumed.iter().map(|binding| self.input.name(*binding)));
        let guards = resumed.iter().map(|binding| self.input.guard(*binding));
        let reset = resets.then(|| quote_here!(at = #state::NeverPolled;));
        let leave = leave.iter();
        quote_here!(#(#names = #guards;)* #start #reset #(break #leave;)*)
    }

    /// Where to go on, asked for the last time. On every way on, rustc then knows that there is nothing to resume at: so a loop
    /// asks but once.
    pub(super) fn last_asked(&self) -> TokenStream {
        let state = &self.input.layout.state;
        quote_here!(::core::mem::replace(&mut at, #state::NeverPolled))
    }

    /// Whether a binding's `let` stands before an entry; a parameter's always does.
    pub(super) fn declared_before(&self, binding: BindingId, pieces: &[Piece<'_>], entry: usize) -> bool {
        let position =
            pieces.iter().position(|piece| piece.local().is_some_and(|local| local.bindings.contains(&binding)));
        position.is_none_or(|position| position < entry)
    }

    /// The first poll: arguments get their guards, and are taken apart by their patterns.
    fn start(&self) -> Resume {
        let arguments = || self.input.marked.parameters.iter().map(|parameter| parameter.argument);
        let resumed = arguments().filter(|argument| self.input.storage(*argument) == Some(Storage::Slot)).collect();
        let waiting = arguments().filter(|argument| self.input.storage(*argument) == Some(Storage::Local));
        let waiting = waiting.map(|argument| {
            let (name, guard) = (self.input.name(argument), self.input.guard(argument));
            quote_here!(#name.start(#guard.take());)
        });
        let patterns = self.input.marked.parameters.iter().filter_map(|parameter| parameter.pattern.as_ref());
        let patterns = patterns.map(|pattern| self.local(pattern, &pattern.bindings));
        let start = waiting.chain(patterns).collect();
        let states = vec![Ident::new("NeverPolled", Span::mixed_site())];
        Resume { states, start, resumed, resets: false, leave: None }
    }
}
