//! What a format string captures inline.

use crate::known_macros::captures;

/// The captures of a format string, separated by spaces.
fn of(format: &str) -> String {
    captures(format).into_iter().map(|capture| capture.name).collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_is_captured_by_a_string_without_placeholders() {
    assert_eq!(of(""), "");
    assert_eq!(of("plain text"), "");
    assert_eq!(of("{}"), "");
    assert_eq!(of("{:?} {:>8} {:#x}"), "");
}

#[test]
fn a_position_is_no_capture() {
    assert_eq!(of("{0} {1:?} {0:>2$}"), "");
}

#[test]
fn a_name_is_captured_with_any_format() {
    assert_eq!(of("{x}"), "x");
    assert_eq!(of("{x:?}"), "x");
    assert_eq!(of("{x:#?}"), "x");
    assert_eq!(of("{x:>+08.3e}"), "x");
    assert_eq!(of("before {x} after"), "x");
}

#[test]
fn spaces_around_a_name_do_not_matter() {
    assert_eq!(of("{ x }"), "x");
    assert_eq!(of("{ x :?}"), "x");
}

#[test]
fn width_and_precision_capture_too() {
    assert_eq!(of("{:width$}"), "width");
    assert_eq!(of("{:.precision$}"), "precision");
    assert_eq!(of("{:width$.precision$}"), "precision width");
    assert_eq!(of("{x:>width$.precision$?}"), "precision width x");
    assert_eq!(of("{x:.*}"), "x");
    assert_eq!(of("{:1$.2$}"), "");
}

#[test]
fn a_fill_character_is_no_part_of_the_width() {
    assert_eq!(of("{x:*^width$}"), "width x");
    assert_eq!(of("{x:é^width$}"), "width x");
    assert_eq!(of("{x:a<width$}"), "width x");
    assert_eq!(of("{x:#width$}"), "width x");
}

#[test]
fn a_doubled_brace_is_text() {
    assert_eq!(of("{{x}}"), "");
    assert_eq!(of("{{{x}}}"), "x");
    assert_eq!(of("}}{x}{{y}}"), "x");
}

#[test]
fn a_name_is_captured_once() {
    assert_eq!(of("{x} {x:?} {:x$}"), "x");
}

#[test]
fn names_are_rust_identifiers() {
    assert_eq!(of("{_x} {x2} {größe} {self}"), "_x größe self x2");
}

#[test]
fn a_string_that_rustc_refuses_is_no_panic() {
    assert_eq!(of("{"), "");
    assert_eq!(of("{x"), "");
    assert_eq!(of("}"), "");
    assert_eq!(of("{:$}"), "");
    assert_eq!(of("{x:é$}"), "x é");
}
