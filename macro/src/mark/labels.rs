//! Labels: loops that are kept around a labelled block need one, and an unlabelled `break` in them must name it.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprBreak, ExprClosure, ExprContinue, Item, Lifetime};

use crate::markers::Searched;

/// The labels in use, so that ours are none of the user's.
#[derive(Default)]
pub(crate) struct Labels(BTreeSet<String>);

impl Labels {
    /// Every lifetime and label in the function.
    pub(crate) fn of(body: &impl Searched) -> Self {
        let mut labels = Labels::default();
        body.accept(&mut labels);
        labels
    }

    /// A new label, `'name` or `'name_2` ..
    pub(crate) fn fresh(&mut self, name: &str) -> Lifetime {
        let mut candidate = name.to_owned();
        let mut number = 1;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{}_{}", name, number);
        }
        Lifetime::new(&format!("'{}", candidate), Span::mixed_site())
    }
}

impl<'ast> Visit<'ast> for Labels {
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.0.insert(lifetime.ident.to_string());
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.0.extend(in_tokens(tokens.clone()));
    }
}

/// Every lifetime and label in some tokens.
pub(crate) fn in_tokens(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut quote = false;
    for tree in tokens {
        match &tree {
            TokenTree::Ident(ident) if quote => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(in_tokens(group.stream())),
            _ => {}
        }
        quote = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '\'');
    }
    found
}

/// Names the loop in every `break` and `continue` of `body` that means it.
// Input:  { if done { break; } loop { break; } }
// Output: { if done { break 'l; } loop { break; } }
pub(crate) fn name_loop(body: &mut Block, label: &Lifetime) {
    struct Namer<'a>(&'a Lifetime);
    impl VisitMut for Namer<'_> {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            match expr {
                // An inner loop takes the unlabelled ones inside its body; its head still belongs to us.
                Expr::Loop(_) => {}
                Expr::While(inner) => self.visit_expr_mut(&mut inner.cond),
                Expr::ForLoop(inner) => self.visit_expr_mut(&mut inner.expr),
                _ => visit_mut::visit_expr_mut(self, expr),
            }
        }
        fn visit_expr_break_mut(&mut self, node: &mut ExprBreak) {
            node.label.get_or_insert_with(|| self.0.clone());
            visit_mut::visit_expr_break_mut(self, node);
        }
        fn visit_expr_continue_mut(&mut self, node: &mut ExprContinue) {
            node.label.get_or_insert_with(|| self.0.clone());
        }
        fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
        fn visit_item_mut(&mut self, _: &mut Item) {}
    }
    Namer(label).visit_block_mut(body);
}
