//! Async blocks: each is a function without a name, and the call of it with what the block captures.
//!
//! Its parameters are in the reverse order of the captures: like a closure, it drops what it captures in order.
//!
//! A block that says `move` takes all that it mentions. Another takes what it only mentions by value, and reaches the rest
//! in its place. The checked copy, where the block is a closure, captures as rustc finds. Where the two differ, nothing
//! can be seen of it (a value that is copied, and not changed), or the machine does not compile (a method that moves its
//! receiver, and so would move it out of a place).

use std::collections::BTreeSet;
use std::rc::Rc;

use quote::{quote, ToTokens};
use syn::visit::{self, Visit};
use syn::{parse_quote, parse_quote_spanned, Expr, ExprAsync, Ident};

use super::{ResolvedBlock, ResolvedParameter, Resolver};
use crate::ids::{fields_of, path_ident, BindingId, BlockCall, BlockId, Mode, Reach, Site, SiteId, Tables};
use crate::mark::awaits::binds_by_ref;
use crate::mark::operands::{certain_changes, changes_in};
use crate::markers::{as_site, sites_in};
use crate::parse::{Function, Surroundings};

impl Resolver {
    // Input:  async move { log.push(n).await }
    // Output: __block_0(__site_0, __site_1), modes: value, value
    // Input:  async { log.push(n).await }
    // Output: __block_0(&raw const __site_0, __site_1), modes: place, value
    pub(super) fn async_block(&mut self, node: &ExprAsync) -> Expr {
        let name = match self.blocks.len() {
            0 => format!("{}_block", self.name),
            index => format!("{}_block_{}", self.name, index + 1),
        };
        self.named_block(node, Ident::new(name.trim_start_matches("r#"), self.name.span()))
    }

    pub(super) fn named_block(&mut self, node: &ExprAsync, name: Ident) -> Expr {
        let span = node.async_token.span;
        let around = std::mem::replace(self, Resolver::new(name.clone()));
        self.around = Some(Box::new(around));
        let mut body = node.block.clone();
        self.block(&mut body);
        // In the order of the text, whatever is evaluated first.
        let mut captures = std::mem::take(&mut self.captures);
        let mentions: Vec<_> = mentions_in(&body).iter().map(|site| self.tables.site(*site).binding).collect();
        captures.sort_by_key(|(_, inner)| mentions.iter().position(|mention| mention == inner).unwrap_or(usize::MAX));
        let changes = Changes::of(&body, &self.tables);
        for (_, inner) in &captures {
            let is_it = |ident: &Ident| as_site(ident).is_some_and(|site| self.tables.site(site).binding == *inner);
            let fields = fields_of(body.to_token_stream(), &is_it).unwrap_or_default();
            let reach = match node.capture {
                Some(_) => None,
                None => self.reach(*inner, &changes),
            };
            let info = &mut self.tables.bindings[inner.0];
            info.outer = reach;
            if reach.is_none() && !info.reference {
                info.fields = fields;
            }
        }
        let around = self.around.take().expect("set above, and each block in this one has put it back");
        let inside = std::mem::replace(self, *around);
        let arguments: Vec<Expr> = captures
            .iter()
            .map(|(outer, inner)| {
                let reached = inside.tables.binding(*inner).outer.is_some();
                let mode = if reached { Mode::Place } else { Mode::Value };
                let marker = self.tables.mention(*outer, mode, span).marker(span);
                match reached {
                    true => parse_quote_spanned!(span=> &raw const #marker),
                    false => parse_quote_spanned!(span=> #marker),
                }
            })
            .collect();
        let parameters =
            captures.iter().rev().map(|(_, inner)| ResolvedParameter { argument: *inner, pattern: None, parts: None });
        let parameters = parameters.collect();
        let Resolver { tables, blocks, refusals, refused_blocks, .. } = inside;
        self.refused_blocks.append(refusals);
        self.refused_blocks.append(refused_blocks);
        let resolved = super::Resolved { tables, parameters, body, blocks, unsafe_around: false };
        let capture = &node.capture;
        let brief = quote!(async #capture { .. });
        self.tables.blocks.push(BlockCall { source: node.to_token_stream(), brief });
        self.blocks.push(ResolvedBlock { span, function: Rc::new(anonymous(name, node)), resolved });
        let marker = BlockId(self.blocks.len() - 1).marker(span);
        parse_quote_spanned!(span=> #marker(#(#arguments),*))
    }

    /// `let _ = x;` in a block captures nothing, and does nothing.
    pub(super) fn ignore(&self, local: &mut syn::Local) {
        if let (syn::Pat::Wild(_), Some(init)) = (&local.pat, &mut local.init) {
            if self.around.is_some() && path_ident(&init.expr).is_some_and(|name| self.scopes.find(name).is_none()) {
                *init.expr = parse_quote!(());
            }
        }
    }

    /// How a block that does not say `move` reaches this variable in its place, if it does not take it.
    fn reach(&self, binding: BindingId, changes: &Changes) -> Option<Reach> {
        let info = self.tables.binding(binding);
        let sites = || self.tables.sites.iter().filter(|site| site.binding == binding);
        let is_value = |site: &Site| site.mode == Mode::Value;
        let may_change = sites().any(|site| site.opaque || matches!(site.mode, Mode::Receiver | Mode::Assign))
            || changes.possible(binding);
        let is_taken = match (info.reference, info.shared) {
            // A shared reference is copied: it may outlive its variable.
            (_, true) => true,
            // One that is not is borrowed again where it is a value.
            (true, false) => false,
            // What is taken and also changed is borrowed if it is `Copy`; if not, moving it out of its place is an error.
            (false, _) => sites().any(is_value) && !(info.mutable && may_change),
        };
        if is_taken {
            return None;
        }
        let is_changed = changes.certain.contains(&binding) || info.reference && sites().any(is_value);
        Some(match (is_changed, may_change) {
            (true, _) => Reach::Unique,
            (false, true) => Reach::Open,
            (false, false) => Reach::Shared,
        })
    }
}

/// What a block changes of the variables around it.
struct Changes {
    certain: BTreeSet<BindingId>,
    possible: BTreeSet<BindingId>,
    /// A pattern in it binds by `ref`, perhaps `mut`.
    by_ref: bool,
}

impl Changes {
    fn of(body: &syn::Block, tables: &Tables) -> Self {
        let (certain, possible) = (certain_changes(body, tables), changes_in(body, tables));
        Changes { certain, possible, by_ref: binds_by_ref(body) }
    }

    fn possible(&self, binding: BindingId) -> bool {
        self.by_ref || self.possible.contains(&binding)
    }
}

/// The function that a block is.
fn anonymous(name: Ident, node: &ExprAsync) -> Function {
    Function {
        attrs: Vec::new(),
        vis: syn::Visibility::Inherited,
        sig: parse_quote!(fn #name()),
        parameters: Vec::new(),
        output: Some(parse_quote!(_)),
        block: node.block.clone(),
        inspect: false,
        max_size: None,
        is_block: true,
        surroundings: Surroundings::default(),
    }
}

/// The mentions in a block, in the order in which rustc meets them.
fn mentions_in(body: &syn::Block) -> Vec<SiteId> {
    struct Mentions(Vec<SiteId>);
    impl<'ast> Visit<'ast> for Mentions {
        fn visit_expr(&mut self, expr: &'ast Expr) {
            match expr {
                // `(a, b) = c` is a `let` of `c` first.
                Expr::Assign(node) if !matches!(*node.left, Expr::Path(_) | Expr::Field(_) | Expr::Index(_)) => {
                    self.visit_expr(&node.right);
                    self.visit_expr(&node.left);
                }
                Expr::Path(_) => self.0.extend(path_ident(expr).and_then(as_site)),
                _ => visit::visit_expr(self, expr),
            }
        }
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            self.0.extend(sites_in(mac));
        }
        fn visit_pat(&mut self, pat: &'ast syn::Pat) {
            self.0.extend(sites_in(pat));
        }
    }
    let mut mentions = Mentions(Vec::new());
    mentions.visit_block(body);
    mentions.0
}
