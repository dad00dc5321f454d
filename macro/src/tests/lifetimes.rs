//! For which lifetime a machine borrows, and which arguments are lengthened for that.

use quote::ToTokens;
use syn::{File, Item, ItemFn, Pat, Stmt};

use crate::expand::expand;

/// What the expansion of one function borrows for: the new lifetime `'frame`, or what is lengthened and to what, as in
/// `'this, with label`, or whatever rustc finds.
fn borrows(function: &ItemFn) -> String {
    let (mut lifetime, mut lengthened) = (None, Vec::new());
    for stmt in &function.block.stmts {
        match stmt {
            Stmt::Local(local) if local.to_token_stream().to_string().contains("lengthen ::") => match &local.pat {
                Pat::Type(typed) => {
                    lengthened.push(typed.pat.to_token_stream().to_string());
                    let ty = typed.ty.to_token_stream().to_string();
                    let named = ty.split_whitespace().find(|token| token.starts_with('\'') || token.starts_with("&'"));
                    lifetime = named.map(|name| name.trim_start_matches('&').to_owned());
                }
                other => panic!("no type: {}", other.to_token_stream()),
            },
            _ => {}
        }
    }
    let is_new = function.sig.generics.lifetimes().any(|param| param.lifetime.ident == "frame");
    match (is_new, lifetime) {
        (true, None) => "'frame".to_owned(),
        (false, Some(lifetime)) => format!("{}, with {}", lifetime, lengthened.join(", ")),
        (false, None) => "inferred".to_owned(),
        (true, Some(_)) => panic!("a new lifetime, and lengthened as well"),
    }
}

/// The functions of an item, in order.
#[track_caller]
fn borrow(item: &str, expected: &[&str]) {
    let file: File = syn::parse2(expand(Default::default(), item.parse().unwrap())).unwrap();
    let functions = file.items.into_iter().flat_map(|item| match item {
        Item::Fn(function) => vec![function],
        Item::Impl(item) => item.items.iter().map(parse).collect(),
        Item::Trait(item) => item.items.iter().map(parse).collect(),
        other => panic!("neither: {}", other.to_token_stream()),
    });
    let found: Vec<String> = functions.map(|function| borrows(&function)).collect();
    assert_eq!(found, expected);
}

fn parse(method: &impl ToTokens) -> ItemFn {
    syn::parse2(method.to_token_stream()).unwrap()
}

#[test]
fn one_lifetime_is_that_lifetime() {
    borrow("async fn f(a: &str) { g().await }", &["inferred"]);
    borrow("async fn f(&mut self, n: u32) { g().await }", &["inferred"]);
    borrow("async fn f(self: Pin<&mut Self>) { g().await }", &["inferred"]);
}

#[test]
fn without_a_lifetime_there_is_none() {
    borrow("async fn f(n: u32) { g().await }", &["inferred"]);
    borrow("async fn f<T: Read + 'static>(t: T) { g().await }", &["inferred"]);
    borrow("impl Tr for S { async fn f(self) { g().await } }", &["inferred"]);
}

#[test]
fn the_shortest_of_several_is_the_one() {
    borrow("async fn f(list: &mut Vec<&str>) { g().await }", &["inferred"]);
    borrow("async fn f<'a, 'b: 'a>(a: &'a str, b: &'b str) { g().await }", &["inferred"]);
    borrow("async fn f<'a, 'b>(a: &'a str, b: &'b str) where 'a: 'b { g().await }", &["inferred"]);
    borrow("async fn f(a: &str, b: &'static str) { g().await }", &["inferred"]);
}

#[test]
fn a_type_behind_a_reference_outlives_it() {
    borrow("async fn f<T: Read>(a: &mut Vec<T>) { g().await }", &["inferred"]);
    borrow("async fn f(a: &impl Read) { g().await }", &["inferred"]);
    borrow("async fn f<T: Read>(a: &T, b: &str) { g().await }", &["'a, with b"]);
    // But not what its associated type alone is behind.
    borrow("async fn f<T: Read>(a: &T::Item) { g().await }", &["'frame"]);
}

#[test]
fn arguments_are_lengthened_to_self() {
    borrow("async fn f(&self, label: &str, n: u32) { g().await }", &["'this, with label"]);
    borrow("async fn f<'a>(&self, a: &'a str, b: Ref<'_, str>) -> &'a str { g().await }", &["'this, with a, b"]);
}

#[test]
fn or_to_what_the_output_holds() {
    borrow("async fn f<'b>(a: &str, b: &'b str) -> &'b str { g().await }", &["'b, with a"]);
}

#[test]
fn all_that_can_be_lengthened_is_if_anything_must_be() {
    borrow("async fn f(list: &mut Vec<&str>, word: &str) { g().await }", &["'list, with list, word"]);
}

#[test]
fn what_else_mentions_a_lifetime_fixes_it() {
    borrow("async fn f<'a, 'b>(a: &'a str, b: &'b str) where A: Tr<'a> { g().await }", &["'a, with b"]);
    borrow("async fn f<'a, 'b, T: Tr<'a> + Tr<'b>>(a: &'a T, b: &'b T) { g().await }", &["'frame"]);
    borrow("async fn f(a: &str, b: impl Tr<'_>) { g().await }", &["'frame"]);
}

#[test]
fn an_opaque_output_fixes_all() {
    borrow("async fn f(a: &str, b: &str) -> impl Iterator { g().await }", &["'frame"]);
    borrow("async fn f(a: &str) -> impl Iterator { g().await }", &["inferred"]);
}

#[test]
fn what_may_borrow_for_anything_needs_a_new_one() {
    borrow("async fn f<T>(t: T) { g().await }", &["'frame"]);
    borrow("async fn f(self, a: &str) { g().await }", &["'frame"]);
    borrow("async fn f(self: Box<Self>) { g().await }", &["'frame"]);
    borrow("impl<T> S<T> { async fn f() { g().await } async fn g(&self) { g().await } }", &["'frame", "inferred"]);
}

#[test]
fn but_in_a_trait_there_can_be_none() {
    borrow("impl<T> Tr for S<T> { async fn f(self) { g().await } }", &["inferred"]);
    borrow("impl Tr for S { async fn f<T>(&self, a: &str, t: T) { g().await } }", &["'this, with a"]);
    borrow("trait Tr { async fn f(self) { g().await } async fn g(&self) { g().await } }", &["inferred", "inferred"]);
}

#[test]
fn the_impl_says_what_self_holds() {
    borrow("impl Tr for S { async fn f(self, a: &str) { g().await } }", &["inferred"]);
    borrow("impl<'t> Tr for S<'t> { async fn f(self, a: &str) { g().await } }", &["'t, with a"]);
    borrow("impl<'t> Tr for S<'t> { async fn f(&self, a: &str) -> &'t str { g().await } }", &["'this, with a"]);
    borrow("impl<'t> Tr<'t> for S { async fn f(&self, a: &'t str) { g().await } }", &["'t, with this"]);
    borrow("impl Tr for S<'_> { async fn f(self, a: &str) { g().await } }", &["inferred"]);
    borrow("impl Tr for &S { async fn f(&self, a: &str) { g().await } }", &["'this, with a"]);
}
