//! The arguments of `json!`, `bson!` and `doc!`: lists and objects in each other, with expressions as keys and values.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

use super::{hole, Argument, Label};
use crate::ids::Mode;

/// The expressions, in order, and what is around them. A key is taken by value; a value by `mode`.
// Input:  { "name": user.name(), tags: [tag, null] }
// Output: user.name(), tags, tag; { "name": ⟨0⟩, ⟨1⟩: [⟨2⟩, null] }
pub(super) fn parse_tree(input: ParseStream, mode: Mode, object: bool) -> syn::Result<(Vec<Argument>, TokenStream)> {
    let mut tree = Tree { arguments: Vec::new(), mode };
    let shape = if object { tree.object(input)? } else { tree.value(input)? };
    match input.is_empty() {
        true => Ok((tree.arguments, shape)),
        false => Err(input.error("more than one value")),
    }
}

struct Tree {
    arguments: Vec<Argument>,
    mode: Mode,
}

impl Tree {
    fn value(&mut self, input: ParseStream) -> syn::Result<TokenStream> {
        let fork = input.fork();
        let first: TokenTree = fork.parse()?;
        let is_whole = fork.is_empty() || fork.peek(Token![,]);
        match first {
            TokenTree::Group(group) if is_whole && group.delimiter() == Delimiter::Brace => {
                self.inside(input, group, Self::object)
            }
            TokenTree::Group(group) if is_whole && group.delimiter() == Delimiter::Bracket => {
                self.inside(input, group, Self::list)
            }
            TokenTree::Ident(word) if is_whole && word == "null" => input.parse::<TokenTree>().map(TokenTree::into),
            _ => self.expression(input, self.mode),
        }
    }

    fn inside(
        &mut self,
        input: ParseStream,
        group: Group,
        parse: fn(&mut Self, ParseStream) -> syn::Result<TokenStream>,
    ) -> syn::Result<TokenStream> {
        input.parse::<TokenTree>()?;
        let inside = (|input: ParseStream| parse(self, input)).parse2(group.stream())?;
        let mut new = Group::new(group.delimiter(), inside);
        new.set_span(group.span());
        Ok(TokenTree::Group(new).into())
    }

    fn list(&mut self, input: ParseStream) -> syn::Result<TokenStream> {
        let mut shape = TokenStream::new();
        while !input.is_empty() {
            shape.extend(self.value(input)?);
            input.parse::<Option<Token![,]>>()?.to_tokens(&mut shape);
        }
        Ok(shape)
    }

    fn object(&mut self, input: ParseStream) -> syn::Result<TokenStream> {
        let mut shape = TokenStream::new();
        while !input.is_empty() {
            let fork = input.fork();
            let plain = matches!(fork.parse(), Ok(TokenTree::Literal(_))) && fork.peek(Token![:]);
            match plain {
                true => input.parse::<TokenTree>()?.to_tokens(&mut shape),
                false => shape.extend(self.key(input)?),
            }
            input.parse::<Token![:]>()?.to_tokens(&mut shape);
            shape.extend(self.value(input)?);
            input.parse::<Option<Token![,]>>()?.to_tokens(&mut shape);
        }
        Ok(shape)
    }

    /// What is before the colon: no expression can be parsed up to there, since it would take a type's.
    fn key(&mut self, input: ParseStream) -> syn::Result<TokenStream> {
        let mut key = TokenStream::new();
        while !input.is_empty() && (!input.peek(Token![:]) || input.peek(Token![::])) {
            if input.peek(Token![::]) {
                input.parse::<Token![::]>()?.to_tokens(&mut key);
            } else {
                input.parse::<TokenTree>()?.to_tokens(&mut key);
            }
        }
        (|input: ParseStream| self.expression(input, Mode::Value)).parse2(key)
    }

    fn expression(&mut self, input: ParseStream, mode: Mode) -> syn::Result<TokenStream> {
        let value: Expr = input.parse()?;
        self.arguments.push(Argument { label: Label::None, value, mode });
        Ok(hole(self.arguments.len() - 1).into_token_stream())
    }
}
