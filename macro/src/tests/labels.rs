//! Labels of ours are none of the user's, and a kept loop takes every `break` that means it.

use quote::{quote, ToTokens};
use syn::Block;

use crate::mark::labels::{name_loop, Labels};

#[test]
fn a_label_that_is_free_is_taken_as_it_is() {
    let mut labels = Labels::of(&quote!({
        event().await;
    }));
    assert_eq!(labels.fresh("repeat").to_string(), "'repeat");
}

#[test]
fn a_label_is_given_once() {
    let mut labels = Labels::of(&quote!({}));
    let given: Vec<String> = (0..3).map(|_| labels.fresh("each").to_string()).collect();
    assert_eq!(given, ["'each", "'each_2", "'each_3"]);
}

#[test]
fn labels_of_the_user_are_left_alone_wherever_they_stand() {
    let mut labels = Labels::of(&quote!({
        'each: loop {
            vec![{
                'each_2: loop {
                    break 'each_2;
                }
            }];
        }
    }));
    assert_eq!(labels.fresh("each").to_string(), "'each_3");
}

#[test]
fn lifetimes_count_as_labels() {
    let mut labels = Labels::of(&quote!({
        let x: &'repeat str = name;
    }));
    assert_eq!(labels.fresh("repeat").to_string(), "'repeat_2");
}

#[test]
fn a_variable_is_no_label() {
    let mut labels = Labels::of(&quote!({
        let repeat = 1;
    }));
    assert_eq!(labels.fresh("repeat").to_string(), "'repeat");
}

/// The body of a loop after it is named `'l`.
#[track_caller]
fn named(body: &str, expected: &str) {
    let mut block: Block = syn::parse_str(body).unwrap();
    name_loop(&mut block, &syn::Lifetime::new("'l", proc_macro2::Span::call_site()));
    let expected: Block = syn::parse_str(expected).unwrap();
    assert_eq!(block.to_token_stream().to_string(), expected.to_token_stream().to_string());
}

#[test]
fn break_and_continue_name_the_loop() {
    named("{ break; continue; break 1; }", "{ break 'l; continue 'l; break 'l 1; }");
}

#[test]
fn they_do_so_in_any_branch() {
    named(
        "{ if a { break } else { match b { 1 => continue, _ => { { break } } } } }",
        "{ if a { break 'l } else { match b { 1 => continue 'l, _ => { { break 'l } } } } }",
    );
}

#[test]
fn one_with_a_label_keeps_it() {
    named("{ break 'outer; continue 'outer; }", "{ break 'outer; continue 'outer; }");
}

#[test]
fn an_inner_loop_keeps_its_own() {
    named(
        "{ loop { break; } while a { continue; } for x in y { break; } break; }",
        "{ loop { break; } while a { continue; } for x in y { break; } break 'l; }",
    );
}

#[test]
fn the_head_of_an_inner_loop_is_still_ours() {
    named(
        "{ while { if a { break } b } { break } for x in { if a { continue } b } { break } }",
        "{ while { if a { break 'l } b } { break } for x in { if a { continue 'l } b } { break } }",
    );
}

#[test]
fn a_closure_and_an_item_keep_their_own() {
    named(
        "{ let f = || loop { break }; fn g() { loop { break } } }",
        "{ let f = || loop { break }; fn g() { loop { break } } }",
    );
}
