//! Marked syntax as text: formatted as rustfmt would, with every marker spelled out.
//!
//! The formatter takes Rust only, and `name#3.place` is none: markers go through it as identifiers in which two letters
//! that no source here uses stand for `#` and `.`.

use proc_macro2::{Ident, TokenStream};
use syn::{Block, Expr, Item, ItemFn, Pat, Stmt, Type};

use crate::ids::{map_idents, BindingId, Mode, Tables};
use crate::inline;
use crate::markers::{as_binding, as_poll, as_site};

const HASH: char = 'ǂ';
const DOT: char = 'ǃ';

/// How much a mention says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// `name`, and `name#id` for what the source gives no name.
    Names,
    /// `name#id` where it is bound, `name#id.mode` where it is mentioned.
    Modes,
}

pub(super) struct Source<'a> {
    pub(super) tables: &'a Tables,
    pub(super) detail: Detail,
}

impl Source<'_> {
    /// The statements of a block, a line each.
    pub(super) fn block(&self, block: &Block) -> String {
        self.statements(block.stmts.clone())
    }

    pub(super) fn expr(&self, expr: &Expr) -> String {
        self.statements(vec![Stmt::Expr(expr.clone(), None)])
    }

    pub(super) fn item(&self, item: &Item) -> String {
        self.statements(vec![Stmt::Item(item.clone())])
    }

    /// A pattern, with its type and guard.
    pub(super) fn pat(&self, pat: &Pat, ty: Option<&Type>) -> String {
        let (pat, guard) = match pat {
            Pat::Guard(node) => (&*node.pat, format!(" if {}", self.expr(&node.guard))),
            pat => (pat, String::new()),
        };
        let pat = match ty {
            None => pat.clone(),
            Some(ty) => Pat::Type(syn::PatType {
                attrs: Vec::new(),
                pat: Box::new(pat.clone()),
                colon_token: Default::default(),
                ty: Box::new(ty.clone()),
            }),
        };
        let mut local: Stmt = syn::parse_quote!(let _;);
        if let Stmt::Local(local) = &mut local {
            local.pat = pat;
        }
        let text = self.statements(vec![local]);
        format!("{}{}", text.trim_start_matches("let ").trim_end_matches(';'), guard)
    }

    fn statements(&self, stmts: Vec<Stmt>) -> String {
        let mut function: ItemFn = syn::parse_quote!(
            fn body() {}
        );
        function.block.stmts = stmts;
        let tokens = quote::ToTokens::to_token_stream(&function);
        let file: syn::File = syn::parse2(self.spell_out(tokens)).expect("markers are identifiers, before and after");
        let text = prettyplease::unparse(&file);
        let lines: Vec<&str> = text.lines().collect();
        let inside = &lines[1..lines.len().max(2) - 1];
        let inside: Vec<&str> = inside.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
        inside.join("\n").replace(HASH, "#").replace(DOT, ".")
    }

    fn spell_out(&self, tokens: TokenStream) -> TokenStream {
        let tokens = if self.detail == Detail::Names { inline::release(tokens) } else { tokens };
        map_idents(tokens, &mut |ident| {
            let text = if let Some(id) = as_binding(ident) {
                self.binding(id)
            } else if let Some(id) = as_site(ident) {
                let site = self.tables.site(id);
                match self.detail {
                    Detail::Names => self.binding(site.binding),
                    Detail::Modes => format!("{}{}{}", self.binding(site.binding), DOT, mode(site.mode)),
                }
            } else {
                format!("poll{}{}", HASH, as_poll(ident)?.0)
            };
            Some(match text.strip_prefix("r#") {
                Some(raw) => Ident::new_raw(raw, ident.span()).into(),
                None => Ident::new(&text, ident.span()).into(),
            })
        })
    }

    fn binding(&self, id: BindingId) -> String {
        let binding = self.tables.binding(id);
        if self.detail == Detail::Modes || binding.hidden {
            format!("{}{}{}", binding.source_name(), HASH, id.0)
        } else {
            binding.source_name()
        }
    }
}

pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Value => "value",
        Mode::Place => "place",
        Mode::Receiver => "receiver",
        Mode::Scrutinee => "scrutinee",
        Mode::Assign => "assign",
        Mode::Lend => "lend",
    }
}
