//! Backward: which mention of a variable is its last.
//!
//! A variable is live where some way from there mentions it before the whole of it is assigned. A mention after which
//! it is not live is a last one; only there can a value be moved out, and where the value is `Copy`, taking it there for
//! a move makes no difference, since dropping it would do nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Flow;
use crate::ids::{BindingId, Mode, Part, SiteId, Tables};

/// What some way from here mentions.
#[derive(Clone, Default, PartialEq, Eq)]
struct Live {
    variables: BTreeSet<BindingId>,
    /// By which parts, and as a whole where the path is empty.
    parts: BTreeSet<(BindingId, String)>,
}

impl Live {
    fn new() -> Self {
        Live::default()
    }

    fn extend(&mut self, other: Live) {
        self.variables.extend(other.variables);
        self.parts.extend(other.parts);
    }

    fn is_subset(&self, other: &Live) -> bool {
        self.variables.is_subset(&other.variables) && self.parts.is_subset(&other.parts)
    }

    fn mention(&mut self, binding: BindingId, part: Option<&Part>) {
        self.variables.insert(binding);
        match part {
            Some(part) if part.mode == Mode::Assign => {
                let assigned = part.text();
                self.parts.retain(|(of, path)| *of != binding || !is_within(path, &assigned));
            }
            part => {
                self.parts.insert((binding, part.map(Part::text).unwrap_or_default()));
            }
        }
    }

    fn remove(&mut self, binding: BindingId) {
        self.variables.remove(&binding);
        self.parts.retain(|(of, _)| *of != binding);
    }

    /// Whether something of a part is mentioned.
    fn has_part(&self, binding: BindingId, path: &str) -> bool {
        self.parts.iter().any(|(of, other)| *of == binding && (is_within(other, path) || is_within(path, other)))
    }
}

/// Whether the part of this path is the other one, or in it.
pub(super) fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '.']))
}

/// The mentions after which the variable is not mentioned again, and those after which the part of it is not.
pub(super) struct Lasts {
    pub(super) variables: BTreeSet<SiteId>,
    pub(super) parts: BTreeSet<SiteId>,
}

/// The mentions that are a last one.
///
/// A scrutinee that patterns may take is taken where one of them matches: it is the last mention if none follows there.
/// `doubts`: macros that are not known may go anywhere, and so to another mention.
pub(super) fn last_mentions(flow: &Flow, tables: &Tables, consumed: &BTreeSet<SiteId>, doubts: bool) -> Lasts {
    let (last, last_parts, targets) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut analysis = Backward { tables, consumed, doubts, last, last_parts, targets };
    analysis.before(flow, Live::new());
    let certain = |found: BTreeMap<SiteId, bool>| found.into_iter().filter(|(_, last)| *last).map(|(site, _)| site);
    Lasts { variables: certain(analysis.last).collect(), parts: certain(analysis.last_parts).collect() }
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
    last_parts: BTreeMap<SiteId, bool>,
    targets: Vec<Target>,
}

impl Backward<'_> {
    /// What is live before `flow`, given what is live after it.
    fn before(&mut self, flow: &Flow, mut after: Live) -> Live {
        match flow {
            Flow::Use(site) => {
                let info = self.tables.site(*site);
                if !self.consumed.contains(site) {
                    self.last.insert(*site, !after.variables.contains(&info.binding));
                    self.note_part(*site, &after);
                }
                after.mention(info.binding, info.part.as_ref());
                after
            }
            Flow::Assign(site) => {
                after.remove(self.tables.site(*site).binding);
                after
            }
            Flow::Declare(binding) => {
                after.remove(*binding);
                after
            }
            Flow::Consume(site) => {
                let last = !after.variables.contains(&self.tables.site(*site).binding);
                self.last.entry(*site).and_modify(|before| *before &= last).or_insert(last);
                self.note_part(*site, &after);
                after
            }
            Flow::Init(_) | Flow::Kill(_) | Flow::Suspend(_) => after,
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

    fn note_part(&mut self, site: SiteId, after: &Live) {
        let info = self.tables.site(site);
        if let Some(part) = &info.part {
            let last = !after.has_part(info.binding, &part.text());
            self.last_parts.entry(site).and_modify(|before| *before &= last).or_insert(last);
        }
    }

    fn target(&self, label: &Option<String>) -> Option<&Target> {
        self.targets.iter().rev().find(|target| match label {
            Some(_) => target.label == *label,
            None => target.is_loop,
        })
    }
}
