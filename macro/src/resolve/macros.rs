//! Locals mentioned in macro invocations.
//!
//! A known macro is resolved argument by argument, and what its format string captures inline becomes named arguments:
//! `println!("{x}")` to `println!("{x}", x = <site>)`; `emit` takes those back where the local stays an ordinary one.
//! In an opaque macro a token that spells a local is taken for a mention of its place. Where that guess is wrong, the
//! result does not compile: a place expression is no pattern, no field name and no type. A string in it may be a format,
//! and is taken to read what it would capture; where it is something else, it only makes a mention too many.

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use syn::{LitStr, Macro};

use super::Resolver;
use crate::ids::{ident_expr, Mode};
use crate::inline;
use crate::known_macros::{self, Argument, Arguments, Capture, Label};
use crate::refusal::Refusal;

impl Resolver {
    pub(super) fn invocation(&mut self, mac: &mut Macro) {
        match known_macros::parse(mac) {
            Some(arguments) => mac.tokens = self.known(arguments),
            None if known_macros::is_textual(mac) => {}
            None => {
                if known_macros::hides_async(&mac.tokens) {
                    self.refusals.push_spanned(&mac.path, Refusal::BlockInMacro);
                }
                mac.tokens = self.opaque(mac.tokens.clone())
            }
        }
    }

    // Input:  "{x} {}", y
    // Output: "{x} {}", __site_0, x = __site_1
    fn known(&mut self, mut arguments: Arguments) -> TokenStream {
        let captured = arguments.captured();
        for argument in &mut arguments.arguments {
            self.expr(&mut argument.value, argument.mode);
        }
        self.scopes.enter();
        if let Some(pattern) = &mut arguments.pattern {
            self.pattern(pattern);
        }
        self.scopes.leave();
        for ident in captured {
            if let Some(site) = self.mention(&ident, Mode::Place) {
                arguments.arguments.push(Argument {
                    label: Label::Name(ident),
                    value: ident_expr(site),
                    mode: Mode::Place,
                });
            }
        }
        arguments.print()
    }

    /// A macro declared in the body: it stands above the body, where it cannot mention the body's locals.
    pub(super) fn local_macro(&mut self, item: &syn::ItemMacro) {
        if let Some(span) = self.first_local(item.mac.tokens.clone()) {
            self.refusals.push(span, Refusal::LocalMacro);
        }
    }

    /// The first name of a local in a macro's definition; `$name` is one of the macro's own.
    fn first_local(&mut self, tokens: TokenStream) -> Option<proc_macro2::Span> {
        let mut after_dollar = false;
        for tree in tokens {
            match &tree {
                TokenTree::Ident(ident) if !after_dollar && self.find(ident).is_some() => return Some(ident.span()),
                TokenTree::Group(group) => {
                    if let Some(span) = self.first_local(group.stream()) {
                        return Some(span);
                    }
                }
                _ => {}
            }
            after_dollar = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '$');
        }
        None
    }

    /// A string in an unknown macro, with what it may capture inline.
    // Input:  "{x} of {y}", where `x` is a local
    // Output: ⟦"{x} of {y}" __site_0⟧
    fn string(&mut self, literal: &Literal) -> Option<TokenTree> {
        let string = syn::parse2::<LitStr>(TokenTree::Literal(literal.clone()).into()).ok()?;
        let mut captures = Vec::new();
        for Capture { name, .. } in known_macros::captures(&string.value()) {
            let ident = Ident::new(&name, string.span());
            // `self` cannot be the name of what stands for it.
            if name == "self" && self.find(&ident).is_some() {
                self.refusals.push(string.span(), Refusal::InlineCapture);
            } else {
                captures.extend(self.mention(&ident, Mode::Place));
            }
        }
        (!captures.is_empty()).then(|| inline::hold(literal.clone(), captures))
    }

    fn opaque(&mut self, tokens: TokenStream) -> TokenStream {
        known_macros::map_mentions(tokens, &mut |tree| match tree {
            TokenTree::Ident(ident) => {
                let site = self.mention(ident, Mode::Place)?;
                if let Some(id) = crate::markers::as_site(&site) {
                    self.tables.sites[id.0].opaque = true;
                }
                Some(TokenTree::Ident(site))
            }
            TokenTree::Literal(literal) => self.string(literal),
            _ => None,
        })
    }
}
