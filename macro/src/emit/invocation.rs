//! Macros among the user's expressions.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{parse_quote_spanned, Expr, ExprMacro, GenericArgument, Macro, PathArguments, StmtMacro, Type};

use super::here;
use super::leaf::{Leaves, Rewrite};
use crate::ids::{ident_expr, map_idents, path_ident, BindingId, SiteId};
use crate::inline;
use crate::known_macros::{self, Argument, Label};
use crate::markers::{as_site, polls_in, sites_in};
use crate::source_text::source_text;

/// What is declared before a macro.
#[derive(Default)]
struct Aliases {
    lets: Vec<TokenStream>,
    /// How the macro's other arguments mention what has another name.
    names: Vec<(BindingId, Ident)>,
}

impl Leaves<'_> {
    /// A macro that is a statement stays one: it may be several statements.
    pub(super) fn macro_statement(&self, node: &ExprMacro) -> TokenStream {
        let semi_token = Some(Default::default());
        let mut stmt = syn::Stmt::Macro(StmtMacro { attrs: node.attrs.clone(), mac: node.mac.clone(), semi_token });
        Rewrite(self).visit_stmt_mut(&mut stmt);
        stmt.into_token_stream()
    }

    /// What a macro needs to find by other names than the expansion has for it.
    fn aliases(&self, mac: &Macro) -> Aliases {
        let mut aliases = Aliases::default();
        if let Some(arguments) = known_macros::parse(mac) {
            let spelt = arguments.arguments.iter().filter_map(|argument| self.spelt(argument));
            spelt.for_each(|site| self.spell(site, &mut aliases));
            return aliases;
        }
        // What is not known finds the places of variables; and what its strings capture, by the source's names.
        let strings = inline::strings_in(mac.tokens.clone());
        let captured = strings.iter().flat_map(|(string, sites)| sites.iter().map(move |site| (Some(string), *site)));
        let mentioned = sites_in(&mac.tokens).into_iter().map(|site| (None, site));
        let mut named = BTreeSet::new();
        let fresh = captured.chain(mentioned).filter_map(|(string, site)| self.alias(string, site));
        let fresh = fresh.filter(|(name, _)| named.insert(name.clone()));
        aliases.lets.extend(fresh.map(|(name, value)| quote_here!(let #name = #value;)));
        aliases
    }

    /// The variable of which a macro may ask how it is spelt. `self` cannot be the name of what stands for it.
    fn spelt(&self, argument: &Argument) -> Option<SiteId> {
        let tables = self.input.tables();
        let site = path_ident(&argument.value).and_then(as_site)?;
        let receiver = tables.binding(tables.site(site).binding).receiver;
        (matches!(argument.label, Label::Spelt) && !receiver).then_some(site)
    }

    /// A variable for a macro that may ask how it is spelt, and takes it by reference.
    // Input:  info!(id), where `id` is a survivor
    // Output: let id_place = id.alias(); let id = &*id_place;
    fn spell(&self, site: SiteId, aliases: &mut Aliases) {
        let info = self.input.tables().site(site);
        let source = self.input.tables().binding(info.binding).source_ident(info.span);
        let name = self.name(info.binding, info.span);
        if !self.is_named(info.binding) {
            if aliases.names.iter().all(|(binding, _)| *binding != info.binding) {
                let place =
                    Ident::new(&format!("{}_place", name.to_string().trim_start_matches("r#")), here(info.span));
                aliases.lets.push(quote_here!(let #place = #name.alias(); let #source = &*#place;));
                aliases.names.push((info.binding, place));
            }
        } else if source != name {
            aliases.lets.push(quote_here!(let #source = &#name;));
        }
    }

    /// Another name for a mention in a macro, or in a string of one.
    // Input:  "{x}", where `x` is called `x_2`
    // Output: let x = x_2.alias();
    fn alias(&self, string: Option<&Literal>, site: SiteId) -> Option<(Ident, TokenStream)> {
        let info = self.input.tables().site(site);
        let name = self.name(info.binding, info.span);
        let source = match string {
            Some(_) => self.input.tables().binding(info.binding).source_ident(info.span),
            None => name.clone(),
        };
        // A closure's place of a variable may outlive the variable: a macro could take it into a thread.
        let placed = self.is_placed(info.binding);
        let plain = self.is_named(info.binding);
        // A width must be a number: what only stands for one is not enough.
        let counts = || string.is_some_and(|string| counts(string, &source)) && !plain;
        if source == name && !placed && !counts() {
            return None;
        }
        let value = match plain {
            true => quote_here!(::desugar::__private::Alias::of(&#name)),
            false => quote_here!(#name.alias()),
        };
        Some((source, value))
    }
}

/// The type of a `Result` with the errors of another, by its name: its values are what comes first.
// Input:  io::Result<u64>
// Output: io::Result<_>
fn fallible(output: &Type) -> Option<Type> {
    let mut fallible = output.clone();
    match &mut fallible {
        Type::Infer(_) => return Some(syn::parse_quote!(::core::result::Result<_, _>)),
        Type::Path(path) => match path.path.segments.last_mut() {
            Some(last) if last.ident.to_string().ends_with("Result") => {
                if let PathArguments::AngleBracketed(arguments) = &mut last.arguments {
                    let mut types = arguments.args.iter_mut();
                    if let Some(first) = types.find(|argument| matches!(argument, GenericArgument::Type(_))) {
                        *first = syn::parse_quote!(_);
                    }
                }
            }
            _ => return None,
        },
        _ => return None,
    }
    Some(fallible)
}

/// Whether a string captures a name as a width or a precision.
fn counts(string: &Literal, name: &Ident) -> bool {
    let string = syn::parse2::<syn::LitStr>(string.to_token_stream());
    string.is_ok_and(|string| known_macros::captures(&string.value()).iter().any(|c| *name == c.name && c.counts))
}

impl Rewrite<'_, '_> {
    /// A macro as an expression.
    pub(super) fn invocation(&mut self, node: &mut ExprMacro) -> Expr {
        let Aliases { lets, names } = self.0.aliases(&node.mac);
        self.0.with_names(names, || Rewrite(self.0).visit_macro_mut(&mut node.mac));
        let expr = match &node.mac {
            mac if known_macros::returns(mac) && !self.0.in_closure.get() => self.returning(node),
            mac if known_macros::may_return(mac) && !self.0.in_closure.get() => {
                self.perhaps_returning(&Expr::Macro(node.clone()))
            }
            mac if known_macros::diverges(mac) => self.diverging(node),
            _ => Expr::Macro(node.clone()),
        };
        match &lets[..] {
            [] => expr,
            lets => parse_quote_spanned!(here(node.mac.path.span())=> { #(#lets)* #expr }),
        }
    }

    /// A macro as a statement.
    pub(super) fn macro_stmt(&mut self, node: &mut StmtMacro) -> Option<Expr> {
        let Aliases { lets, names } = self.0.aliases(&node.mac);
        let may_return = known_macros::may_return(&node.mac) && !self.0.in_closure.get();
        if lets.is_empty() && !may_return || node.semi_token.is_none() || known_macros::diverges(&node.mac) {
            return None;
        }
        self.0.with_names(names, || Rewrite(self.0).visit_macro_mut(&mut node.mac));
        let block = parse_quote_spanned!(here(node.mac.path.span())=> { #(#lets)* #node });
        Some(if may_return { self.perhaps_returning(&block) } else { block })
    }

    /// A macro that never returns: were it another of the name that does, this would not compile.
    // Input:  panic!("no")
    // Output: match { let never: Infallible = { panic!("no"); }; never } {}
    fn diverging(&self, node: &ExprMacro) -> Expr {
        parse_quote_spanned!(here(node.mac.path.span())=> match {
            let never: ::core::convert::Infallible = { #node; };
            never
        } {})
    }

    /// A macro that returns from the function returns from a closure here, and the step with it.
    // Input:  bail!("no {name}")
    // Output: return Poll::Ready((|| -> R { bail!("no {name}") })())
    fn returning(&self, node: &ExprMacro) -> Expr {
        let output = self.0.input.output;
        let node = self.diverging(node);
        parse_quote_spanned!(here(node.span())=> return ::core::task::Poll::Ready((|| -> #output { #node })()))
    }

    /// A macro that may return from the function returns from a closure here, and only then the step with it.
    // Input:  ensure!(n > 0, "no {name}")
    // Output: match (|| -> Result<_, Error> { Ok({ ensure!(n > 0, "no {name}"); }) })() {
    //             Ok(value) => value, Err(error) => return Poll::Ready(Err(error)) }
    fn perhaps_returning(&self, node: &Expr) -> Expr {
        let fallible = match fallible(self.0.input.output) {
            Some(fallible) => fallible,
            None => return node.clone(),
        };
        parse_quote_spanned!(here(node.span())=> match (|| -> #fallible { ::core::result::Result::Ok(#node) })() {
            ::core::result::Result::Ok(value) => value,
            ::core::result::Result::Err(error) => {
                return ::core::task::Poll::Ready(::core::result::Result::Err(error))
            }
        })
    }

    /// The arguments of a macro, or its tokens.
    pub(super) fn macro_tokens(&mut self, mac: &mut Macro) {
        let mut arguments = match known_macros::parse(mac) {
            Some(arguments) => arguments,
            None => {
                mac.tokens = self.opaque(std::mem::take(&mut mac.tokens));
                return;
            }
        };
        // `assert!(condition)` speaks of its condition as the source has it.
        let asserts =
            mac.path.segments.last().is_some_and(|name| name.ident == "assert" || name.ident == "debug_assert");
        let touched = |value: &Expr| !(sites_in(value).is_empty() && polls_in(value).is_empty());
        let message = match &arguments.arguments[..] {
            [only] if asserts && touched(&only.value) => Some(source_text(self.tables().unmark(&only.value))),
            _ => None,
        };
        for argument in &mut arguments.arguments {
            match self.0.spelt(argument).map(|site| self.tables().site(site)) {
                Some(site) => argument.value = ident_expr(self.tables().binding(site.binding).source_ident(site.span)),
                None => self.visit_expr_mut(&mut argument.value),
            }
        }
        // A capture that `resolve` has written out, of what is an ordinary local after all.
        arguments.arguments.retain(|argument| match (argument.name(), path_ident(&argument.value)) {
            (Some(name), Some(value)) => name != value,
            _ => true,
        });
        if let Some(pattern) = &mut arguments.pattern {
            self.visit_pat_mut(pattern);
        }
        mac.tokens = arguments.print();
        if let Some(message) = message {
            let message = format!("assertion failed: {}", message).replace('{', "{{").replace('}', "}}");
            mac.tokens.extend(quote_here!(, #message));
        }
    }

    /// Tokens of a macro that are not taken apart: a mention stands in parentheses, whatever is around it.
    fn opaque(&self, tokens: TokenStream) -> TokenStream {
        map_idents(inline::release(tokens), &mut |ident| {
            let site = as_site(ident)?;
            let mention = self.0.mention(site);
            let mention = match &mention {
                Expr::Path(_) => mention.to_token_stream(),
                _ => {
                    // They may end a chain of `let`s: the edition of its last token says whether it may be one.
                    let mut enclosed = Group::new(Delimiter::Parenthesis, mention.into_token_stream());
                    enclosed.set_span(self.tables().site(site).span);
                    enclosed.into_token_stream()
                }
            };
            Some(crate::ids::Replacement(mention))
        })
    }
}
