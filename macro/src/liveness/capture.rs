//! What a closure captures, and how.
//!
//! In: a closure of the marked tree. Out: a [`Capture`] for each variable of the function that it mentions.

use std::collections::BTreeSet;

use syn::ExprClosure;

use crate::ids::{BindingId, Mode, SiteId, Tables};
use crate::markers::{declared_in, sites_in};

/// What a closure captures: each variable once, by value if the closure is `move` or does nothing but take the variable.
pub(crate) struct Capture {
    pub(crate) binding: BindingId,
    pub(crate) site: SiteId,
    pub(crate) by_value: bool,
}

/// A mention inside a closure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Captured {
    /// The closure is `move`, or does nothing but take the variable.
    by_value: bool,
    /// The mention that stands for the capture, if the closure is not `move`: takes the variable only if it is the last.
    first: Option<SiteId>,
}

impl Captured {
    /// Whether the closure has the variable's value, given the last mentions; else it borrows the variable.
    pub(crate) fn is_by_value(self, last: &BTreeSet<SiteId>) -> bool {
        self.by_value && self.first.is_none_or(|first| last.contains(&first))
    }
}

/// The captures of a closure, in order of first mention.
pub(crate) fn captures(closure: &ExprClosure, tables: &Tables) -> Vec<Capture> {
    let mut captures: Vec<Capture> = Vec::new();
    let inner: BTreeSet<BindingId> = declared_in(closure).into_iter().collect();
    for site in sites_in(closure) {
        let binding = tables.site(site).binding;
        if inner.contains(&binding) {
            continue;
        }
        // One that also borrows or changes the variable takes it only if it is no `Copy`: rustc says so if it cannot.
        let by_value = closure.capture.is_some() || tables.site(site).mode == Mode::Value;
        match captures.iter_mut().find(|capture| capture.binding == binding) {
            Some(capture) => capture.by_value &= by_value,
            None => captures.push(Capture { binding, site, by_value }),
        }
    }
    captures
}

/// Every mention of a captured variable inside the closure, given its [`captures`].
pub(super) fn captured<'a>(
    closure: &'a ExprClosure,
    captures: &'a [Capture],
    tables: &'a Tables,
) -> impl Iterator<Item = (SiteId, Captured)> + 'a {
    sites_in(closure).into_iter().filter_map(move |site| {
        let binding = tables.site(site).binding;
        let capture = captures.iter().find(|capture| capture.binding == binding)?;
        let first = if closure.capture.is_some() { None } else { Some(capture.site) };
        Some((site, Captured { by_value: capture.by_value, first }))
    })
}
