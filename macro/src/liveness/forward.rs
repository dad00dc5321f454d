//! Forward: what each variable holds at each suspension, at each assignment, and where a part is re-entered.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Flow;
use super::Last;
use crate::ids::{BindingId, SiteId, SuspensionId};

/// Whether a variable holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    Full,
    /// On some of the ways that lead here.
    Maybe,
}

impl State {
    fn join(self, other: State) -> State {
        if self == other {
            self
        } else {
            State::Maybe
        }
    }
}

/// The state of every variable; `None` where no way leads.
type Ways = Option<BTreeMap<BindingId, State>>;

fn join(a: Ways, b: Ways) -> Ways {
    match (a, b) {
        (None, ways) | (ways, None) => ways,
        (Some(mut a), Some(b)) => {
            for (binding, state) in b {
                a.entry(binding).and_modify(|old| *old = old.join(state)).or_insert(state);
            }
            Some(a)
        }
    }
}

/// What the forward pass finds.
#[derive(Default)]
pub(super) struct Found {
    /// The variables in scope at a suspension, outermost first, and what they hold.
    pub(super) suspended: BTreeMap<SuspensionId, Vec<(BindingId, State)>>,
    /// What a variable holds before it is assigned.
    pub(super) assigned: BTreeMap<SiteId, State>,
    /// Variables that hold one thing where a part begins and another at a suspension inside it.
    pub(super) uneven: BTreeSet<BindingId>,
    /// Temporaries that a receiver may have taken before the end of their statement, which drops them.
    pub(super) unsettled: BTreeSet<BindingId>,
    /// Mentions in unknown macros of what may have no value: they can only be assignments.
    pub(super) unread: BTreeSet<SiteId>,
}

pub(super) fn states(flow: &Flow, last: &Last<'_>) -> Found {
    let states = |doubts| {
        let (scope, entries, targets) = (Vec::new(), Vec::new(), Vec::new());
        let mut analysis = Forward { last, doubts, found: Found::default(), scope, entries, targets };
        analysis.after(flow, Some(BTreeMap::new()));
        analysis.found
    };
    // Where one macro that is not known may lead, another does not assign what is full otherwise.
    Found { unread: states(false).unread, ..states(true) }
}

struct Target {
    label: Option<String>,
    is_loop: bool,
    at_break: Ways,
    at_continue: Ways,
}

struct Forward<'a> {
    last: &'a Last<'a>,
    /// Whether macros that are not known may go anywhere.
    doubts: bool,
    found: Found,
    /// The variables in scope, outermost first.
    scope: Vec<BindingId>,
    /// What the enclosing parts began with.
    entries: Vec<BTreeMap<BindingId, State>>,
    targets: Vec<Target>,
}

impl Forward<'_> {
    fn after(&mut self, flow: &Flow, mut ways: Ways) -> Ways {
        let states = match &mut ways {
            Some(states) => states,
            // Declarations still count for what follows textually, but nothing happens here.
            None => return self.skip(flow),
        };
        match flow {
            Flow::Use(site) => {
                let info = self.last.tables.site(*site);
                if info.opaque && states.get(&info.binding).is_some_and(|state| *state != State::Full) {
                    self.found.unread.insert(*site);
                }
                if let Some(state) = self.last.effect(*site) {
                    states.insert(self.last.tables.site(*site).binding, state);
                }
                ways
            }
            Flow::Consume(site) => {
                if self.last.is_taken(*site) {
                    states.insert(self.last.tables.site(*site).binding, State::Empty);
                }
                ways
            }
            Flow::Assign(site) => {
                let binding = self.last.tables.site(*site).binding;
                let before = states.get(&binding).copied().unwrap_or(State::Empty);
                self.found.assigned.entry(*site).and_modify(|old| *old = old.join(before)).or_insert(before);
                states.insert(binding, State::Full);
                ways
            }
            Flow::Declare(binding) => {
                states.insert(*binding, State::Empty);
                self.scope.push(*binding);
                ways
            }
            Flow::Init(binding) => {
                states.insert(*binding, State::Full);
                ways
            }
            Flow::Kill(binding) => {
                if states.insert(*binding, State::Empty) == Some(State::Maybe) {
                    self.found.unsettled.insert(*binding);
                }
                self.scope.retain(|other| other != binding);
                ways
            }
            Flow::Suspend(suspension) => {
                self.suspend(*suspension, states.clone());
                ways
            }
            Flow::Scope(seq) => {
                let outer = self.scope.clone();
                let ways = seq.iter().fold(ways, |ways, flow| self.after(flow, ways));
                self.scope.retain(|binding| outer.contains(binding));
                ways
            }
            Flow::Seq(seq) => seq.iter().fold(ways, |ways, flow| self.after(flow, ways)),
            Flow::Branch(branches) => {
                let mut out = None;
                for branch in branches {
                    out = join(out, self.after(branch, ways.clone()));
                }
                out
            }
            Flow::Doubt(flows) => {
                if self.doubts {
                    flows.iter().for_each(|flow| drop(self.after(flow, ways.clone())));
                }
                ways
            }
            Flow::Entry(flow) => {
                self.entries.push(states.clone());
                let ways = self.after(flow, ways);
                self.entries.pop();
                ways
            }
            Flow::Loop { label, body } => {
                let mut head = ways;
                loop {
                    self.enter(label.clone(), true);
                    let end = self.after(body, head.clone());
                    let target = self.leave();
                    let next = join(head.clone(), join(end, target.at_continue));
                    if next == head {
                        return target.at_break;
                    }
                    // The part that is this loop begins with what any round begins with.
                    if let (Some(entry), Some(states)) = (self.entries.last_mut(), &next) {
                        for (binding, state) in entry.iter_mut() {
                            if let Some(new) = states.get(binding) {
                                *state = state.join(*new);
                            }
                        }
                    }
                    head = next;
                }
            }
            Flow::Labelled { label, body } => {
                self.enter(Some(label.clone()), false);
                let end = self.after(body, ways);
                let target = self.leave();
                join(end, target.at_break)
            }
            Flow::Break(label) => {
                if let Some(target) = self.target(label) {
                    let at_break = target.at_break.take();
                    target.at_break = join(at_break, ways);
                }
                None
            }
            Flow::Continue(label) => {
                if let Some(target) = self.target(label) {
                    let at_continue = target.at_continue.take();
                    target.at_continue = join(at_continue, ways);
                }
                None
            }
            Flow::Exit => None,
        }
    }

    /// Where no way leads, only scopes go on.
    fn skip(&mut self, flow: &Flow) -> Ways {
        match flow {
            Flow::Declare(binding) => self.scope.push(*binding),
            Flow::Kill(binding) => self.scope.retain(|other| other != binding),
            Flow::Suspend(suspension) => self.suspend(*suspension, BTreeMap::new()),
            Flow::Scope(seq) => {
                let outer = self.scope.clone();
                seq.iter().for_each(|flow| {
                    self.skip(flow);
                });
                self.scope.retain(|binding| outer.contains(binding));
            }
            Flow::Seq(seq) | Flow::Branch(seq) => seq.iter().for_each(|flow| {
                self.skip(flow);
            }),
            Flow::Entry(flow) => {
                self.skip(flow);
            }
            Flow::Loop { body, .. } | Flow::Labelled { body, .. } => {
                self.skip(body);
            }
            _ => {}
        }
        None
    }

    fn suspend(&mut self, suspension: SuspensionId, states: BTreeMap<BindingId, State>) {
        let state_of = |binding: &BindingId| states.get(binding).copied().unwrap_or(State::Empty);
        let now: Vec<_> = self.scope.iter().map(|binding| (*binding, state_of(binding))).collect();
        for entry in &self.entries {
            for (binding, state) in entry {
                if self.scope.contains(binding) && *state != state_of(binding) {
                    self.found.uneven.insert(*binding);
                }
            }
        }
        match self.found.suspended.get_mut(&suspension) {
            None => {
                self.found.suspended.insert(suspension, now);
            }
            Some(before) => {
                for ((_, old), (_, new)) in before.iter_mut().zip(now) {
                    *old = old.join(new);
                }
            }
        }
    }

    fn enter(&mut self, label: Option<String>, is_loop: bool) {
        self.targets.push(Target { label, is_loop, at_break: None, at_continue: None });
    }

    fn leave(&mut self) -> Target {
        let none = Target { label: None, is_loop: false, at_break: None, at_continue: None };
        self.targets.pop().unwrap_or(none)
    }

    fn target(&mut self, label: &Option<String>) -> Option<&mut Target> {
        self.targets.iter_mut().rev().find(|target| match label {
            Some(_) => target.label == *label,
            None => target.is_loop,
        })
    }
}
