//! Source text to the `async fn`s in it: where each begins and ends, and what there is to know of it.
//!
//! Found are all that have a body: free, in an impl or a trait, inside of other functions, and in macros that are
//! handed items (`cfg_net! { .. }`). Not those in a `macro_rules!`, which are no functions yet.

use std::ops::Range;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItem, Item, ItemMacro, Macro, Meta, Signature, TraitItem, Visibility};

/// One `async fn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// The line of its `async`, counted from one.
    pub(crate) line: usize,
    /// Its bytes, from its first attribute to the end of its body.
    pub(crate) bytes: Range<usize>,
    /// Where an attribute can be put below its own ones.
    pub(crate) head: usize,
    /// Whether there is an await in it, in an async block or a macro too.
    pub(crate) awaits: bool,
    /// The attributes that may rewrite it before one below them is looked at: its own, and those of the impl, trait or
    /// module around it.
    pub(crate) under: Vec<String>,
}

/// The functions of a file, in the order in which they begin.
pub(crate) fn functions(source: &str) -> syn::Result<Vec<Function>> {
    let text = source.trim_start_matches('\u{feff}');
    let file = syn::parse_file(text)?;
    let skipped = source.len() - text.len() + file.shebang.as_ref().map_or(0, String::len);
    let mut finder = Finder { functions: Vec::new(), under: Vec::new(), skipped };
    finder.visit_file(&file);
    finder.functions.sort_by_key(|function| function.head);
    Ok(finder.functions)
}

struct Finder {
    functions: Vec<Function>,
    /// The attributes around what is visited.
    under: Vec<String>,
    /// Bytes that syn does not count.
    skipped: usize,
}

impl Finder {
    fn note(&mut self, attrs: &[Attribute], vis: &Visibility, sig: &Signature, block: &Block) {
        let Some(asyncness) = &sig.asyncness else { return };
        let first = match vis {
            Visibility::Inherited => sig.span(),
            vis => vis.span(),
        };
        let head = self.start(first);
        let begin = attrs.first().map_or(head, |attr| self.start(attr.span()));
        let end = self.skipped + block.brace_token.span.close().byte_range().end;
        let mut awaits = Awaits(false);
        awaits.visit_block(block);
        self.functions.push(Function {
            name: sig.ident.to_string(),
            line: asyncness.span().start().line,
            bytes: begin..end,
            head,
            awaits: awaits.0,
            under: self.under.iter().cloned().chain(rewriting(attrs)).collect(),
        });
    }

    fn start(&self, span: Span) -> usize {
        self.skipped + span.byte_range().start
    }

    /// Visits what stands under attributes.
    fn under(&mut self, attrs: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let outside = self.under.len();
        self.under.extend(rewriting(attrs));
        visit(self);
        self.under.truncate(outside);
    }

    /// Visits the arguments of a macro, if they are items of the kind that may stand where the macro does.
    fn arguments<T: Parse>(&mut self, mac: &Macro, visit: impl Fn(&mut Self, &T)) {
        let all = |input: ParseStream<'_>| {
            let mut items = Vec::new();
            while !input.is_empty() {
                items.push(input.parse()?);
            }
            Ok(items)
        };
        for item in all.parse2(mac.tokens.clone()).unwrap_or_default() {
            visit(self, &item);
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.note(&node.attrs, &node.vis, &node.sig, &node.block);
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.note(&node.attrs, &node.vis, &node.sig, &node.block);
        visit::visit_impl_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.note(&node.attrs, &Visibility::Inherited, &node.sig, block);
        }
        visit::visit_trait_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        self.under(&node.attrs, |this| visit::visit_item_impl(this, node));
    }

    fn visit_item_trait(&mut self, node: &'ast syn::ItemTrait) {
        self.under(&node.attrs, |this| visit::visit_item_trait(this, node));
    }

    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        self.under(&node.attrs, |this| visit::visit_item_mod(this, node));
    }

    fn visit_item_macro(&mut self, node: &'ast ItemMacro) {
        if node.ident.is_none() {
            self.arguments(&node.mac, |this, item: &Item| this.visit_item(item));
        }
    }

    fn visit_impl_item_macro(&mut self, node: &'ast syn::ImplItemMacro) {
        self.arguments(&node.mac, |this, item: &ImplItem| this.visit_impl_item(item));
    }

    fn visit_trait_item_macro(&mut self, node: &'ast syn::TraitItemMacro) {
        self.arguments(&node.mac, |this, item: &TraitItem| this.visit_trait_item(item));
    }
}

/// Looks for an await in a body. Items in it have awaits of their own.
struct Awaits(bool);

impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, _: &'ast syn::ExprAwait) {
        self.0 = true;
    }

    fn visit_macro(&mut self, node: &'ast Macro) {
        let name = node.path.segments.last().map(|segment| segment.ident.to_string());
        let hidden = ["join", "select", "select_biased", "try_join"];
        self.0 |= name.is_some_and(|name| hidden.contains(&name.as_str())) || has_await(node.tokens.clone());
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

fn has_await(tokens: TokenStream) -> bool {
    let mut after_dot = false;
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Ident(ident) => after_dot && ident == "await",
            TokenTree::Group(group) => has_await(group.stream()),
            _ => false,
        };
        after_dot = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.');
        found
    })
}

/// The attributes among these that may rewrite what they stand on: their names, without paths and arguments.
fn rewriting(attrs: &[Attribute]) -> Vec<String> {
    attrs.iter().flat_map(|attr| rewriting_in(&attr.meta)).collect()
}

fn rewriting_in(meta: &Meta) -> Vec<String> {
    let path: Vec<String> = meta.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match *path {
        // Which of them are there depends on the configuration.
        ["cfg_attr"] => {
            let Meta::List(list) = meta else { return Vec::new() };
            let metas = list.parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated);
            metas.into_iter().flatten().skip(1).flat_map(|meta| rewriting_in(&meta)).collect()
        }
        ["clippy" | "diagnostic" | "rustfmt" | "miri", ..] => Vec::new(),
        [name] if BUILT_IN.contains(&name) => Vec::new(),
        [.., name] => vec![name.to_owned()],
        [] => Vec::new(),
    }
}

/// The attributes of the language that may stand on a function or around one; these rewrite nothing.
const BUILT_IN: [&str; 21] = [
    "allow",
    "automatically_derived",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "forbid",
    "ignore",
    "inline",
    "macro_export",
    "macro_use",
    "must_use",
    "no_mangle",
    "path",
    "should_panic",
    "target_feature",
    "track_caller",
    "type_length_limit",
    "warn",
];

#[cfg(test)]
mod tests {
    use super::{Function, functions};

    /// The functions, and the text of each.
    fn found(source: &str) -> Vec<(Function, &str)> {
        let functions = functions(source).expect("the source parses");
        functions.into_iter().map(|function| (function.clone(), &source[function.bytes])).collect()
    }

    fn names(source: &str) -> Vec<String> {
        found(source).into_iter().map(|(function, _)| function.name).collect()
    }

    #[test]
    fn every_place_where_an_async_fn_can_stand() {
        let source = "
            async fn free() { async fn inner() {} }
            mod inside { impl Type { pub async fn inherent(&self) {} fn plain(&self) {} } }
            impl Trait for Type { async fn of_an_impl(&self) {} }
            trait Trait { async fn without_body(&self); async fn default(&self) {} }
        ";
        assert_eq!(names(source), ["free", "inner", "inherent", "of_an_impl", "default"]);
    }

    #[test]
    fn items_handed_to_a_macro_but_not_what_a_macro_declares() {
        let source = "
            cfg_net! { pub async fn item() {} impl Type { cfg_fs! { async fn method(&self) {} } } }
            macro_rules! declared { () => { async fn not_yet() {} } }
            other! { not items, async fn f() {} }
        ";
        assert_eq!(names(source), ["item", "method"]);
    }

    #[test]
    fn the_attribute_goes_below_the_others_and_above_what_is_public() {
        let source = "\u{feff}/// Ä\n#[inline] pub(crate) async fn f() { }\nimpl T { async unsafe fn g() {} }";
        let found = found(source);
        let texts: Vec<&str> = found.iter().map(|(_, text)| *text).collect();
        assert_eq!(texts, ["/// Ä\n#[inline] pub(crate) async fn f() { }", "async unsafe fn g() {}"]);
        let heads: Vec<&str> = found.iter().map(|(function, _)| &source[function.head..function.bytes.end]).collect();
        assert_eq!(heads, ["pub(crate) async fn f() { }", "async unsafe fn g() {}"]);
        assert_eq!(found[1].0.line, 3);
    }

    #[test]
    fn awaits_in_blocks_and_macros_count_and_those_of_inner_items_do_not() {
        let awaits = |body: &str| found(&format!("async fn f() {{ {body} }}"))[0].0.awaits;
        assert!(awaits("g(h().await)"));
        assert!(awaits("spawn(async { h().await })"));
        assert!(awaits("println!(\"{}\", (h().await))"));
        assert!(awaits("tokio::select! { _ = h() => {} }"));
        assert!(!awaits("async fn inner() { h().await }"));
        assert!(!awaits("log!(await)"));
    }

    #[test]
    fn attributes_that_may_rewrite_are_noted_with_those_around() {
        let source = "
            #[async_trait]
            #[doc = \"\"]
            impl T {
                #[cfg_attr(feature = \"tracing\", tracing::instrument(skip(self)), doc = \"\")]
                #[allow(clippy::all)]
                async fn f() {}
                async fn g() {}
            }
            async fn h() {}
        ";
        let under: Vec<Vec<String>> = found(source).into_iter().map(|(function, _)| function.under).collect();
        assert_eq!(under, [vec!["async_trait", "instrument"], vec!["async_trait"], vec![]]);
    }
}
