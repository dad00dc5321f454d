//! What a rewritten leaf has in it of ours, as nodes. To write tokens and parse them would do as well, and is ten times as
//! slow. What is inside of such a node, and is only printed any more, is tokens.

use proc_macro2::{Ident, Span, TokenStream};
use syn::punctuated::Punctuated;
use syn::{token, Arm, Expr, ExprCall, ExprMatch, ExprMethodCall, ExprUnary, Pat, Token, UnOp};

/// `receiver.name()`
pub(super) fn method(receiver: Expr, name: &str, span: Span) -> Expr {
    Expr::MethodCall(ExprMethodCall {
        attrs: Vec::new(),
        receiver: Box::new(receiver),
        dot_token: Token![.](span),
        method: Ident::new(name, span),
        turbofish: None,
        paren_token: token::Paren(span),
        args: Punctuated::new(),
    })
}

/// `*place`
pub(super) fn deref(place: Expr, span: Span) -> Expr {
    Expr::Unary(ExprUnary { attrs: Vec::new(), op: UnOp::Deref(Token![*](span)), expr: Box::new(place) })
}

/// `function(argument)`
pub(super) fn call(function: TokenStream, argument: Expr, span: Span) -> Expr {
    Expr::Call(ExprCall {
        attrs: Vec::new(),
        func: Box::new(Expr::Verbatim(function)),
        paren_token: token::Paren(span),
        args: std::iter::once(argument).collect(),
    })
}

/// `match scrutinee { pattern => body, .. }`
pub(super) fn matching(
    scrutinee: Expr,
    arms: impl IntoIterator<Item = (TokenStream, TokenStream)>,
    span: Span,
) -> Expr {
    let arms = arms.into_iter().map(|(pat, body)| Arm {
        attrs: Vec::new(),
        pat: Pat::Verbatim(pat),
        fat_arrow_token: Token![=>](span),
        body: Box::new(Expr::Verbatim(body)),
        comma: Some(Token![,](span)),
    });
    Expr::Match(ExprMatch {
        attrs: Vec::new(),
        match_token: Token![match](span),
        expr: Box::new(scrutinee),
        brace_token: token::Brace(span),
        arms: arms.collect(),
    })
}
