//! Every file in `fixtures/` is one item that shows one thing; beside it stands its expansion, `<name>.snap`, and for
//! a few the data of every stage, `<name>.stages.snap`. Bless with `INSTA_UPDATE=always`, then read the difference.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use quote::ToTokens;
use syn::visit_mut::VisitMut;
use syn::{Attribute, File, ImplItem, Item, ItemFn, Meta};

use crate::dump;
use crate::expand::expand;

macro_rules! fixtures {
    (expanded: $($expanded:ident)*; and_every_stage: $($staged:ident)*;) => {
        /// What stands in the folder, beside the fixtures themselves.
        fn snapshots() -> BTreeSet<String> {
            let mut names = BTreeSet::new();
            $(names.insert(concat!(stringify!($expanded), ".snap").to_owned());)*
            $(names.insert(concat!(stringify!($staged), ".stages.snap").to_owned());)*
            names
        }

        mod expansion {
            $(#[test] fn $expanded() { super::compare_expansion(stringify!($expanded)) })*
        }

        mod stages {
            $(#[test] fn $staged() { super::compare_stages(stringify!($staged)) })*
        }
    };
}

fixtures! {
    expanded:
        // From one await to many.
        no_await single_await two_awaits plain_fn nested_awaits argument_order
        // Temporaries, receivers, and what is held over an await.
        awaited_temporary lent_list awaited_receiver literal_with_a_base open_receiver guard_over_await
        moved_into_awaitee plain_statements
        // Control flow.
        if_else if_without_else if_let if_let_no_await_inside lock_in_a_tail let_else match_arms match_awaited lazy_and block_scope
        unsafe_block early_return
        // Loops.
        copy_loop while_loop while_let for_loop nested_loop continue_loop labelled_break accept_loop
        // `?`.
        question_result question_option question_other
        // Variables.
        moved_conditionally deferred_init assign_awaited shadowing destructuring_let items_inside
        // Signatures.
        destructured_parameters generic_lifetimes method_ref_self method_mut_self self_taken_apart impl_trait_argument
        inspect
        // Impls, traits, other attributes.
        whole_impl trait_methods trait_impl_method other_attributes conditions
        // Macros and closures.
        inline_captures unknown_macro closure_over_survivor closure_in_awaitee
        // Macros that are written out.
        pinned_value pinned_argument joined try_joined
        selected selected_value selected_fused
        // Async blocks.
        async_block async_move_block block_in_a_box block_that_borrows;
    and_every_stage:
        single_await copy_loop argument_order match_arms for_loop moved_conditionally deferred_init open_receiver
        shadowing destructured_parameters unknown_macro async_block selected;
}

#[test]
fn every_fixture_is_listed_and_no_snapshot_is_stale() {
    let (mut sources, mut found) = (BTreeSet::new(), BTreeSet::new());
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        match name.strip_suffix(".rs") {
            Some(fixture) => sources.insert(format!("{fixture}.snap")),
            // What insta leaves beside a snapshot that has changed; `.gitignore` names it.
            None if name.ends_with(".snap.new") => false,
            None => found.insert(name),
        };
    }
    let listed = snapshots();
    let expansions = listed.iter().filter(|name| !name.ends_with(".stages.snap")).cloned().collect();
    assert_eq!(sources, expansions, "the fixtures, and those listed in this file");
    assert_eq!(found, listed, "the snapshots, and those listed in this file");
}

#[test]
fn every_fixture_has_at_most_twenty_lines() {
    for name in snapshots().iter().filter_map(|name| name.strip_suffix(".stages.snap").or(name.strip_suffix(".snap"))) {
        assert!(source(name).lines().count() <= 20, "{}", name);
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn source(fixture: &str) -> String {
    fs::read_to_string(folder().join(fixture).with_extension("rs")).unwrap()
}

fn compare_expansion(fixture: &str) {
    let mut file = syn::parse_file(&source(fixture)).unwrap();
    let mut expand = Expand(0);
    expand.visit_file_mut(&mut file);
    assert_eq!(expand.0, 1, "one attribute per fixture");
    let mut text = prettyplease::unparse(&in_edition(&file, 0).0);
    if let (before, true) = in_edition(&file, 1) {
        text += "\n// Before edition 2024:\n\n";
        text += &prettyplease::unparse(&before);
    }
    compare(fixture, &text);
}

/// The file as rustc would leave it in an edition, and whether that makes a difference.
fn in_edition(file: &File, edition: usize) -> (File, bool) {
    struct Choose(usize, bool);
    impl VisitMut for Choose {
        fn visit_block_mut(&mut self, block: &mut syn::Block) {
            if let Some(syn::Stmt::Macro(choice)) = block.stmts.last() {
                if choice.mac.path.is_ident("desugared_by_edition") {
                    // `_ => { .. } { .. }`
                    let of = choice.mac.tokens.clone().into_iter().nth(3 + self.0).unwrap();
                    *block = syn::parse2(of.into()).unwrap();
                    self.1 = true;
                }
            }
            syn::visit_mut::visit_block_mut(self, block);
        }
        fn visit_type_mut(&mut self, ty: &mut syn::Type) {
            match ty {
                syn::Type::Macro(node) if node.mac.path.segments.last().unwrap().ident == "future" => {
                    *ty = node.mac.parse_body_with(returned).unwrap();
                }
                _ => {}
            }
            syn::visit_mut::visit_type_mut(self, ty);
        }
    }
    let (mut file, mut choose) = (file.clone(), Choose(edition, false));
    choose.visit_file_mut(&mut file);
    (file, choose.1)
}

fn compare_stages(fixture: &str) {
    let ItemFn { .. } = syn::parse_str(&source(fixture)).unwrap();
    let tokens = source(fixture).trim_start_matches("#[desugar]").parse().unwrap();
    compare(&format!("{fixture}.stages"), &dump::stages(tokens).unwrap());
}

fn compare(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What `::desugar::__private::future!` makes of its arguments.
fn returned(arguments: syn::parse::ParseStream<'_>) -> syn::Result<syn::Type> {
    let output: syn::Type = arguments.parse()?;
    let comma: Option<syn::Token![,]> = arguments.parse()?;
    let bound = comma.map(|_| arguments.parse::<syn::Path>()).transpose()?.into_iter();
    Ok(syn::parse_quote!(impl ::core::future::Future<Output = #output> #(+ #bound)*))
}

/// Replaces what stands under `#[desugar]` by its expansion, as rustc would.
struct Expand(usize);

impl Expand {
    /// The expansion of the attribute that is taken off the item, if it is there.
    fn expansion<T: ToTokens>(
        &mut self,
        item: &mut T,
        attrs: fn(&mut T) -> Option<&mut Vec<Attribute>>,
    ) -> Option<File> {
        let attrs = attrs(item)?;
        let position = attrs.iter().position(|attr| attr.path().is_ident("desugar"))?;
        let arguments = match attrs.remove(position).meta {
            Meta::List(list) => list.tokens,
            _ => Default::default(),
        };
        self.0 += 1;
        Some(syn::parse2(expand(arguments, item.to_token_stream())).unwrap())
    }
}

impl VisitMut for Expand {
    fn visit_file_mut(&mut self, file: &mut File) {
        for mut item in std::mem::take(&mut file.items) {
            let expansion = self.expansion(&mut item, |item| match item {
                Item::Fn(item) => Some(&mut item.attrs),
                Item::Impl(item) => Some(&mut item.attrs),
                Item::Trait(item) => Some(&mut item.attrs),
                Item::Mod(item) => Some(&mut item.attrs),
                _ => None,
            });
            match expansion {
                Some(expansion) => file.items.extend(expansion.items),
                None => {
                    self.visit_item_mut(&mut item);
                    file.items.push(item);
                }
            }
        }
    }

    fn visit_impl_item_mut(&mut self, item: &mut ImplItem) {
        let expansion = self.expansion(item, |item| match item {
            ImplItem::Fn(method) => Some(&mut method.attrs),
            _ => None,
        });
        if let Some(expansion) = expansion {
            *item = syn::parse2(expansion.to_token_stream()).unwrap();
        }
    }
}
