//! The tables every later stage indexes: bindings, sites, suspensions and async blocks, by ids that the user's own syntax
//! carries as `markers`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::inline;
use crate::markers::{as_binding, as_block, as_site};

/// A variable of the function: a parameter, a `let`, a pattern's, or one we introduce for a temporary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BindingId(pub(crate) usize);

/// One mention of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SiteId(pub(crate) usize);

/// One await: a point where the function can stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SuspensionId(pub(crate) usize);

#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The name in the source, or the one we give.
    pub(crate) name: Ident,
    /// Declared `mut`.
    pub(crate) mutable: bool,
    /// It is `self`, which the expansion calls `this`.
    pub(crate) receiver: bool,
    /// A parameter: its slot is full from the start.
    pub(crate) parameter: bool,
    /// A temporary to which the source gives no name.
    pub(crate) hidden: bool,
    /// Its type is a reference in the source, so a receiver is never moved out of it.
    pub(crate) reference: bool,
    /// That reference is shared: nothing changes through it that a read could tell.
    pub(crate) shared: bool,
    /// The source says that it is a number, a `bool`, a `char`, or an array or tuple of such: it is `Copy`, nothing happens
    /// when it is dropped, and it borrows nothing. rustc checks the first of these wherever something relies on it.
    pub(crate) plain: bool,
    /// How many bytes it may have, as far as the source says: what is larger is given its place first.
    pub(crate) bytes: usize,
    /// In an async block: it is a variable of the function around, reached in its own place.
    pub(crate) outer: Option<Reach>,
    /// In an async block: the fields by which it is mentioned, if it never is as a whole.
    pub(crate) fields: Vec<TokenStream>,
}

/// How an async block borrows a variable of the function around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It only reads it, for certain.
    Shared,
    /// It changes it, for certain.
    Unique,
    /// Only the methods that it calls tell.
    Open,
}

/// What a mention does with the variable, as far as syntax tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Takes the value: moves it, or copies it.
    Value,
    /// Names the place: borrows it, reads or writes a part of it.
    Place,
    /// Calls a method on it: only the method's signature tells whether that moves it.
    Receiver,
    /// Matches on it: only the types tell whether that moves it.
    Scrutinee,
    /// Assigns the whole of it.
    Assign,
    /// Puts a temporary in its place, as a part of the expression that uses it: `&(x = [a, b])` is `&[a, b]`.
    Lend,
}

#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) binding: BindingId,
    pub(crate) mode: Mode,
    pub(crate) span: Span,
    /// A receiver whose arguments await: what a move would carry along cannot be settled later.
    pub(crate) awaited_arguments: bool,
    /// In the tokens of a macro that is not known: it may be a read, or an assignment.
    pub(crate) opaque: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Suspension {
    /// The awaitee's name, from what is called or mentioned: `event` for `event().await`.
    pub(crate) name: String,
    /// The awaited operand, as the source has it.
    pub(crate) source: String,
    /// The `await`.
    pub(crate) span: Span,
}

/// An async block: `resolve` makes a function without a name of it, and a call of that in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockId(pub(crate) usize);

/// What stands in an async block's place.
#[derive(Clone, Debug)]
pub(crate) struct BlockCall {
    /// The block, as the source has it.
    pub(crate) source: TokenStream,
    /// The same, without its statements.
    pub(crate) brief: TokenStream,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) bindings: Vec<Binding>,
    pub(crate) sites: Vec<Site>,
    pub(crate) suspensions: Vec<Suspension>,
    pub(crate) blocks: Vec<BlockCall>,
}

/// What a variable is taken for of which the source says nothing.
pub(crate) const SOME_BYTES: usize = 16;

impl Tables {
    pub(crate) fn bind(&mut self, binding: Binding) -> BindingId {
        self.bindings.push(binding);
        BindingId(self.bindings.len() - 1)
    }

    pub(crate) fn mention(&mut self, binding: BindingId, mode: Mode, span: Span) -> SiteId {
        self.sites.push(Site { binding, mode, span, awaited_arguments: false, opaque: false });
        SiteId(self.sites.len() - 1)
    }

    pub(crate) fn suspend(&mut self, suspension: Suspension) -> SuspensionId {
        self.suspensions.push(suspension);
        SuspensionId(self.suspensions.len() - 1)
    }

    pub(crate) fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.0]
    }

    pub(crate) fn site(&self, id: SiteId) -> &Site {
        &self.sites[id.0]
    }

    pub(crate) fn suspension(&self, id: SuspensionId) -> &Suspension {
        &self.suspensions[id.0]
    }

    /// Tokens in which every marker is the source's name again, and every async block the source's block.
    pub(crate) fn unmark(&self, tokens: impl ToTokens) -> TokenStream {
        self.unmark_names(self.unmark_blocks(tokens.into_token_stream(), |block| &block.source))
    }

    /// The same, with `..` for what is inside an async block.
    pub(crate) fn unmark_briefly(&self, tokens: impl ToTokens) -> TokenStream {
        self.unmark_names(self.unmark_blocks(tokens.into_token_stream(), |block| &block.brief))
    }

    fn unmark_names(&self, tokens: TokenStream) -> TokenStream {
        map_idents(inline::release(tokens), &mut |ident| {
            if let Some(id) = as_binding(ident) {
                return Some(self.binding(id).source_ident(ident.span()).into());
            }
            let id = as_site(ident)?;
            Some(self.binding(self.site(id).binding).source_ident(ident.span()).into())
        })
    }

    // Input:  spawn(__block_0(__site_1))
    // Output: spawn(async move { log.push(1).await })
    fn unmark_blocks(&self, tokens: TokenStream, text: fn(&BlockCall) -> &TokenStream) -> TokenStream {
        let mut out = TokenStream::new();
        let mut tokens = tokens.into_iter();
        while let Some(tree) = tokens.next() {
            match tree {
                TokenTree::Ident(ident) => match as_block(&ident) {
                    Some(id) => {
                        out.extend(text(&self.blocks[id.0]).clone());
                        // The arguments: what the block captures.
                        tokens.next();
                    }
                    None => out.extend([TokenTree::Ident(ident)]),
                },
                TokenTree::Group(group) => {
                    let mut new = proc_macro2::Group::new(group.delimiter(), self.unmark_blocks(group.stream(), text));
                    new.set_span(group.span());
                    out.extend([TokenTree::Group(new)]);
                }
                other => out.extend([other]),
            }
        }
        out
    }
}

impl Binding {
    /// A variable of which only the name is known.
    pub(crate) fn named(name: Ident) -> Self {
        Binding {
            name,
            mutable: false,
            receiver: false,
            parameter: false,
            hidden: false,
            reference: false,
            shared: false,
            plain: false,
            bytes: SOME_BYTES,
            outer: None,
            fields: Vec::new(),
        }
    }

    /// What the source calls it.
    pub(crate) fn source_name(&self) -> String {
        self.source_ident(self.name.span()).to_string()
    }

    /// The same, somewhere in the source.
    pub(crate) fn source_ident(&self, span: Span) -> Ident {
        if self.receiver {
            return Ident::new("self", span);
        }
        let mut name = self.name.clone();
        name.set_span(span);
        name
    }
}

/// The identifier of a path that is nothing but one.
pub(crate) fn path_ident(expr: &syn::Expr) -> Option<&Ident> {
    match expr {
        syn::Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

/// An identifier as an expression.
pub(crate) fn ident_expr(ident: Ident) -> syn::Expr {
    syn::Expr::Path(syn::ExprPath { attrs: Vec::new(), qself: None, path: ident.into() })
}

/// Replaces identifiers, at any depth of groups.
pub(crate) fn map_idents(tokens: TokenStream, replace: &mut dyn FnMut(&Ident) -> Option<Replacement>) -> TokenStream {
    let mut out = TokenStream::new();
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => match replace(&ident) {
                Some(new) => out.extend(new.0),
                None => out.extend([TokenTree::Ident(ident)]),
            },
            TokenTree::Group(group) => {
                let mut new = proc_macro2::Group::new(group.delimiter(), map_idents(group.stream(), replace));
                new.set_span(group.span());
                out.extend([TokenTree::Group(new)]);
            }
            other => out.extend([other]),
        }
    }
    out
}

/// What an identifier is replaced by.
pub(crate) struct Replacement(pub(crate) TokenStream);

impl From<Ident> for Replacement {
    fn from(ident: Ident) -> Self {
        Replacement(TokenTree::Ident(ident).into())
    }
}

/// The fields by which `tokens` mention a variable, each once, as `.name.first`; `None` if they mention it as a whole.
// Input:  self.0 += point.x + point.at.y.abs()
// Output: .x, .at.y
pub(crate) fn fields_of(tokens: TokenStream, is_it: &dyn Fn(&Ident) -> bool) -> Option<Vec<TokenStream>> {
    let mut found: Vec<TokenStream> = Vec::new();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, tree) in tokens.iter().enumerate() {
        let fields = match tree {
            TokenTree::Ident(ident) if is_it(ident) => path_of(&tokens[index + 1..]),
            TokenTree::Group(group) => {
                found.extend(fields_of(group.stream(), is_it)?);
                continue;
            }
            _ => continue,
        };
        if fields.is_empty() {
            return None;
        }
        found.push(fields);
    }
    let mut seen = BTreeSet::new();
    found.retain(|fields| seen.insert(fields.to_string()));
    Some(found)
}

/// The fields at the beginning of what follows a mention.
fn path_of(tokens: &[TokenTree]) -> TokenStream {
    match tokens {
        [TokenTree::Punct(dot), member, rest @ ..] if dot.as_char() == '.' => {
            let is_call = match rest {
                [TokenTree::Group(group), ..] => group.delimiter() == proc_macro2::Delimiter::Parenthesis,
                [TokenTree::Punct(a), TokenTree::Punct(b), ..] => a.as_char() == ':' && b.as_char() == ':',
                _ => false,
            };
            let is_field = match member {
                TokenTree::Ident(name) => name != "await" && !is_call,
                TokenTree::Literal(_) => true,
                _ => false,
            };
            match is_field {
                true => {
                    let first = vec![TokenTree::Punct(dot.clone()), member.clone()];
                    first.into_iter().chain(path_of(rest)).collect()
                }
                false => TokenStream::new(),
            }
        }
        _ => TokenStream::new(),
    }
}
