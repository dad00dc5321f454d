//! Backward: which mention of a variable is its last.
//!
//! A variable is live where some way from there mentions it before the whole of it is assigned. A mention after which
//! it is not live is a last one; only there can a value be moved out, and where the value is `Copy`, taking it there for
//! a move makes no difference, since dropping it would do nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Flow;
use crate::ids::{BindingId, SiteId, Tables};

type Live = BTreeSet<BindingId>;

/// The mentions that are a last one.
///
/// A scrutinee that patterns may take is taken where one of them matches: it is the last mention if none follows there.
/// A glance ends with its statement: it is the last mention if none follows that, although none may follow where it stands
/// because the way from there ends. `doubts`: macros that are not known may go anywhere, and so to another mention.
pub(super) fn last_mentions(
    flow: &Flow,
    tables: &Tables,
    consumed: &BTreeSet<SiteId>,
    doubts: bool,
) -> BTreeSet<SiteId> {
    let (last, looked_at) = (BTreeMap::new(), BTreeSet::new());
    let mut analysis = Backward { tables, consumed, doubts, last, looked_at, targets: Vec::new() };
    analysis.before(flow, Live::new());
    let Backward { last, looked_at, .. } = analysis;
    last.into_iter().filter(|(site, last)| *last && !looked_at.contains(site)).map(|(site, _)| site).collect()
}

/// Where `break` and `continue` go, innermost last.
struct Target {
    label: Option<String>,
    is_loop: bool,
    at_break: Live,
    at_continue: Live,
}

struct Backward<'a> {
    tables: &'a Tables,
    consumed: &'a BTreeSet<SiteId>,
    doubts: bool,
    last: BTreeMap<SiteId, bool>,
    /// Glances at what is live after them.
    looked_at: BTreeSet<SiteId>,
    targets: Vec<Target>,
}

impl Backward<'_> {
    /// What is live before `flow`, given what is live after it.
    fn before(&mut self, flow: &Flow, mut after: Live) -> Live {
        match flow {
            Flow::Use(site) => {
                let binding = self.tables.site(*site).binding;
                if !self.consumed.contains(site) {
                    self.last.insert(*site, !after.contains(&binding));
                }
                after.insert(binding);
                after
            }
            Flow::Assign(site) => {
                after.remove(&self.tables.site(*site).binding);
                after
            }
            Flow::Declare(binding) => {
                after.remove(binding);
                after
            }
            Flow::Consume(site) => {
                let last = !after.contains(&self.tables.site(*site).binding);
                self.last.entry(*site).and_modify(|before| *before &= last).or_insert(last);
                after
            }
            Flow::Seen(site) => {
                if after.contains(&self.tables.site(*site).binding) {
                    self.looked_at.insert(*site);
                }
                after
            }
            Flow::Init(_) | Flow::Kill(_) | Flow::Start(_) | Flow::Suspend(_) => after,
            Flow::Scope(seq) | Flow::Seq(seq) => seq.iter().rev().fold(after, |after, flow| self.before(flow, after)),
            Flow::Branch(ways) => {
                let mut live = Live::new();
                for way in ways {
                    live.extend(self.before(way, after.clone()));
                }
                live
            }
            Flow::Doubt(ways) => {
                let mut live = after.clone();
                if self.doubts {
                    ways.iter().for_each(|way| live.extend(self.before(way, after.clone())));
                }
                live
            }
            Flow::Entry(flow) => self.before(flow, after),
            Flow::Loop { label, body } => {
                let mut head = Live::new();
                loop {
                    self.targets.push(Target {
                        label: label.clone(),
                        is_loop: true,
                        at_break: after.clone(),
                        at_continue: head.clone(),
                    });
                    let before = self.before(body, head.clone());
                    self.targets.pop();
                    if before.is_subset(&head) {
                        return head;
                    }
                    head.extend(before);
                }
            }
            Flow::Labelled { label, body } => {
                self.targets.push(Target {
                    label: Some(label.clone()),
                    is_loop: false,
                    at_break: after.clone(),
                    at_continue: Live::new(),
                });
                let before = self.before(body, after);
                self.targets.pop();
                before
            }
            Flow::Break(label) => self.target(label).map_or_else(Live::new, |target| target.at_break.clone()),
            Flow::Continue(label) => self.target(label).map_or_else(Live::new, |target| target.at_continue.clone()),
            Flow::Exit => Live::new(),
        }
    }

    fn target(&self, label: &Option<String>) -> Option<&Target> {
        self.targets.iter().rev().find(|target| match label {
            Some(_) => target.label == *label,
            None => target.is_loop,
        })
    }
}
