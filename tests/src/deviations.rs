//! The bodies whose native future has an auto trait that the desugared one has not, by the name of their test, with the
//! reason. Where it is the other way round, `auto_traits.rs` in the tests has a list.

/// The name of a test, and why its future has less.
pub(crate) const LESS: &[(&str, &str)] = &[
    ("a_survivor_in_a_thread", "whether `handle.join()` takes the handle is not known where it is given a place"),
    (
        "builder_chain_by_reference",
        "what a method lends from a temporary has a name, and stays until the statement ends",
    ),
    (
        "a_pinned_value_is_dropped_with_its_block",
        "a reference is kept to the end of its scope, natively to its last use",
    ),
    ("polled_by_hand_in_a_loop", "a closure may read or write through a place: see the README on `Send` and closures"),
    (
        "what_does_not_match_is_gone_before_the_else_that_awaits",
        "what a guard is taken from has a name, and stays until the statement ends",
    ),
];

/// Whether this test is one of them.
pub(crate) fn may_have_less() -> bool {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    LESS.iter().any(|(test, _)| name.rsplit("::").next() == Some(test))
}
