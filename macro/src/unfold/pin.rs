//! `pin!` and `pin_mut!`.
//!
//! Those of tokio and futures pin variables: each is a statement. That of std pins a value, and is an expression: the value
//! is a temporary, which lives as long as a `let` that is made of it, or to the end of the statement. It stays what it is
//! where nothing awaits while the temporary lives.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{parse_quote_spanned, Block, Expr, ExprClosure, ExprMacro, Item, Local, Macro, Pat, Stmt, StmtMacro, Token};

use super::here;
use super::origin::{Library, Origin};
use crate::known_macros;
use crate::layout::Names;
use crate::mark::is_constructor;

/// The statements that a macro that pins variables stands for.
// Input:  pin!(a, b)
// Output: let mut a = a; let mut a = unsafe { Pin::new_unchecked(&mut a) }; ..
pub(super) fn unfold_locals(mac: &Macro, checks: &mut Vec<Item>) -> Option<Vec<Stmt>> {
    let name = &mac.path.segments.last()?.ident;
    let bare = match name.to_string().as_str() {
        "pin" => Library::Tokio,
        "pin_mut" => Library::Futures,
        _ => return None,
    };
    let origin = Origin::of(&mac.path, bare).filter(|origin| origin.library != Library::Pin)?;
    let span = here(mac);
    let locals = mac.parse_body_with(parse_locals).ok()?;
    checks.push(origin.check());
    let stmts = locals.into_iter().flat_map(|(name, init)| {
        let mut stmts: Vec<Stmt> = Vec::new();
        stmts.extend(init.map(|init| -> Stmt { parse_quote_spanned!(span=> let #name = #init;) }));
        stmts.push(parse_quote_spanned!(span=> let mut #name = #name;));
        let pinned = pinned(&name, span);
        stmts.push(parse_quote_spanned!(span=> #[allow(unused_mut)] let mut #name = #pinned;));
        stmts
    });
    Some(stmts.collect())
}

/// `a, b` or `let a = init; let b = init;`.
fn parse_locals(input: ParseStream) -> syn::Result<Vec<(Ident, Option<Expr>)>> {
    if !input.peek(Token![let]) {
        let names = Punctuated::<Ident, Token![,]>::parse_terminated(input)?;
        return Ok(names.into_iter().map(|name| (name, None)).collect());
    }
    let mut locals = Vec::new();
    while !input.is_empty() {
        input.parse::<Token![let]>()?;
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        locals.push((name, Some(input.parse()?)));
        input.parse::<Token![;]>()?;
    }
    Ok(locals)
}

/// The variable as a pinned place.
fn pinned(name: &Ident, span: Span) -> Expr {
    parse_quote_spanned!(span=> unsafe { ::core::pin::Pin::new_unchecked(&mut #name) })
}

/// The value that std's `pin!` pins, if that is what the macro is.
pub(super) fn value_of(mac: &Macro) -> Option<Expr> {
    origin(mac)?;
    let parser = |input: ParseStream| {
        let value = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(value)
    };
    parser.parse2(mac.tokens.clone()).ok()
}

fn origin(mac: &Macro) -> Option<Origin<'_>> {
    let is_pin = mac.path.segments.last().is_some_and(|name| name.ident == "pin");
    Origin::of(&mac.path, Library::Pin).filter(|origin| is_pin && origin.library == Library::Pin)
}

/// Writes std's `pin!` out, where an await comes while what it pins is alive. Returns the statements before this one.
pub(super) fn unfold_values(stmt: &mut Stmt, awaits: bool, awaits_below: bool, checks: &mut Vec<Item>) -> Vec<Stmt> {
    let mut values = Values { checks, names: Names::default(), before: Vec::new() };
    if let (Stmt::Local(Local { pat, init: Some(init), .. }), true) = (&mut *stmt, awaits || awaits_below) {
        values.extended(&mut init.expr, pat);
    }
    if awaits {
        values.visit_stmt_mut(stmt);
    }
    values.before
}

struct Values<'a> {
    checks: &'a mut Vec<Item>,
    names: Names,
    before: Vec<Stmt>,
}

impl Values<'_> {
    /// The value of a `let`, whose temporaries live as long as the block.
    // Input:  let a = pin!(b);
    // Output: let mut pinned_a = b; let a = unsafe { Pin::new_unchecked(&mut pinned_a) };
    fn extended(&mut self, expr: &mut Expr, pat: &Pat) {
        match (expr, pat) {
            (Expr::Paren(node), _) => self.extended(&mut node.expr, pat),
            (expr @ Expr::Macro(_), Pat::Ident(pat)) => {
                if let Some((value, span)) = self.taken(expr) {
                    let name = self.names.fresh(&format!("pinned_{}", pat.ident.unraw()), span);
                    self.before.push(parse_quote_spanned!(span=> let mut #name = #value;));
                    *expr = pinned(&name, span);
                }
            }
            (expr, _) => self.extended_part(expr),
        }
    }

    /// A part of it, which is not evaluated first, or not always.
    // Input:  let a = if b { pin!(c) } else { .. };
    // Output: let mut pinned; let a = if b { pinned = c; unsafe { Pin::new_unchecked(&mut pinned) } } else { .. };
    fn extended_part(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Macro(_) => {
                if let Some((value, span)) = self.taken(expr) {
                    let name = self.names.fresh("pinned", span);
                    let pinned = pinned(&name, span);
                    self.before.push(parse_quote_spanned!(span=> let mut #name;));
                    *expr = parse_quote_spanned!(span=> { #name = #value; #pinned });
                }
            }
            Expr::Paren(node) => self.extended_part(&mut node.expr),
            Expr::Reference(node) => self.extended_part(&mut node.expr),
            Expr::Array(node) => node.elems.iter_mut().for_each(|element| self.extended_part(element)),
            Expr::Tuple(node) => node.elems.iter_mut().for_each(|element| self.extended_part(element)),
            Expr::Struct(node) => node.fields.iter_mut().for_each(|field| self.extended_part(&mut field.expr)),
            Expr::Call(node) if is_constructor(&node.func) => {
                node.args.iter_mut().for_each(|argument| self.extended_part(argument))
            }
            Expr::Block(node) => self.extended_tail(&mut node.block),
            Expr::If(node) => {
                self.extended_tail(&mut node.then_branch);
                node.else_branch.iter_mut().for_each(|(_, otherwise)| self.extended_part(otherwise));
            }
            Expr::Match(node) => node.arms.iter_mut().for_each(|arm| self.extended_part(&mut arm.body)),
            _ => {}
        }
    }

    fn extended_tail(&mut self, block: &mut Block) {
        match block.stmts.last_mut() {
            Some(Stmt::Expr(tail, None)) => self.extended_part(tail),
            Some(last @ Stmt::Macro(StmtMacro { semi_token: None, .. })) => {
                if let Stmt::Macro(StmtMacro { attrs, mac, .. }) = &*last {
                    let mut tail = Expr::Macro(ExprMacro { attrs: attrs.clone(), mac: mac.clone() });
                    self.extended_part(&mut tail);
                    *last = Stmt::Expr(tail, None);
                }
            }
            _ => {}
        }
    }

    /// The value of a `pin!` that is to be written out, and where that stands.
    fn taken(&mut self, expr: &Expr) -> Option<(Expr, Span)> {
        match expr {
            Expr::Macro(ExprMacro { mac, .. }) => {
                let value = value_of(mac)?;
                self.checks.extend(origin(mac).map(|origin| origin.check()));
                Some((value, here(mac)))
            }
            _ => None,
        }
    }
}

impl VisitMut for Values<'_> {
    // Input:  pin!(a)
    // Output: ::desugar::__private::pinned(&mut { a }, unsafe { ::desugar::__private::Temporary::new() })
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        if let Some((value, span)) = self.taken(expr) {
            *expr = parse_quote_spanned! {span=>
                ::desugar::__private::pinned(&mut { #value }, unsafe { ::desugar::__private::Temporary::new() })
            };
        }
    }
    fn visit_macro_mut(&mut self, mac: &mut Macro) {
        known_macros::map_arguments(mac, |argument| self.visit_expr_mut(argument));
    }

    // Its statements have been looked at.
    fn visit_block_mut(&mut self, _: &mut Block) {}
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
