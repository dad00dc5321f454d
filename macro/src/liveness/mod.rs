//! Which locals survive which await, and what may be moved where.
//!
//! In: the marked tree. Out: for every binding whether it lives in the frame and how, for every suspension what is alive
//! there, for every mention whether it is the last one. Guarantees the invariant of the runtime's slots: what a state's
//! drop table names is full in that state, and nothing else that needs dropping is.

mod backward;
mod capture;
mod expr;
mod flow;
mod forward;
mod glances;
mod isolated;
mod last;
mod transitions;

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{BindingId, Mode, SiteId, SuspensionId, Tables};
use crate::mark::tree::{Block, Stmt, Value};
use crate::mark::Marked;
use crate::refusal::{Refusal, Refusals};
pub(crate) use capture::captures;
pub(crate) use forward::State;
use last::{borrowed, Effect, Last};
pub(crate) use transitions::{Target, Transitions};

/// Where a survivor lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// A slot that is full or empty at each suspension, whichever way led there.
    Slot,
    /// A slot with a flag that says whether it is full.
    Flagged,
    /// Empty at every suspension, and never borrowed: on the stack of the poll that uses it, with a flag. An argument waits
    /// for the first poll where awaitees are kept.
    Local,
    /// A variable of the function around an async block, which has its place there.
    Outer,
}

/// What has a place in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tenant {
    Binding(BindingId),
    Awaitee(SuspensionId),
}

/// The pairs that hold a value at one point of the function, which need not be a suspension: no two of them may share a
/// place. With the one that is filled while the other is full already. The lesser stands first.
pub(crate) type Conflicts = BTreeMap<(Tenant, Tenant), Tenant>;

/// What the analysis says.
#[derive(Debug)]
pub(crate) struct Liveness {
    /// The bindings that live in the frame; all others are ordinary locals of one poll.
    pub(crate) storage: BTreeMap<BindingId, Storage>,
    /// What a suspension leaves in the frame, outermost first.
    pub(crate) alive: BTreeMap<SuspensionId, Vec<BindingId>>,
    /// The mentions after which the variable is not mentioned again.
    pub(crate) last: BTreeSet<SiteId>,
    /// The scrutinees whose value the matching pattern takes.
    pub(crate) taken: BTreeSet<SiteId>,
    /// Of these, the ones whose value the guards of their match may change.
    pub(crate) guarded: BTreeSet<SiteId>,
    /// The receivers of which only rustc knows whether they move.
    pub(crate) open: BTreeSet<SiteId>,
    /// What a variable holds before an assignment.
    pub(crate) assigned: BTreeMap<SiteId, State>,
    /// Which state a poll can leave the function in.
    pub(crate) transitions: Transitions,
    /// The survivors whose type says that dropping them does nothing.
    pub(crate) plain: BTreeSet<BindingId>,
    /// What must not share a place in the frame.
    pub(crate) conflicts: Conflicts,
    /// How many bytes what has a place there may have, as far as the source says.
    pub(crate) bytes: BTreeMap<Tenant, usize>,
}

/// Decides what survives.
pub(crate) fn liveness(marked: &Marked) -> syn::Result<Liveness> {
    assert!(!polls_in_heads(&marked.body), "`mark` leaves no poll in the head of control flow");
    let flow::Skeleton { flow, captured, partial, guarded, consumed, glances, lasting, bytes } = flow::flow(marked);
    let last = backward::last_mentions(&flow, &marked.tables, &consumed, false);
    let certain = backward::last_mentions(&flow, &marked.tables, &consumed, true);
    // Moved where only a macro that is not known may lead to another mention. If it does, the checked copy has seen that the
    // value is `Copy`: its bits must still be there.
    let doubtful = last.difference(&certain).map(|site| marked.tables.site(*site).binding);
    let doubtful: BTreeSet<BindingId> = doubtful.collect();
    let mut last = Last {
        tables: &marked.tables,
        borrowed: borrowed(&marked.tables, &captured, &last),
        captured,
        partial,
        consumed,
        guarded,
        last,
        lasting,
        isolated: BTreeSet::new(),
        fleeting: BTreeSet::new(),
        kept: BTreeSet::new(),
    };
    last.isolated = isolated::isolated(marked, &|site| last.is_by_value(site));
    last.fleeting = last.only_glanced_at(&glances);
    last.fleeting.retain(|binding| !doubtful.contains(binding));
    let found = loop {
        last.kept = last.kept_in_place();
        last.kept.extend(&doubtful);
        let found = forward::states(&flow, &last);
        let fleeting = last.fleeting.len();
        // Where it depends on the way whether such a one is gone, it stays; but on the stack, where a flag costs nothing.
        let survives = survives(&found);
        last.fleeting.retain(|binding| !found.uneven.contains(binding) || !survives.contains(binding));
        if last.fleeting.len() == fleeting {
            break found;
        }
    };
    let mut storage = BTreeMap::new();
    for parameter in &marked.parameters {
        storage.insert(parameter.argument, Storage::Slot);
    }
    let mut arms = Vec::new();
    bound_by_awaiting_arms(&marked.body, &mut arms);
    storage.extend(arms.iter().flatten().map(|binding| (*binding, Storage::Slot)));
    for (binding, state) in found.suspended.values().flatten() {
        match state {
            State::Full => {
                storage.entry(*binding).or_insert(Storage::Slot);
            }
            State::Maybe => {
                storage.insert(*binding, Storage::Flagged);
            }
            // Taken, but perhaps only copied, and something may still borrow it: it stays where it is.
            State::Empty if last.borrowed.contains(binding) && !last.fleeting.contains(binding) => {
                storage.entry(*binding).or_insert(Storage::Slot);
            }
            State::Empty => {}
        }
    }
    for binding in found.uneven.iter().chain(&found.unsettled) {
        storage.insert(*binding, Storage::Flagged);
    }
    for binding in &doubtful {
        if !last.is_plain(*binding) {
            storage.entry(*binding).and_modify(|storage| *storage = Storage::Flagged);
        }
    }
    let sites = || (0..marked.tables.sites.len()).map(SiteId);
    for site in sites() {
        let binding = marked.tables.site(site).binding;
        // Under a guard that panics, what is lent to a match must have one owner.
        let lent = last.is_taken(site) && last.guarded.contains(&site);
        // What is put in its place within an expression needs a guard before it.
        let within = marked.tables.site(site).mode == Mode::Lend;
        let unsettled = last.is_open(site) || lent || within || found.assigned.get(&site) == Some(&State::Maybe);
        if unsettled && storage.contains_key(&binding) {
            storage.insert(binding, Storage::Flagged);
        }
    }
    let survives = survives(&found);
    for (binding, storage) in &mut storage {
        // Without a suspension nothing is gained.
        if !found.suspended.is_empty() && !survives.contains(binding) && !last.kept.contains(binding) {
            *storage = Storage::Local;
        }
    }
    for parameter in &marked.parameters {
        if marked.tables.binding(parameter.argument).outer.is_some() {
            storage.insert(parameter.argument, Storage::Outer);
        }
    }
    for bindings in &arms {
        // Declared together, or they would be dropped out of order.
        let local = |binding: &BindingId| storage[binding] == Storage::Local;
        if !bindings.iter().all(local) {
            let locals: Vec<_> = bindings.iter().copied().filter(local).collect();
            storage.extend(locals.into_iter().map(|binding| (binding, Storage::Flagged)));
        }
    }
    let open: BTreeSet<SiteId> = sites()
        .filter(|site| last.is_open(*site) && storage.contains_key(&marked.tables.site(*site).binding))
        .collect();
    let mut refusals = Refusals::default();
    for site in &found.unread {
        if storage.contains_key(&marked.tables.site(*site).binding) {
            refusals.push(marked.tables.site(*site).span, Refusal::MacroAssigns);
        }
    }
    for site in &open {
        if marked.tables.site(*site).awaited_arguments {
            refusals.push(marked.tables.site(*site).span, Refusal::OpenReceiver);
        }
    }
    let alive: BTreeMap<_, _> = found
        .suspended
        .into_iter()
        .map(|(suspension, states)| {
            let alive = states
                .into_iter()
                .filter(|(binding, state)| *state != State::Empty && storage.get(binding) != Some(&Storage::Outer));
            (suspension, alive.map(|(binding, _)| binding).collect())
        })
        .collect();
    let in_frame = storage.iter().filter(|(_, storage)| matches!(storage, Storage::Slot | Storage::Flagged));
    let in_frame = in_frame.map(|(binding, _)| *binding).collect();
    refusals.check(Liveness {
        bytes: bytes_of(bytes, &marked.tables),
        conflicts: forward::conflicts(&flow, &last, &in_frame),
        plain: in_frame
            .into_iter()
            .filter(|binding| last.is_plain(*binding) && storage[binding] == Storage::Slot)
            .collect(),
        storage,
        alive,
        taken: sites().filter(|site| last.is_taken(*site)).collect(),
        open,
        assigned: found.assigned,
        guarded: last.guarded,
        last: last.last,
        transitions: transitions::transitions(&flow, marked.tables.suspensions.len()),
    })
}

fn bytes_of(mut bytes: BTreeMap<Tenant, usize>, tables: &Tables) -> BTreeMap<Tenant, usize> {
    for (index, binding) in tables.bindings.iter().enumerate() {
        bytes.entry(Tenant::Binding(BindingId(index))).or_insert(binding.bytes);
    }
    bytes
}

/// What is alive at some suspension.
fn survives(found: &forward::Found) -> BTreeSet<BindingId> {
    let states = found.suspended.values().flatten();
    states.filter(|(_, state)| *state != State::Empty).map(|(binding, _)| *binding).collect()
}

/// What a `match` binds in an arm that awaits: the arm's body stands outside of the `match`, where only the frame goes. Not
/// where a straight line leads to the await: that stands in the arm, and what survives is treated as if a `let` bound it.
fn bound_by_awaiting_arms(block: &Block, found: &mut Vec<Vec<BindingId>>) {
    for stmt in &block.stmts {
        match stmt {
            Stmt::Let(local) => {
                if let Some(init) = &local.init {
                    bound_in_value(init, found)
                }
            }
            Stmt::Value(value) => bound_in_value(value, found),
            _ => {}
        }
    }
    if let Some(tail) = &block.tail {
        bound_in_value(tail, found);
    }
}

/// Whether control flow begins with a poll: only a statement may, since only there what was resumed is noted.
fn polls_in_heads(block: &Block) -> bool {
    fn inside(value: &Value) -> bool {
        match value {
            Value::Leaf(_) | Value::IntoIter(_) | Value::Next(_) => false,
            Value::Block(block) => polls_in_heads(block),
            Value::If(node) => {
                !node.cond.suspensions().is_empty()
                    || polls_in_heads(&node.then)
                    || node.otherwise.as_ref().is_some_and(inside)
            }
            Value::Match(node) => node.scrutinee.poll().is_some() || node.arms.iter().any(|arm| inside(&arm.body)),
            Value::Loop(node) => polls_in_heads(&node.body),
        }
    }
    let in_stmts = block.stmts.iter().any(|stmt| match stmt {
        Stmt::Let(local) => local.init.as_ref().is_some_and(inside),
        Stmt::Value(value) => inside(value),
        _ => false,
    });
    in_stmts || block.tail.as_deref().is_some_and(inside)
}

fn bound_in_value(value: &Value, found: &mut Vec<Vec<BindingId>>) {
    match value {
        Value::Leaf(_) | Value::IntoIter(_) | Value::Next(_) => {}
        Value::Block(block) => bound_by_awaiting_arms(block, found),
        Value::If(node) => {
            bound_by_awaiting_arms(&node.then, found);
            if let Some(otherwise) = &node.otherwise {
                bound_in_value(otherwise, found);
            }
        }
        Value::Match(node) => {
            for arm in &node.arms {
                if !arm.body.suspensions().is_empty() && arm.straight().is_none() {
                    found.push(arm.bindings.clone());
                }
                bound_in_value(&arm.body, found);
            }
        }
        Value::Loop(node) => bound_by_awaiting_arms(&node.body, found),
    }
}
