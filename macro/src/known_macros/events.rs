//! The arguments of the macros that log: those of `tracing`, of `log`, and their kin.
//!
//! A level, perhaps; `target: ..` and the like; fields; then a format string and what it formats, or, before its fields,
//! the name of a span. A field may be no more than a name, which says what it is called and what it holds.

use proc_macro2::{Punct, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, Lit, Member, Token};

use super::{is_string, Argument, Label, Named};
use crate::ids::Mode;

/// How an event is written.
#[derive(Clone, Copy)]
pub(super) struct Event {
    /// Its level comes first: `event!(Level::INFO, ..)`.
    pub(super) level: bool,
    /// Its string is the name of a span, with the fields after it.
    pub(super) span: bool,
}

/// The arguments, and the index of the format string.
pub(super) fn parse_event(input: ParseStream, event: Event) -> syn::Result<(Vec<Argument>, Option<usize>)> {
    let (mut arguments, mut format, mut level) = (Vec::new(), None, event.level);
    // Where the fields begin.
    let mut first = 0;
    while !input.is_empty() {
        let (label, value) = match format {
            Some(_) => {
                let Named { name, value } = input.parse()?;
                (name.map_or(Label::None, Label::Name), value)
            }
            None => parse_field(input)?,
        };
        if let (Label::None, None, true, false) = (&label, format, is_string(&value), event.span) {
            format = Some(arguments.len());
        }
        let label = match label {
            Label::None | Label::Spelt if std::mem::take(&mut level) => {
                first = arguments.len() + 1;
                Label::None
            }
            label => label,
        };
        arguments.push(Argument { label, value, mode: Mode::Place });
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    // A name with a dot is a field beside other fields; alone it may be what some other macro is to log with.
    if arguments.iter().any(|argument| matches!(argument.label, Label::Field { .. } | Label::Tokens(_))) {
        let fields = format.unwrap_or(arguments.len());
        for argument in arguments.iter_mut().take(fields).skip(first) {
            if let (Label::None, true) = (&argument.label, is_name(&argument.value)) {
                argument.label = Label::Field { name: argument.value.to_token_stream(), sigil: None };
            }
        }
    }
    Ok((arguments, format))
}

// Input:  target: "net"    or  user.id = %id    or  %host
fn parse_field(input: ParseStream) -> syn::Result<(Label, Expr)> {
    let fork = input.fork();
    if fork.call(Ident::parse_any).is_ok() && fork.peek(Token![:]) && !fork.peek(Token![::]) {
        let (name, colon): (Ident, Token![:]) = (input.call(Ident::parse_any)?, input.parse()?);
        let label = name.into_token_stream().into_iter().chain(colon.into_token_stream()).collect();
        return Ok((Label::Tokens(label), input.parse()?));
    }
    let fork = input.fork();
    if let (Ok(mut label), Ok(equals)) = (parse_name(&fork), fork.parse::<Token![=]>()) {
        if !fork.peek(Token![=]) {
            syn::parse::discouraged::Speculative::advance_to(input, &fork);
            let named = !matches!(label.clone().into_iter().next(), Some(TokenTree::Literal(_)));
            let label = match parse_sigil(input)? {
                sigil @ Some(_) if named => Label::Field { name: label, sigil },
                sigil => {
                    equals.to_tokens(&mut label);
                    sigil.to_tokens(&mut label);
                    Label::Tokens(label)
                }
            };
            return Ok((label, input.parse()?));
        }
    }
    let sigil = parse_sigil(input)?;
    let value: Expr = input.parse()?;
    let label = match (sigil, &value) {
        (sigil @ Some(_), value) if is_name(value) => Label::Field { name: value.to_token_stream(), sigil },
        (Some(_), _) => return Err(input.error("a field needs a name")),
        (None, Expr::Path(path)) if path.path.get_ident().is_some() => Label::Spelt,
        (None, _) => Label::None,
    };
    Ok((label, value))
}

/// `user.id`, or `"user id"`.
fn parse_name(input: ParseStream) -> syn::Result<TokenStream> {
    if input.peek(syn::LitStr) {
        return Ok(input.parse::<Lit>()?.into_token_stream());
    }
    let mut name = input.call(Ident::parse_any)?.into_token_stream();
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?.to_tokens(&mut name);
        input.call(Ident::parse_any)?.to_tokens(&mut name);
    }
    Ok(name)
}

/// `%` or `?`: by which of its traits a value is written.
fn parse_sigil(input: ParseStream) -> syn::Result<Option<Punct>> {
    if input.peek(Token![%]) || input.peek(Token![?]) {
        return input.parse().map(Some);
    }
    Ok(None)
}

/// `user`, `self.id`.
fn is_name(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.get_ident().is_some(),
        Expr::Field(field) => matches!(field.member, Member::Named(_)) && is_name(&field.base),
        _ => false,
    }
}
