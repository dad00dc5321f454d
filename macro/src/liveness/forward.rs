//! Forward: what each variable holds at each suspension, at each assignment, and where a part is re-entered; and what
//! begins to be held while something else is.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::Flow;
use super::{Conflicts, Effect, Last, Tenant};
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

/// What is in a variable's place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Value,
    /// On some of the ways that lead here.
    Perhaps,
    /// What is left of a value that was taken, but perhaps only copied, so that something may still borrow it.
    Remains,
}

impl Held {
    fn join(self, other: Held) -> Held {
        match (self, other) {
            (a, b) if a == b => a,
            (Held::Nothing | Held::Remains, Held::Nothing | Held::Remains) => Held::Remains,
            _ => Held::Perhaps,
        }
    }

    fn state(self) -> State {
        match self {
            Held::Nothing | Held::Remains => State::Empty,
            Held::Value => State::Full,
            Held::Perhaps => State::Maybe,
        }
    }
}

/// What every variable holds; `None` where no way leads.
type Ways = Option<BTreeMap<BindingId, Held>>;

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
    /// What begins to be held while something else is.
    pub(super) conflicts: Conflicts,
}

pub(super) fn states(flow: &Flow, last: &Last<'_>) -> Found {
    let none = BTreeSet::new();
    // Where one macro that is not known may lead, another does not assign what is full otherwise.
    Found { unread: walk(flow, last, &none, false).unread, ..walk(flow, last, &none, true) }
}

/// Which of the survivors, and of the awaitees, are ever held together: two that hold a value at one point of the function
/// do so where the later one of them is filled, so it is enough to look there.
pub(super) fn conflicts(flow: &Flow, last: &Last<'_>, survivors: &BTreeSet<BindingId>) -> Conflicts {
    walk(flow, last, survivors, true).conflicts
}

fn walk(flow: &Flow, last: &Last<'_>, survivors: &BTreeSet<BindingId>, doubts: bool) -> Found {
    let (scope, entries, targets, started) = (Vec::new(), Vec::new(), Vec::new(), None);
    let mut analysis = Forward { last, doubts, survivors, found: Found::default(), scope, entries, targets, started };
    analysis.after(flow, Some(BTreeMap::new()));
    analysis.found
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
    /// The variables of which it matters what else is held while they are.
    survivors: &'a BTreeSet<BindingId>,
    found: Found,
    /// The variables in scope, outermost first.
    scope: Vec<BindingId>,
    /// What the enclosing parts began with.
    entries: Vec<BTreeMap<BindingId, Held>>,
    targets: Vec<Target>,
    /// The awaitee that is in its place, to be polled next.
    started: Option<SuspensionId>,
}

impl Forward<'_> {
    fn join(&self, a: Ways, b: Ways) -> Ways {
        match (a, b) {
            (None, ways) | (ways, None) => ways,
            (Some(mut a), Some(b)) => {
                for (binding, held) in b {
                    a.entry(binding).and_modify(|old| *old = self.join_held(binding, *old, held)).or_insert(held);
                }
                Some(a)
            }
        }
    }

    fn join_state(&self, binding: BindingId, a: State, b: State) -> State {
        match a.join(b) {
            State::Maybe if self.last.fleeting.contains(&binding) => State::Empty,
            state => state,
        }
    }

    fn join_held(&self, binding: BindingId, a: Held, b: Held) -> Held {
        // Where it is gone it has been mentioned for the last time, so nothing mentions it here either.
        if self.last.fleeting.contains(&binding) && (a == Held::Nothing || b == Held::Nothing) {
            return Held::Nothing;
        }
        a.join(b)
    }

    fn after(&mut self, flow: &Flow, mut ways: Ways) -> Ways {
        let states = match &mut ways {
            Some(states) => states,
            // Declarations still count for what follows textually, but nothing happens here.
            None => return self.skip(flow),
        };
        match flow {
            Flow::Use(site) => {
                let info = self.last.tables.site(*site);
                if info.opaque && states.get(&info.binding).is_some_and(|held| *held != Held::Value) {
                    self.found.unread.insert(*site);
                }
                match self.last.effect(*site) {
                    Some(Effect::Takes) => states.insert(info.binding, self.emptied(info.binding)),
                    Some(Effect::MayTake) => states.insert(info.binding, Held::Perhaps),
                    Some(Effect::Fades) | None => None,
                };
                ways
            }
            Flow::Seen(site) => {
                if let Some(Effect::Fades) = self.last.effect(*site) {
                    states.insert(self.last.tables.site(*site).binding, Held::Nothing);
                }
                ways
            }
            Flow::Consume(site) => {
                if self.last.is_taken(*site) {
                    let binding = self.last.tables.site(*site).binding;
                    states.insert(binding, self.emptied(binding));
                }
                ways
            }
            Flow::Assign(site) => {
                let binding = self.last.tables.site(*site).binding;
                let before = states.get(&binding).map_or(State::Empty, |held| held.state());
                self.fill(Tenant::Binding(binding), states);
                let before = match self.found.assigned.get(site) {
                    Some(old) => self.join_state(binding, *old, before),
                    None => before,
                };
                self.found.assigned.insert(*site, before);
                states.insert(binding, Held::Value);
                ways
            }
            Flow::Declare(binding) => {
                states.insert(*binding, Held::Nothing);
                self.scope.push(*binding);
                ways
            }
            Flow::Init(binding) => {
                self.fill(Tenant::Binding(*binding), states);
                states.insert(*binding, Held::Value);
                ways
            }
            Flow::Start(suspension) => {
                self.fill(Tenant::Awaitee(*suspension), states);
                self.started = Some(*suspension);
                ways
            }
            Flow::Kill(binding) => {
                if states.insert(*binding, Held::Nothing) == Some(Held::Perhaps) {
                    self.found.unsettled.insert(*binding);
                }
                self.scope.retain(|other| other != binding);
                ways
            }
            Flow::Suspend(suspension) => {
                self.started = None;
                self.suspend(*suspension, states);
                ways
            }
            Flow::Scope(seq) => {
                let outer = self.scope.len();
                let mut ways = seq.iter().fold(ways, |ways, flow| self.after(flow, ways));
                for binding in self.scope.split_off(outer.min(self.scope.len())) {
                    ways.as_mut().map(|states| states.remove(&binding));
                }
                ways
            }
            Flow::Seq(seq) => seq.iter().fold(ways, |ways, flow| self.after(flow, ways)),
            Flow::Branch(branches) => {
                let (scope, mut out) = (self.scope.clone(), None);
                for branch in branches {
                    let end = self.after(branch, ways.clone());
                    out = self.join(out, end);
                    // A temporary that ends in one of them is still there in the others.
                    self.scope.clone_from(&scope);
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
                    let next = self.join(end, target.at_continue);
                    let next = self.join(head.clone(), next);
                    if next == head {
                        return target.at_break;
                    }
                    // The part that is this loop begins with what any round begins with.
                    if let (Some(states), Some(mut entry)) = (&next, self.entries.last().cloned()) {
                        for (binding, held) in entry.iter_mut() {
                            if let Some(new) = states.get(binding) {
                                *held = self.join_held(*binding, *held, *new);
                            }
                        }
                        self.entries.pop();
                        self.entries.push(entry);
                    }
                    head = next;
                }
            }
            Flow::Labelled { label, body } => {
                self.enter(Some(label.clone()), false);
                let end = self.after(body, ways);
                let target = self.leave();
                self.join(end, target.at_break)
            }
            Flow::Break(label) => {
                if let Some(at_break) = self.target(label).map(|target| target.at_break.take()) {
                    let at_break = self.join(at_break, ways);
                    self.target(label).into_iter().for_each(|target| target.at_break.clone_from(&at_break));
                }
                None
            }
            Flow::Continue(label) => {
                if let Some(at_continue) = self.target(label).map(|target| target.at_continue.take()) {
                    let at_continue = self.join(at_continue, ways);
                    self.target(label).into_iter().for_each(|target| target.at_continue.clone_from(&at_continue));
                }
                None
            }
            Flow::Exit => None,
        }
    }

    /// Where no way leads, only scopes go on. What happens there happens never: rustc has seen it.
    fn skip(&mut self, flow: &Flow) -> Ways {
        match flow {
            Flow::Declare(binding) => self.scope.push(*binding),
            Flow::Kill(binding) => self.scope.retain(|other| other != binding),
            Flow::Suspend(suspension) => self.suspend(*suspension, &BTreeMap::new()),
            Flow::Scope(seq) => {
                let outer = self.scope.len();
                seq.iter().for_each(|flow| {
                    self.skip(flow);
                });
                self.scope.truncate(outer);
            }
            Flow::Seq(seq) => seq.iter().for_each(|flow| {
                self.skip(flow);
            }),
            Flow::Branch(branches) => {
                let scope = self.scope.clone();
                for branch in branches {
                    self.skip(branch);
                    self.scope.clone_from(&scope);
                }
            }
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

    /// What taking a value leaves.
    fn emptied(&self, binding: BindingId) -> Held {
        if self.last.kept.contains(&binding) {
            Held::Remains
        } else {
            Held::Nothing
        }
    }

    /// What begins to be held here does so beside all that is held already.
    fn fill(&mut self, tenant: Tenant, states: &BTreeMap<BindingId, Held>) {
        if matches!(tenant, Tenant::Binding(binding) if !self.survivors.contains(&binding)) {
            return;
        }
        let Forward { scope, survivors, started, found, .. } = self;
        let held = scope.iter().filter(|binding| {
            survivors.contains(binding) && states.get(binding).is_some_and(|held| *held != Held::Nothing)
        });
        let held = held.map(|binding| Tenant::Binding(*binding)).chain(started.map(Tenant::Awaitee));
        for other in held.filter(|other| *other != tenant) {
            found.conflicts.entry((tenant.min(other), tenant.max(other))).or_insert(tenant);
        }
    }

    fn suspend(&mut self, suspension: SuspensionId, states: &BTreeMap<BindingId, Held>) {
        let state_of = |binding: &BindingId| states.get(binding).map_or(State::Empty, |held| held.state());
        let now: Vec<_> = self.scope.iter().map(|binding| (*binding, state_of(binding))).collect();
        for entry in &self.entries {
            for (binding, state) in entry {
                if self.scope.contains(binding) && state.state() != state_of(binding) {
                    self.found.uneven.insert(*binding);
                }
            }
        }
        let now = match self.found.suspended.remove(&suspension) {
            None => now,
            Some(before) => {
                let pairs = before.into_iter().zip(now);
                pairs.map(|((binding, old), (_, new))| (binding, self.join_state(binding, old, new))).collect()
            }
        };
        self.found.suspended.insert(suspension, now);
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
