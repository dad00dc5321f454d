//! Parts of survivors that are moved out one by one.
//!
//! Where a field is taken by value, a method may take it, or a pattern takes it, and nothing mentions it afterwards, it may
//! be moved while the rest of the variable stays. Such a variable is [`Storage::Parted`](super::Storage::Parted).

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;

use super::backward::is_within;
use super::Last;
use crate::ids::{BindingId, Mode, Part, SiteId};

/// The most parts that a variable can have: see `desugar::__private::Moved`.
const MOST: usize = 7;

/// What is moved out of variables in parts.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The parts, as paths from the variable.
    pub(crate) of: BTreeMap<BindingId, Vec<TokenStream>>,
    /// The mentions that may move one, or fill it again, and which one that is.
    pub(crate) sites: BTreeMap<SiteId, usize>,
    /// Of each variable the first of these: what type it has is known there.
    pub(crate) first: BTreeMap<BindingId, SiteId>,
}

impl Parts {
    /// `in_frame`: the variables that have storage there.
    pub(super) fn of(last: &Last<'_>, in_frame: &BTreeSet<BindingId>) -> Self {
        let tables = last.tables;
        let sites = || (0..tables.sites.len()).map(SiteId);
        let mut found = Parts::default();
        let moved: BTreeSet<BindingId> =
            sites().filter(|site| last.may_move_part(*site)).map(|site| tables.site(site).binding).collect();
        for binding in moved.into_iter().filter(|binding| in_frame.contains(binding)) {
            let mentions: Vec<_> = sites()
                .filter(|site| tables.site(*site).binding == binding && !last.captured.contains_key(site))
                .filter_map(|site| Some((site, tables.site(site).part.as_ref()?)))
                .collect();
            let mut paths: Vec<&TokenStream> = Vec::new();
            for (_, part) in mentions.iter().filter(|(site, _)| last.may_move_part(*site)) {
                if paths.iter().all(|path| path.to_string() != part.text()) {
                    paths.push(&part.path);
                }
            }
            let texts: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
            // Of a part and a part of that, only one could say that it is gone.
            let nested = |path: &String| texts.iter().any(|other| other != path && is_within(path, other));
            let refilled = |part: &str| texts.iter().any(|path| path != part && is_within(path, part));
            if texts.len() > MOST
                || texts.iter().any(nested)
                || mentions.iter().any(|(_, part)| part.mode == Mode::Assign && refilled(&part.text()))
            {
                continue;
            }
            for (site, part) in mentions {
                if let Some(index) = texts.iter().position(|path| *path == part.text()) {
                    if part.mode == Mode::Assign || last.may_move_part(site) {
                        found.sites.insert(site, index);
                        found.first.entry(binding).or_insert(site);
                    }
                }
            }
            found.of.insert(binding, paths.into_iter().cloned().collect());
        }
        found
    }
}

impl Last<'_> {
    /// A mention that may move a part out, for all that one sees.
    fn may_move_part(&self, site: SiteId) -> bool {
        let info = self.tables.site(site);
        let binding = self.tables.binding(info.binding);
        let Some(part) = &info.part else { return false };
        if !self.last_parts.contains(&site)
            || self.captured.contains_key(&site)
            || binding.reference
            || binding.outer.is_some()
        {
            return false;
        }
        match part.mode {
            Mode::Value => true,
            Mode::Receiver => binding.owned && !info.awaited_arguments,
            Mode::Scrutinee => {
                binding.owned
                    && self.consumed.contains(&site)
                    && !self.partial.contains(&site)
                    && !(self.guarded.contains(&site) && self.may_be_borrowed(site))
            }
            _ => false,
        }
    }

    /// Whether something may borrow the part that this is a mention of.
    fn may_be_borrowed(&self, site: SiteId) -> bool {
        let info = self.tables.site(site);
        let path = info.part.as_ref().map(Part::text).unwrap_or_default();
        let mut others = (0..self.tables.sites.len()).map(SiteId).filter(|other| *other != site);
        others.any(|other| {
            let other = self.tables.site(other);
            let (text, mode) = match &other.part {
                Some(part) => (part.text(), part.mode),
                None => (String::new(), other.mode),
            };
            other.binding == info.binding
                && (is_within(&text, &path) || is_within(&path, &text))
                && matches!(mode, Mode::Place | Mode::Receiver)
        })
    }
}
