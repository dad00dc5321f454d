//! `Config { name, ..Config::default() }` in an operand that is awaited.
//!
//! The base is a temporary of the statement, of which the literal takes all fields that it does not name itself. The
//! others live to the end of the statement, over the await: so they get a name. They are dropped in the order of the
//! literal, natively in that of their declaration, which cannot be seen here.

use proc_macro2::Span;
use quote::quote;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{parse_quote_spanned, Expr, ExprStruct, Pat};

use super::operands::{is_inert_value, is_place, name_of};
use super::tree::{Leaf, Let, Stmt, Value};
use super::{Marker, Outlive, Temporaries};
use crate::ids::Mode;

/// Whether a literal takes fields from a value that is made for it.
pub(super) fn has_made_base(node: &ExprStruct) -> bool {
    !node.fields.is_empty() && node.rest.as_deref().is_some_and(|rest| !is_place(rest))
}

impl Marker {
    // Input:  Config { name: name(), ..default() }
    // Output: __site_0, after `let name = name(); let (config, default_rest) = match default() {
    //         default => (Config { name: name, ..default }, (default.name,)) };`
    pub(super) fn literal(&mut self, mut node: ExprStruct, out: &mut Vec<Stmt>, temporaries: &mut Temporaries) -> Expr {
        let (span, waiting) = (node.span(), temporaries.waiting.len());
        for field in &mut node.fields {
            // Evaluated before the base.
            let remains = self.residual(field.expr.clone(), Outlive::Await, out, temporaries);
            field.expr = match is_inert_value(&remains, &self.tables) {
                true => remains,
                false => {
                    let name = name_of(&remains, &self.tables);
                    let binding = self.bind_value(Value::Leaf(Leaf(remains)), &name, span, out);
                    self.mention(binding, Mode::Value, span)
                }
            };
            temporaries.waiting.extend(self.named_value(&field.expr));
        }
        let base = *node.rest.take().expect("asked by the caller");
        let (base_name, literal_name) =
            (name_of(&base, &self.tables), name_of(&Expr::Struct(node.clone()), &self.tables));
        let base = self.residual(base, Outlive::Await, out, temporaries);
        let made = self.hidden(&base_name, span, false);
        let rest = self.hidden(&format!("{}_rest", base_name), span, false);
        let literal = self.hidden(&literal_name, span, false);
        let left = node.fields.iter().map(|field| {
            let (base, member) = (self.tables.mention(made, Mode::Place, span).marker(span), &field.member);
            quote!(#base.#member)
        });
        let left: Vec<_> = left.collect();
        node.rest = Some(Box::new(self.mention(made, Mode::Place, span)));
        let here = span.resolved_at(Span::mixed_site());
        let (made, literal_name, rest_name) = (made.marker(span), literal.marker(span), rest.marker(span));
        let pattern = Pat::parse_single.parse2(quote!((#literal_name, #rest_name))).expect("a pattern");
        let init = parse_quote_spanned!(here=> match #base { #made => (#node, (#(#left,)*)) });
        out.push(Stmt::Let(Let::of(pattern, vec![literal, rest], Some(Value::Leaf(Leaf(init))))));
        self.lives_on(rest, out, temporaries);
        temporaries.waiting.truncate(waiting);
        self.mention(literal, Mode::Value, span)
    }
}
