//! Which macros are written out, and which stay as they are.

use quote::ToTokens;

use crate::{parse, unfold};

/// The body of `async fn function() { body }`, its macros written out.
fn unfolded(body: &str) -> String {
    let item = format!("async fn function() {{ {} }}", body);
    let function = parse::parse(Default::default(), syn::parse_str(&item).unwrap(), Default::default()).unwrap();
    unfold::unfold(&function).block.to_token_stream().to_string()
}

#[track_caller]
fn stays(body: &str) {
    let expected: proc_macro2::TokenStream = format!("{{ {} }}", body).parse().unwrap();
    assert_eq!(unfolded(body), expected.to_string());
}

#[track_caller]
fn contains(body: &str, expected: &str) {
    let unfolded = unfolded(body);
    assert!(unfolded.contains(expected), "{}", unfolded);
}

#[test]
fn a_macro_that_does_not_parse_as_it_should() {
    stays("tokio::select! { a => b }");
    stays("tokio::select! { }");
    stays("tokio::select! { a = b(), unless c => d }");
    stays("futures::select! { complete => a, complete => b }");
    stays("tokio::join! { a b }");
    stays("tokio::pin! { a() } ;");
    stays("futures::join!(biased ; a)");
}

#[test]
fn a_path_that_leads_elsewhere() {
    stays("crate::select! { a = b() => c }");
    stays("other::join!(a, b)");
    stays("std::future::join!(a, b)");
    stays("other::pin!(a) ; b.await");
}

#[test]
fn what_awaits_nothing_of_this_function() {
    stays("let a = | b | tokio::join!(b) ; c.await");
    stays("fn inner() { tokio::pin!(a) ; } c.await");
}

#[test]
fn std_s_pin_stays_where_nothing_awaits_while_it_is_alive() {
    stays("let a = pin!(b) ; a.poll()");
    stays("a.await ; c(pin!(b))");
    stays("{ let a = pin!(b) ; } c.await");
}

#[test]
fn a_name_without_a_path_is_checked() {
    contains("join!(a)", "use join as _ ; { use :: tokio :: * ; use join as _ ; }");
    contains("select! { a = b => c }", "use :: tokio :: * ; use select as _ ;");
    contains("select! { a = b => c , default => d }", "use :: futures :: * ; use select as _ ;");
    contains("select_biased! { a = b => c }", "use :: futures :: * ; use select_biased as _ ;");
    contains("pin!(a) ; b.await", "use :: tokio :: * ; use pin as _ ;");
    contains("pin_mut!(a) ; b.await", "use :: futures :: * ; use pin_mut as _ ;");
    contains("pin!(a).await", "use :: core :: pin :: * ; use pin as _ ;");
}

#[test]
fn a_path_is_used() {
    contains("tokio::join!(a)", "use tokio :: join as _ ;");
    contains("::futures_util::select! { a = b => c }", "use :: futures_util :: select as _ ;");
    contains("::futures_util::select! { a = b => c }", ":: futures_util :: future :: FusedFuture");
    contains("my::tokio::select! { a = b => c }", "my :: tokio :: macros :: support :: thread_rng_n (1)");
}

#[test]
fn macros_in_macros_that_are_known() {
    contains("println!(\"{}\", tokio::join!(a).0)", "let join = { let futures =");
    contains("let p = pin!(tokio::join!(a).0) ; p.await", "let mut pinned_p = { let join =");
}

#[test]
fn only_a_pattern_that_may_fail_is_looked_at() {
    let matching = |pat: &str| unfolded(&format!("tokio::select! {{ {} = a() => b }}", pat)).contains(". matching");
    for pat in ["_", "x", "mut x", "ref x", "(x, _)", "(x, ..)", "&x", "x @ _"] {
        assert!(!matching(pat), "{}", pat);
    }
    for pat in ["Some(x)", "None", "1", "(x, 1)", "S { a, .. }", "x @ 1..=2", "[a, ..]", "A | B", "path::C"] {
        assert!(matching(pat), "{}", pat);
    }
    contains(
        "tokio::select! { Some(ref x @ S { y, z: [_, mut w @ ..] }) = a() => b }",
        "matches ! (output , Some (S { y : _ , z : [_ , ..] }))",
    );
}

#[test]
fn items_of_ours_have_names_of_their_own() {
    contains("Selected ; tokio::select! { a = b => c }", "enum Selected2 < B >");
    contains("tokio::select! { a = b => tokio::select! { c = d => e } }", "enum Selected2 < D >");
}
