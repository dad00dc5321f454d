//! Lifetimes that are one in the machine, and several in the signature; `outlives` says which and why.
//!
//! In: the signature, the lifetimes, and the machine as the source has it. Out: the machine with these lifetimes replaced,
//! between arguments that are made to live as long, and an output that does not.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote_spanned, ToTokens};
use syn::{parse_quote, FnArg, Pat, ReceiverKind, Signature, Token, Type};

use super::outlives::{in_tokens, Common};

/// What differs between the lifetimes of the machine and those of the signature.
pub(super) struct Lengthened {
    common: Common,
    /// `self`, if its type mentions one of the lifetimes.
    receiver: Option<(Token![self], Type)>,
    /// The other arguments that do.
    arguments: Vec<(Ident, Type)>,
    /// The output, if it does.
    output: Option<Type>,
}

impl Lengthened {
    pub(super) fn of(common: Common, sig: &Signature, output: Option<&Type>) -> Option<Self> {
        if common.lengthened.is_empty() {
            return None;
        }
        let (mut receiver, mut arguments) = (None, Vec::new());
        for input in &sig.inputs {
            match input {
                FnArg::Receiver(input) => {
                    let ty = type_of(&input.kind);
                    receiver = common.changes(&ty).then_some((input.self_token, ty));
                }
                FnArg::Typed(typed) => match &*typed.pat {
                    Pat::Ident(name) if common.changes(&typed.ty) => {
                        arguments.push((name.ident.clone(), (*typed.ty).clone()));
                    }
                    _ => {}
                },
            }
        }
        let output = output.filter(|ty| common.changes(ty)).cloned();
        Some(Lengthened { common, receiver, arguments, output })
    }

    /// What the machine calls `self`.
    pub(super) fn receiver(&self) -> Option<Ident> {
        self.receiver.as_ref().map(|_| Ident::new("this", Span::mixed_site()))
    }

    // Input:  let machine = machine(.., |frame: &FirstFrame<_>, ..| -> Poll<&'key str> { .. });
    // Output: let key: &'this str = unsafe { lengthen::<&'key str, _>(key) };
    //         let machine = machine(.., |frame: &FirstFrame<_>, ..| -> Poll<&'this str> { .. });
    //         let machine = unsafe { shorten::<_, &'key str>(machine) };
    pub(super) fn emit(&self, machine: TokenStream) -> TokenStream {
        let unsafe_token = quote_spanned!(Span::call_site()=> unsafe);
        let receiver = self.receiver().into_iter().zip(&self.receiver);
        let receiver = receiver.map(|(this, (token, ty))| (this, token.to_token_stream(), ty));
        let others = self.arguments.iter().map(|(name, ty)| (name.clone(), name.to_token_stream(), ty));
        let arguments = receiver.chain(others).map(|(name, argument, ty)| {
            let longer = self.common.lengthen(ty.to_token_stream());
            quote_here! {
                // SAFETY: the same type but for lifetimes. The future captures the real one, and what is done with the
                // argument is checked with it.
                let #name: #longer = #unsafe_token { ::desugar::__private::lengthen::<#ty, _>(#argument) };
            }
        });
        let machine = self.common.lengthen(machine);
        let output = self.output.as_ref().map(|ty| {
            quote_here! {
                // SAFETY: the same type but for lifetimes, and what is returned is checked with the real one.
                let machine = #unsafe_token { ::desugar::__private::shorten::<_, #ty>(machine) };
            }
        });
        quote_here!(#(#arguments)* #machine #output)
    }
}

fn type_of(receiver: &ReceiverKind) -> Type {
    match receiver {
        ReceiverKind::Reference(and, lifetime, mutability) => parse_quote!(#and #lifetime #mutability Self),
        ReceiverKind::Typed(_, ty) => (**ty).clone(),
        _ => parse_quote!(Self),
    }
}

impl Common {
    /// Whether some tokens mention a lifetime that is lengthened.
    pub(super) fn changes(&self, tokens: impl ToTokens) -> bool {
        in_tokens(tokens).iter().any(|name| self.lengthened.contains(name))
    }

    /// The tokens with the lifetimes lengthened. Labels, which are spelled alike, are not.
    // Input:  'label: loop { let first: &'label str = next(&label); break 'label; }
    // Output: 'label: loop { let first: &'this str = next(&label); break 'label; }
    pub(super) fn lengthen(&self, tokens: TokenStream) -> TokenStream {
        let mut out: Vec<TokenTree> = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(tree) = tokens.next() {
            match tree {
                TokenTree::Group(group) => {
                    let mut new = Group::new(group.delimiter(), self.lengthen(group.stream()));
                    new.set_span(group.span());
                    out.push(new.into());
                }
                TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                    let name = match tokens.next() {
                        Some(TokenTree::Ident(name)) => name,
                        other => {
                            out.push(quote.into());
                            out.extend(other);
                            continue;
                        }
                    };
                    let leaves =
                        matches!(out.last(), Some(TokenTree::Ident(word)) if word == "break" || word == "continue");
                    let stands = matches!(tokens.peek(), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
                    if !leaves && !stands && self.lengthened.contains(&format!("'{}", name)) {
                        out.extend(self.lifetime.to_token_stream());
                    } else {
                        out.extend([TokenTree::from(quote), TokenTree::from(name)]);
                    }
                }
                other => out.push(other),
            }
        }
        out.into_iter().collect()
    }
}
