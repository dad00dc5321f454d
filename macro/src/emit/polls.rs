//! Polls among expressions, and expressions among statements.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;

use crate::ids::{ident_expr, path_ident, Mode};
use crate::mark::operands::{operands, takes_apart};
use crate::markers::as_poll;

pub(super) fn is_poll(expr: &Expr) -> bool {
    path_ident(expr).and_then(as_poll).is_some()
}

/// Puts `ready` for the poll that `expr` begins with, if its value is taken there.
pub(super) fn take_poll(expr: &mut Expr, ready: &Ident) -> bool {
    if is_poll(expr) {
        *expr = ident_expr(ready.clone());
        return true;
    }
    match expr {
        Expr::Paren(node) => return take_poll(&mut node.expr, ready),
        // `_ = x.await`: what is left of the value is dropped with the statement, so it must not have a name.
        Expr::Assign(node) if takes_apart(&node.left) => return false,
        _ => {}
    }
    operands(expr).into_iter().any(|(operand, mode)| {
        if is_poll(operand) {
            mode == Mode::Value && take_poll(operand, ready)
        } else {
            take_poll(operand, ready)
        }
    })
}

/// Puts a poll in parentheses where it would begin a statement and end it: `(match .. { .. }) as u32`.
pub(super) fn shield(expr: &mut Expr, inner: bool) {
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

/// What a `match` matches on: a struct literal needs parentheses there.
pub(super) fn head(value: TokenStream) -> TokenStream {
    match syn::parse2::<Expr>(value.clone()) {
        Ok(expr) if ends_with_literal(&expr) => quote_here!((#value)),
        _ => value,
    }
}

/// Whether a struct literal stands in it outside of any brackets.
fn ends_with_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Struct(_) => true,
        Expr::Assign(node) => ends_with_literal(&node.left) || ends_with_literal(&node.right),
        Expr::Binary(node) => ends_with_literal(&node.left) || ends_with_literal(&node.right),
        Expr::Await(node) => ends_with_literal(&node.base),
        Expr::Cast(node) => ends_with_literal(&node.expr),
        Expr::Field(node) => ends_with_literal(&node.base),
        Expr::Index(node) => ends_with_literal(&node.expr),
        Expr::MethodCall(node) => ends_with_literal(&node.receiver),
        Expr::Reference(node) => ends_with_literal(&node.expr),
        Expr::Try(node) => ends_with_literal(&node.expr),
        Expr::Unary(node) => ends_with_literal(&node.expr),
        _ => false,
    }
}

/// An expression where a statement or an arm may stand.
pub(super) fn shielded(tokens: TokenStream) -> TokenStream {
    match syn::parse2::<Expr>(tokens.clone()) {
        Ok(mut expr) => {
            shield(&mut expr, false);
            expr.into_token_stream()
        }
        Err(_) => tokens,
    }
}

/// A block in the source's own braces.
pub(super) fn braces(inside: TokenStream, span: Option<Span>) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, inside);
    group.set_span(span.unwrap_or_else(Span::mixed_site));
    TokenTree::Group(group).into()
}

pub(super) fn braced(expr: TokenStream) -> TokenStream {
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

/// What a pattern binds, beside the local it is put in.
pub(super) fn value_of(name: &Ident) -> Ident {
    Ident::new(&format!("{}_value", name.to_string().trim_start_matches("r#")), Span::mixed_site())
}
