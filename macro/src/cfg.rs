//! `#[cfg]` and `#[cfg_attr]` inside of a function, of which rustc decides only when the attribute has run.
//!
//! In: a function. Out: a version of it for every way that can go, each under a `#[cfg]` that says which it is. rustc keeps
//! the one that is meant, and nothing of the others is compiled.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    parse_quote, Arm, Attribute, Block, Expr, FieldPat, FieldValue, FnArg, Item, ItemFn, Meta, Pat, Stmt, Token,
};

use crate::refusal::{Refusal, Refusals};

/// With each condition there are twice as many versions.
const MOST_CONDITIONS: usize = 6;

/// The function itself, if it has no conditions inside.
// Input:  fn f() { #[cfg(unix)] g(); }
// Output: #[cfg(unix)] fn f() { g(); }  #[cfg(not(unix))] fn f() {}
pub(crate) fn versions(item: &ItemFn) -> syn::Result<Vec<ItemFn>> {
    let mut conditions = Conditions::default();
    conditions.visit_signature_mut(&mut item.sig.clone());
    conditions.visit_block_mut(&mut item.block.clone());
    conditions.refusals.check(())?;
    let conditions = conditions.found;
    if conditions.is_empty() {
        return Ok(vec![item.clone()]);
    }
    let versions = (0..1usize << conditions.len()).map(|version| {
        let holds = conditions.iter().enumerate().map(|(at, (key, _))| (key.clone(), version >> at & 1 == 0)).collect();
        let mut item = item.clone();
        let mut strip = Strip { holds };
        strip.visit_signature_mut(&mut item.sig);
        strip.visit_block_mut(&mut item.block);
        let each = conditions.iter().map(|(key, condition)| match strip.holds[key] {
            true => quote!(#condition),
            false => quote!(not(#condition)),
        });
        let each: Vec<TokenStream> = each.collect();
        item.attrs.insert(
            0,
            match &each[..] {
                [only] => parse_quote!(#[cfg(#only)]),
                all => parse_quote!(#[cfg(all(#(#all),*))]),
            },
        );
        item
    });
    Ok(versions.collect())
}

/// Whether a block has conditions inside.
pub(crate) fn has_conditions(block: &Block) -> bool {
    let mut conditions = Conditions::default();
    conditions.visit_block_mut(&mut block.clone());
    !conditions.found.is_empty()
}

/// Refuses the conditions in a block, of which there can be no versions: it is an expression.
pub(crate) fn check_block(block: &Block, refusals: &mut Refusals) {
    struct Visitor<'a>(&'a mut Refusals);
    impl<'ast> Visit<'ast> for Visitor<'_> {
        fn visit_attribute(&mut self, attr: &'ast Attribute) {
            if as_cfg(attr).is_some() || as_cfg_attr(attr).is_some() {
                self.0.push_spanned(attr, Refusal::Cfg);
            }
        }
        fn visit_item(&mut self, _: &'ast Item) {}
    }
    Visitor(refusals).visit_block(block);
}

/// A condition without the `not`s around it, and whether they turn it around.
fn condition(meta: &Meta) -> (TokenStream, bool) {
    if meta.path().is_ident("not") {
        if let Some(Ok(inner)) = meta.require_list().ok().map(|list| syn::parse2::<Meta>(list.tokens.clone())) {
            let (condition, holds) = condition(&inner);
            return (condition, !holds);
        }
    }
    (meta.to_token_stream(), true)
}

/// `#[cfg(condition)]`.
fn as_cfg(attr: &Attribute) -> Option<Meta> {
    let list = attr.meta.require_list().ok().filter(|list| list.path.is_ident("cfg"))?;
    syn::parse2(list.tokens.clone()).ok()
}

/// `#[cfg_attr(condition, attributes)]`.
fn as_cfg_attr(attr: &Attribute) -> Option<(Meta, Vec<Meta>)> {
    let list = attr.meta.require_list().ok().filter(|list| list.path.is_ident("cfg_attr"))?;
    let mut metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()).ok()?.into_iter();
    Some((metas.next()?, metas.collect()))
}

/// The different conditions, in order.
#[derive(Default)]
struct Conditions {
    found: Vec<(String, TokenStream)>,
    refusals: Refusals,
}

impl Conditions {
    fn find(&mut self, attr: &Attribute) {
        let (meta, attached) = match (as_cfg(attr), as_cfg_attr(attr)) {
            (Some(meta), _) => (meta, Vec::new()),
            (None, Some((meta, attached))) => (meta, attached),
            (None, None) => return,
        };
        let (condition, _) = condition(&meta);
        let key = condition.to_string();
        if self.found.iter().all(|(known, _)| *known != key) {
            if self.found.len() == MOST_CONDITIONS {
                self.refusals.push_spanned(attr, Refusal::Cfg);
                return;
            }
            self.found.push((key, condition));
        }
        attached.into_iter().for_each(|meta| self.find(&outer(meta)));
    }
}

impl VisitMut for Conditions {
    fn visit_attribute_mut(&mut self, attr: &mut Attribute) {
        self.find(attr);
    }
    // An item in the body has its attributes for itself.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn outer(meta: Meta) -> Attribute {
    parse_quote!(#[#meta])
}

/// Takes away what is not there in one version.
struct Strip {
    holds: BTreeMap<String, bool>,
}

impl Strip {
    fn holds(&self, meta: &Meta) -> bool {
        let (condition, straight) = condition(meta);
        self.holds.get(&condition.to_string()).is_none_or(|holds| *holds == straight)
    }

    /// The attributes as rustc would leave them.
    fn resolve(&self, attrs: Vec<Attribute>) -> Vec<Attribute> {
        let attrs = attrs.into_iter().flat_map(|attr| match as_cfg_attr(&attr) {
            Some((meta, attached)) if self.holds(&meta) => self.resolve(attached.into_iter().map(outer).collect()),
            Some(_) => Vec::new(),
            None => vec![attr],
        });
        attrs.collect()
    }

    fn is_there(&self, visit: impl FnOnce(&mut Leading<'_>)) -> bool {
        let mut leading = Leading { strip: self, is_there: None };
        visit(&mut leading);
        leading.is_there.unwrap_or(true)
    }

    fn expressions(&self, list: &mut Punctuated<Expr, Token![,]>) {
        retain(list, |expr| self.is_there(|leading| leading.visit_expr_mut(expr)));
    }
}

fn retain<T>(list: &mut Punctuated<T, Token![,]>, mut is_there: impl FnMut(&mut T) -> bool) {
    let pairs = std::mem::take(list).into_pairs().filter_map(|mut pair| is_there(pair.value_mut()).then_some(pair));
    *list = pairs.collect();
}

impl VisitMut for Strip {
    fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
        *attrs = self.resolve(std::mem::take(attrs));
        // What is not there has gone with its parent.
        attrs.retain(|attr| as_cfg(attr).is_none());
    }
    fn visit_block_mut(&mut self, block: &mut Block) {
        block.stmts.retain_mut(|stmt| self.is_there(|leading| leading.visit_stmt_mut(stmt)));
        visit_mut::visit_block_mut(self, block);
    }
    fn visit_signature_mut(&mut self, sig: &mut syn::Signature) {
        retain(&mut sig.inputs, |input: &mut FnArg| self.is_there(|leading| leading.visit_fn_arg_mut(input)));
        visit_mut::visit_signature_mut(self, sig);
    }
    fn visit_generics_mut(&mut self, generics: &mut syn::Generics) {
        retain(&mut generics.params, |param| self.is_there(|leading| leading.visit_generic_param_mut(param)));
        visit_mut::visit_generics_mut(self, generics);
    }
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Match(node) => {
                node.arms.retain_mut(|arm: &mut Arm| self.is_there(|leading| leading.visit_arm_mut(arm)));
            }
            Expr::Struct(node) => {
                let mut is_there =
                    |field: &mut FieldValue| self.is_there(|leading| leading.visit_field_value_mut(field));
                retain(&mut node.fields, &mut is_there);
            }
            Expr::Closure(node) => {
                retain(&mut node.inputs, |input: &mut Pat| self.is_there(|leading| leading.visit_pat_mut(input)));
            }
            Expr::Array(node) => self.expressions(&mut node.elems),
            Expr::Tuple(node) => self.expressions(&mut node.elems),
            Expr::Call(node) => self.expressions(&mut node.args),
            Expr::MethodCall(node) => self.expressions(&mut node.args),
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
    }
    fn visit_pat_struct_mut(&mut self, pat: &mut syn::PatStruct) {
        let mut is_there = |field: &mut FieldPat| self.is_there(|leading| leading.visit_field_pat_mut(field));
        retain(&mut pat.fields, &mut is_there);
        visit_mut::visit_pat_struct_mut(self, pat);
    }
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Asks the first attributes of something whether it is there.
struct Leading<'a> {
    strip: &'a Strip,
    is_there: Option<bool>,
}

impl VisitMut for Leading<'_> {
    fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
        if self.is_there.is_none() {
            let attrs = self.strip.resolve(attrs.clone());
            self.is_there = Some(attrs.iter().filter_map(as_cfg).all(|meta| self.strip.holds(&meta)));
        }
    }
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            _ if self.is_there.is_some() => {}
            // As syn has it, a statement's attributes stand on what begins it.
            Expr::Assign(node) => self.visit_expr_mut(&mut node.left),
            Expr::Binary(node) => self.visit_expr_mut(&mut node.left),
            Expr::Cast(node) => self.visit_expr_mut(&mut node.expr),
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }
    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Item(_) => self.is_there = Some(true),
            _ => visit_mut::visit_stmt_mut(self, stmt),
        }
    }
}
