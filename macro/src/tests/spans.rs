//! Where errors stand: a refusal on the token that mends it, and the user's own expressions on themselves in both halves
//! of the expansion.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::expand::expand;

/// The message of the first refusal, and the text it stands on.
fn refusal(source: &str) -> (String, String) {
    let tokens = expand(TokenStream::new(), source.parse().unwrap());
    // `::core::compile_error!{ "message" }`, whose first token and group have the ends of the error's span.
    let mut tokens = tokens.into_iter();
    let start = tokens.next().unwrap().span();
    let group = tokens.find_map(|tree| if let TokenTree::Group(group) = tree { Some(group) } else { None }).unwrap();
    let message = match group.stream().into_iter().next() {
        Some(TokenTree::Literal(literal)) => literal.to_string(),
        other => panic!("no message: {:?}", other),
    };
    (message, text(source, start, group.span()))
}

/// The source from the start of one span to the end of another.
fn text(source: &str, from: Span, to: Span) -> String {
    let offset = |at: proc_macro2::LineColumn| {
        source.split_inclusive('\n').take(at.line - 1).map(|line| line.chars().count()).sum::<usize>() + at.column
    };
    source.chars().take(offset(to.end())).skip(offset(from.start())).collect()
}

#[track_caller]
fn refused_at(source: &str, token: &str, reason: &str) {
    let (message, text) = refusal(source);
    assert_eq!(text, token);
    assert!(message.contains(reason), "{}", message);
}

#[test]
fn a_refused_word_of_the_signature() {
    refused_at("const async fn f() {}", "const", "remove `const`");
    refused_at("extern \"C\" fn f() { g().await }", "extern", "remove `extern`");
}

#[test]
fn what_is_refused_in_an_impl_leaves_the_rest() {
    let source = "impl S { async fn f() { g!(h().await) } fn g() {} #[cfg(unix)] async fn i() { g!(h().await) } }";
    let expansion = expand(TokenStream::new(), source.parse().unwrap()).to_string();
    assert_eq!(expansion.matches("compile_error !").count(), 2);
    assert_eq!(expansion.matches("# [cfg (unix)] :: core :: compile_error !").count(), 1);
    for function in ["async fn f ()", "fn g ()", "async fn i ()"] {
        assert_eq!(expansion.matches(function).count(), 1, "{} in {}", function, expansion);
    }
}

#[test]
fn a_refused_closure() {
    refused_at("async fn f() {\n    let x = 1;\n    let g = async || x;\n    g().await;\n}", "async", "async closure");
}

#[test]
fn an_await_in_a_macro_is_refused_at_the_name_of_the_macro() {
    refused_at("async fn f() {\n    join::all!(a().await);\n}", "join::all", "hidden in a macro");
}

#[test]
fn an_await_that_might_not_run_is_refused_itself() {
    refused_at("async fn f() {\n    assert!(ok, \"{}\", why().await);\n}", "why().await", "only if the macro needs it");
}

#[test]
fn an_await_in_a_guard_is_refused_at_its_if() {
    refused_at("async fn f(n: u8) {\n    match n { 1 if ok().await => g().await, _ => {} }\n}", "if", "match guard");
}

#[test]
fn refusals_of_one_stage_come_in_the_order_of_the_source() {
    let source = "const extern \"C\" fn f() {}";
    let tokens = expand(TokenStream::new(), source.parse().unwrap()).to_string();
    let const_fn = tokens.find("remove `const`").unwrap();
    let extern_fn = tokens.find("remove `extern`").unwrap();
    assert!(const_fn < extern_fn);
}

#[test]
fn the_signature_stays_where_the_body_is_refused() {
    let tokens = expand(TokenStream::new(), "async fn f(n: u8) -> u8 { yield n }".parse().unwrap());
    assert!(tokens.to_string().contains("async fn f (n : u8) -> u8"), "{}", tokens);
}

/// Where the identifiers called `name` stand, without those of ours.
fn places(tokens: TokenStream, name: &str) -> Vec<(usize, usize)> {
    fn collect(tokens: TokenStream, found: &mut dyn FnMut(&Ident)) {
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) => found(&ident),
                TokenTree::Group(group) => collect(group.stream(), found),
                _ => {}
            }
        }
    }
    let mut places = Vec::new();
    collect(tokens, &mut |ident| {
        let start = ident.span().start();
        if ident == name && !(ident.span().byte_range().is_empty()) {
            places.push((start.line, start.column));
        }
    });
    places
}

const SOURCE: &str = "async fn f(mut conn: Conn) {
    let request = prepare(7);
    conn.send(request).await;
    let total = request + conn.count();
    finish(total);
}";

#[test]
fn what_the_user_calls_keeps_its_place_in_both_halves() {
    let tokens = expand(TokenStream::new(), SOURCE.parse().unwrap());
    for (name, place) in
        [("prepare", (2, 18)), ("send", (3, 9)), ("count", (4, 31)), ("finish", (5, 4))].iter().copied()
    {
        let found = places(tokens.clone(), name);
        assert!(found.iter().filter(|at| **at == place).count() >= 2, "{} at {:?}", name, found);
        // The awaitee's label, field and variant are named after the await.
        assert!(found.iter().all(|at| *at == place || at.0 == place.0), "{} at {:?}", name, found);
    }
}

#[test]
fn a_mention_of_a_survivor_keeps_its_place() {
    let tokens = expand(TokenStream::new(), SOURCE.parse().unwrap());
    for (name, place) in [("request", (3, 14)), ("request", (4, 16)), ("conn", (3, 4))].iter().copied() {
        let found = places(tokens.clone(), name);
        assert!(found.iter().filter(|at| **at == place).count() >= 2, "{} at {:?} in {:?}", name, place, found);
    }
}
