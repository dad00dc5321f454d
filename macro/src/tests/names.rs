//! What things are called in the expansion: by what the source calls.

use quote::ToTokens;

use crate::layout::{Layout, Place};
use crate::{layout, liveness, mark, parse, resolve};

/// The layout of `async fn function(..) { body }`.
fn layout_of(body: &str) -> Layout {
    let item = format!("async fn function(local: u32, r#type: u32) {{ {} }}", body);
    let function = parse::parse(Default::default(), syn::parse_str(&item).unwrap(), Default::default()).unwrap();
    let resolved = resolve::resolve(&function).unwrap();
    let marked = mark::mark(&resolved, crate::mark::Edition::Since2024).unwrap();
    let liveness = liveness::liveness(&marked).unwrap();
    layout::layout(&marked, &liveness, &function.sig.ident, resolved.body.to_token_stream())
}

/// The variants and awaitees of a body.
fn awaitees(body: &str) -> Vec<(String, String)> {
    let layout = layout_of(body);
    layout.suspensions.iter().map(|place| (place.variant.to_string(), place.name.to_string())).collect()
}

#[track_caller]
fn named(operand: &str, variant: &str, name: &str) {
    assert_eq!(awaitees(&format!("{}.await;", operand)), [(variant.to_owned(), name.to_owned())]);
}

#[test]
fn an_awaitee_is_named_after_the_function_that_makes_it() {
    named("read()", "WaitingForRead", "read");
    named("tokio::time::sleep(local)", "WaitingForSleep", "sleep");
    named("read::<u8>()", "WaitingForRead", "read");
    named("read_exact(local)", "WaitingForReadExact", "read_exact");
}

#[test]
fn or_after_the_method() {
    named("local.read()", "WaitingForRead", "read");
    named("make().at(1).read(&mut x)", "WaitingForRead", "read");
    named("read()?", "WaitingForRead", "read");
}

#[test]
fn or_after_the_variable_or_field_that_holds_it() {
    named("local", "WaitingForLocal", "local");
    named("&mut local", "WaitingForLocal", "local");
    named("(*local)", "WaitingForLocal", "local");
    named("local.changed", "WaitingForChanged", "changed");
    named("local.0", "WaitingForLocal0", "local_0");
    named("local.futures[0]", "WaitingForFutures", "futures");
}

#[test]
fn or_after_the_type_or_macro() {
    named("Sleep { seconds: 1 }", "WaitingForSleep", "sleep");
    named("ReadExact(1)", "WaitingForReadExact", "read_exact");
    named("pin!(x)", "WaitingForPin", "pin");
}

#[test]
fn or_by_nothing_at_all() {
    named("{ 1 }", "WaitingForValue", "value");
    named("(a, b)", "WaitingForValue", "value");
}

#[test]
fn a_raw_identifier_loses_its_prefix_or_its_name() {
    named("f::r#raw()", "WaitingForRaw", "raw");
    named("f::r#try()", "WaitingForValue", "value");
}

#[test]
fn the_second_of_a_name_has_a_number() {
    let names = awaitees("read().await; write().await; read().await; read().await;");
    let names: Vec<String> = names.into_iter().map(|(variant, name)| format!("{} {}", variant, name)).collect();
    let expected = ["WaitingForRead read", "WaitingForWrite write", "WaitingForRead2 read_2", "WaitingForRead3 read_3"];
    assert_eq!(names, expected);
}

#[test]
fn an_awaitee_called_as_a_survivor_has_another_type() {
    let layout = layout_of("let reader = 1; reader().await; drop(reader);");
    let types: Vec<String> = layout.types().map(ToString::to_string).collect();
    assert_eq!(types, ["Local", "Type", "Reader", "ReaderFuture"]);
}

#[test]
fn frame_and_state_are_named_after_the_function() {
    let layout = layout_of("read().await; write().await;");
    assert_eq!(layout.state, "FunctionState");
    assert_eq!(layout.frame, "FunctionFrame");
    let unions = layout.places.fields.iter().filter_map(|(name, place)| match place {
        Place::Union(union) => Some(format!("{}: {}", name, union.ty)),
        Place::Slot(_) => None,
    });
    assert_eq!(unions.collect::<Vec<_>>(), ["awaitee: FunctionAwaitee"]);
}

#[test]
fn a_name_the_body_mentions_is_left_to_it() {
    let layout = layout_of("read(FunctionState).await;");
    assert_eq!(layout.state, "FunctionState2");
}

#[test]
fn a_survivor_does_not_hide_what_the_body_means_by_its_name() {
    // The value that `&` borrows over the await is called after `open`, which is called again below.
    let layout = layout_of("read(&open()).await; open();");
    let fields: Vec<String> = layout.fields.iter().map(|field| field.name.to_string()).collect();
    assert_eq!(fields.len(), 3);
    assert!(!fields.contains(&"open".to_owned()), "{:?}", fields);
}

#[test]
fn words_of_the_expansion_are_left_to_it() {
    let layout = layout_of("let frame = 1; let cx = 2; let at = 3; read().await; (frame, cx, at);");
    let fields: Vec<String> = layout.fields.iter().map(|field| field.name.to_string()).collect();
    assert_eq!(fields, ["local", "r#type", "frame_2", "cx_2", "at_2"]);
}
