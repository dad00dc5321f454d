//! What a mention does with its variable, now that the last mentions are known.

use std::collections::{BTreeMap, BTreeSet};

use super::capture::Captured;
use crate::ids::{BindingId, Mode, SiteId, Tables};

/// What a mention may do to a variable.
pub(super) enum Effect {
    Takes,
    /// As far as anything but rustc can tell.
    MayTake,
    /// Looks at a value that nothing will ask for again.
    Fades,
}

/// What is known of mentions once the last ones are.
pub(super) struct Last<'a> {
    pub(super) tables: &'a Tables,
    /// Variables something may borrow.
    pub(super) borrowed: BTreeSet<BindingId>,
    /// Mentions inside closures: what the closure takes by value.
    pub(super) captured: BTreeMap<SiteId, Captured>,
    /// Scrutinees of which a pattern would take only parts.
    pub(super) partial: BTreeSet<SiteId>,
    /// Scrutinees that some pattern may take.
    pub(super) consumed: BTreeSet<SiteId>,
    /// Scrutinees that are matched under guards.
    pub(super) guarded: BTreeSet<SiteId>,
    pub(super) last: BTreeSet<SiteId>,
    /// Mentions of plain variables with which these are not gone, but where the expression ends.
    pub(super) lasting: BTreeSet<SiteId>,
    /// Plain variables that nothing borrows from one statement to the next.
    pub(super) isolated: BTreeSet<BindingId>,
    /// Plain variables that nothing can borrow: such a one is gone with its last mention.
    pub(super) fleeting: BTreeSet<BindingId>,
    /// Variables that leave something to be seen in their place when they are taken, if that is a copy: for what may borrow
    /// it, or for another mention, to which only a macro that is not known may lead.
    pub(super) kept: BTreeSet<BindingId>,
}

impl Last<'_> {
    /// What a mention does to the variable, if it does not leave in it what it found.
    pub(super) fn effect(&self, site: SiteId) -> Option<Effect> {
        let outer = self.tables.binding(self.tables.site(site).binding).outer.is_some();
        if outer || !self.last.contains(&site) {
            return None;
        }
        match (self.captured.get(&site), self.tables.site(site).mode) {
            _ if self.is_plain(self.tables.site(site).binding) => {
                let fades = self.fleeting.contains(&self.tables.site(site).binding);
                let lasts = self.lasting.contains(&site) || self.captured.contains_key(&site);
                let effect = match self.tables.site(site).mode {
                    Mode::Value if !lasts => Effect::Takes,
                    _ => Effect::Fades,
                };
                fades.then_some(effect)
            }
            (Some(captured), _) => captured.is_by_value(&self.last).then_some(Effect::Takes),
            (None, Mode::Value) => Some(Effect::Takes),
            (None, Mode::Receiver) if self.is_open(site) => Some(Effect::MayTake),
            _ => None,
        }
    }

    /// Whether the variable may be copied and forgotten at will.
    pub(super) fn is_plain(&self, binding: BindingId) -> bool {
        let binding = self.tables.binding(binding);
        binding.plain && binding.outer.is_none()
    }

    /// Whether a mention has the variable's value and no borrow of it.
    pub(super) fn is_by_value(&self, site: SiteId) -> bool {
        match self.captured.get(&site) {
            Some(captured) => captured.is_by_value(&self.last),
            None => self.tables.site(site).mode == Mode::Value,
        }
    }

    /// The plain variables that nothing can borrow: whichever way they are mentioned, it is over with the expression.
    pub(super) fn only_glanced_at(&self, glances: &BTreeSet<SiteId>) -> BTreeSet<BindingId> {
        let lasts = (0..self.tables.sites.len()).map(SiteId).filter(|site| {
            let assigned = self.tables.site(*site).mode == Mode::Assign && !self.captured.contains_key(site);
            let glance = glances.contains(site) && !self.captured.contains_key(site);
            !(self.is_by_value(*site) || assigned || glance) || self.tables.site(*site).opaque
        });
        let borrowed: BTreeSet<BindingId> = lasts.map(|site| self.tables.site(site).binding).collect();
        let bindings = (0..self.tables.bindings.len()).map(BindingId);
        let seen = |binding: &BindingId| !borrowed.contains(binding) || self.isolated.contains(binding);
        bindings.filter(|binding| self.is_plain(*binding) && seen(binding)).collect()
    }

    /// What must stay in one place: what something may borrow, or match on without taking it.
    pub(super) fn kept_in_place(&self) -> BTreeSet<BindingId> {
        let matched = (0..self.tables.sites.len()).map(SiteId).filter(|site| {
            self.tables.site(*site).mode == Mode::Scrutinee
                && !self.is_taken(*site)
                && !self.captured.contains_key(site)
        });
        let matched = matched.map(|site| self.tables.site(site).binding);
        matched.chain(self.borrowed.iter().copied()).filter(|binding| !self.fleeting.contains(binding)).collect()
    }

    /// A receiver that may be moved: a mention after it would have to be of a copy, or of what it was assigned since.
    pub(super) fn is_open(&self, site: SiteId) -> bool {
        let info = self.tables.site(site);
        info.mode == Mode::Receiver
            && self.last.contains(&site)
            && !self.is_plain(info.binding)
            && !self.captured.contains_key(&site)
            && !self.tables.binding(info.binding).reference
            && self.tables.binding(info.binding).outer.is_none()
    }

    /// A scrutinee that patterns may take from. Where a pattern only copies, the value stays in its place, for what borrows it;
    /// but not under a guard, which may change the value it is lent.
    pub(super) fn is_taken(&self, site: SiteId) -> bool {
        let info = self.tables.site(site);
        info.mode == Mode::Scrutinee
            && self.consumed.contains(&site)
            && !self.is_plain(info.binding)
            && self.last.contains(&site)
            && !self.captured.contains_key(&site)
            && !self.tables.binding(info.binding).reference
            && self.tables.binding(info.binding).outer.is_none()
            && !(self.borrowed.contains(&info.binding) && self.guarded.contains(&site))
            && !self.partial.contains(&site)
    }
}

/// The variables something may borrow: every one that is mentioned as a place.
pub(super) fn borrowed(
    tables: &Tables,
    captured: &BTreeMap<SiteId, Captured>,
    last: &BTreeSet<SiteId>,
) -> BTreeSet<BindingId> {
    let borrows = |site: SiteId| match (captured.get(&site), tables.site(site).mode) {
        (Some(captured), _) => !captured.is_by_value(last),
        (None, mode) => matches!(mode, Mode::Place | Mode::Receiver),
    };
    (0..tables.sites.len()).map(SiteId).filter(|site| borrows(*site)).map(|site| tables.site(site).binding).collect()
}
