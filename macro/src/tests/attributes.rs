//! Which attributes may insist on an `async fn`.

use syn::parse::Parser;

use crate::attributes::insist_on_async;

#[track_caller]
fn insists(attribute: &str) -> bool {
    let attrs = syn::Attribute::parse_outer.parse_str(attribute).unwrap();
    assert_eq!(attrs.len(), 1);
    insist_on_async(&attrs)
}

#[test]
fn attributes_of_the_language_do_not() {
    assert!(!insists("#[inline(always)]"));
    assert!(!insists("#[must_use = \"it counts\"]"));
    assert!(!insists("/// Documented."));
    assert!(!insists("#[unsafe(no_mangle)]"));
}

#[test]
fn those_of_tools_do_not() {
    assert!(!insists("#[rustfmt::skip]"));
    assert!(!insists("#[clippy::cognitive_complexity = \"100\"]"));
}

#[test]
fn any_other_may() {
    assert!(insists("#[tokio::main]"));
    assert!(insists("#[instrument(skip(self))]"));
    assert!(insists("#[test]"));
    assert!(insists("#[inline::always]"));
}

#[test]
fn a_conditional_attribute_is_what_it_holds() {
    assert!(!insists("#[cfg_attr(test, inline, doc = \"tested\")]"));
    assert!(insists("#[cfg_attr(test, inline, instrument)]"));
    assert!(insists("#[cfg_attr(all(unix, feature = \"trace\"), cfg_attr(test, instrument))]"));
}
