//! What shares storage: the survivors and awaitees as a tree of what stands side by side and what takes turns.
//!
//! In: the pairs that are held together at some point of the function. Out: a [`Room`], in which no such pair takes turns.
//! How large anything is nobody knows here. As far as it goes, the tree is the one that is best whatever the sizes are: parts
//! that are never held together take turns, parts of which everything in one is held together with everything in the other
//! stand side by side. Where neither is so, something must stand beside what it never meets, and there are two ways:
//!
//! - survivors that several states need stand beside a union of the states, as a native coroutine has it, and among these
//!   survivors, those that never meet take turns;
//! - one small survivor stands beside all others, of which more can take turns then.
//!
//! Which is better is guessed from what the source says of sizes. Where unions would be nested too deep to be read, it is
//! always the first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Layout;
use crate::ids::BindingId;
use crate::liveness::{Liveness, Storage, Tenant};

/// Storage, and who it is for.
#[derive(Debug)]
pub(super) enum Room {
    One(Tenant),
    /// Side by side.
    All(Vec<Room>),
    /// Taking turns.
    OneOf(Vec<Room>),
}

/// Unions inside of a union's members, at most; one more where states are told apart below.
const DEPTH: usize = 2;

/// How many survivors may stand beside what they do not meet, one after the other.
const PULLS: usize = 8;

/// Of how many that is tried: what is larger than this is a function that nobody reads.
const FEW: usize = 64;

/// Gives everything in the frame its room.
pub(super) fn share(layout: &Layout, liveness: &Liveness, parameters: &BTreeSet<BindingId>) -> Room {
    let mut graph = Graph { edges: BTreeMap::new(), bytes: &liveness.bytes };
    for (a, b) in liveness.conflicts.keys() {
        graph.connect(*a, *b);
    }
    let waiting = layout.arguments.iter().map(|field| field.binding);
    for argument in waiting.clone() {
        // All arguments are there until the first poll, which takes those that wait out of the frame before it does more.
        for other in parameters.iter().filter(|other| **other != argument) {
            graph.connect(Tenant::Binding(argument), Tenant::Binding(*other));
        }
    }
    let survivors = layout.fields.iter().filter(|field| field.storage != Storage::Outer).map(|field| field.binding);
    let tenants = survivors.chain(waiting).map(Tenant::Binding);
    let tenants = tenants.chain(layout.suspensions.iter().map(|place| Tenant::Awaitee(place.suspension)));
    graph.arrange(tenants.collect(), DEPTH, PULLS)
}

/// What must stand side by side.
struct Graph<'a> {
    edges: BTreeMap<Tenant, BTreeSet<Tenant>>,
    bytes: &'a BTreeMap<Tenant, usize>,
}

impl Graph<'_> {
    fn connect(&mut self, a: Tenant, b: Tenant) {
        self.edges.entry(a).or_default().insert(b);
        self.edges.entry(b).or_default().insert(a);
    }

    fn meet(&self, a: Tenant, b: Tenant) -> bool {
        self.edges.get(&a).is_some_and(|others| others.contains(&b))
    }

    fn neighbours(&self, tenant: Tenant) -> impl Iterator<Item = Tenant> + '_ {
        self.edges.get(&tenant).into_iter().flatten().copied()
    }

    fn bytes(&self, room: &Room) -> usize {
        match room {
            Room::One(tenant) => self.bytes.get(tenant).copied().unwrap_or(0),
            Room::All(rooms) => rooms.iter().map(|room| self.bytes(room)).fold(0, usize::saturating_add),
            Room::OneOf(rooms) => rooms.iter().map(|room| self.bytes(room)).max().unwrap_or(0),
        }
    }

    /// Room for `tenants`, with at most so many unions around a union, and so many survivors that stand beside the others
    /// only because they are small.
    fn arrange(&self, tenants: Vec<Tenant>, depth: usize, pulls: usize) -> Room {
        if let [only] = tenants[..] {
            return Room::One(only);
        }
        let parts = self.components(&tenants);
        if parts.len() > 1 && depth > 0 {
            return one_of(parts.into_iter().map(|part| self.arrange(part, depth - 1, pulls)).collect());
        }
        if parts.len() == 1 {
            let parts = self.inseparable(&tenants);
            if parts.len() > 1 {
                return all(parts.into_iter().map(|part| self.arrange(part, depth, pulls)).collect());
            }
        }
        let pulled = self.pull(&tenants, depth, pulls);
        let states = self.states(tenants, depth);
        match pulled {
            Some(pulled) if self.bytes(&pulled) < self.bytes(&states) => pulled,
            _ => states,
        }
    }

    /// A small survivor beside the others: of those without which they fall apart the best, else the smallest.
    fn pull(&self, tenants: &[Tenant], depth: usize, pulls: usize) -> Option<Room> {
        if pulls == 0 || depth == 0 || tenants.len() > FEW {
            return None;
        }
        let degree = |tenant: &Tenant| self.neighbours(*tenant).filter(|other| tenants.contains(other)).count();
        let survivors = tenants.iter().filter(|tenant| matches!(tenant, Tenant::Binding(_)) && degree(tenant) > 1);
        let survivors: Vec<Tenant> = survivors.copied().collect();
        let without = |one: Tenant| tenants.iter().copied().filter(|tenant| *tenant != one).collect::<Vec<_>>();
        let beside = |one: Tenant, pulls| all(vec![Room::One(one), self.arrange(without(one), depth, pulls)]);
        let falls_apart = |one: &&Tenant| {
            let others = without(**one);
            self.components(&others).len() > 1 || self.inseparable(&others).len() > 1
        };
        let best = survivors.iter().filter(falls_apart).min_by_key(|one| self.bytes(&beside(**one, 0)));
        let one = best.or_else(|| survivors.iter().min_by_key(|tenant| self.bytes.get(tenant)))?;
        Some(beside(*one, pulls - 1))
    }

    /// The survivors that several states need, and a union of the states.
    fn states(&self, tenants: Vec<Tenant>, depth: usize) -> Room {
        if !tenants.iter().any(|tenant| matches!(tenant, Tenant::Awaitee(_))) {
            let turns = self.turns(tenants).into_iter();
            return all(turns.map(|class| one_of(class.into_iter().map(Room::One).collect())).collect());
        }
        let (kept, states) = self.promote(tenants);
        let side = |clique: Vec<Tenant>| all(clique.into_iter().map(Room::One).collect());
        let states = one_of(states.into_iter().map(side).collect());
        match kept.is_empty() {
            true => states,
            false => all(vec![self.arrange(kept, depth, 0), states]),
        }
    }

    /// The parts between which nothing meets.
    fn components(&self, tenants: &[Tenant]) -> Vec<Vec<Tenant>> {
        let mut left: BTreeSet<Tenant> = tenants.iter().copied().collect();
        let mut parts = Vec::new();
        for first in tenants {
            let mut part = Vec::new();
            let mut next: VecDeque<Tenant> = left.take(first).into_iter().collect();
            while let Some(tenant) = next.pop_front() {
                part.push(tenant);
                next.extend(self.neighbours(tenant).filter(|other| left.remove(other)));
            }
            if !part.is_empty() {
                part.sort();
                parts.push(part);
            }
        }
        parts
    }

    /// The parts between which everything meets.
    fn inseparable(&self, tenants: &[Tenant]) -> Vec<Vec<Tenant>> {
        let mut left: Vec<Tenant> = tenants.to_vec();
        let mut parts = Vec::new();
        while let Some(first) = left.first().copied() {
            left.remove(0);
            let (mut part, mut next) = (Vec::new(), VecDeque::from([first]));
            while let Some(tenant) = next.pop_front() {
                part.push(tenant);
                let (met, missed) = left.into_iter().partition(|other| self.meet(tenant, *other));
                left = met;
                next.extend::<Vec<Tenant>>(missed);
            }
            part.sort();
            parts.push(part);
        }
        parts
    }

    /// The survivors that no single state has to itself, and what is left in each state.
    fn promote(&self, tenants: Vec<Tenant>) -> (Vec<Tenant>, Vec<Vec<Tenant>>) {
        let among: BTreeSet<Tenant> = tenants.iter().copied().collect();
        let in_several = |tenant: &Tenant| {
            let awaitees = self.neighbours(*tenant).filter(|other| matches!(other, Tenant::Awaitee(_)));
            matches!(tenant, Tenant::Binding(_)) && awaitees.filter(|other| among.contains(other)).count() > 1
        };
        let (mut kept, rest): (Vec<Tenant>, Vec<Tenant>) = tenants.into_iter().partition(in_several);
        let (mut open, mut states) = (self.components(&rest), Vec::new());
        open.reverse();
        while let Some(mut part) = open.pop() {
            let among: BTreeSet<Tenant> = part.iter().copied().collect();
            let degree = |tenant: Tenant| self.neighbours(tenant).filter(|other| among.contains(other)).count();
            if part.iter().all(|tenant| degree(*tenant) + 1 == part.len()) {
                states.push(part);
                continue;
            }
            let survivors = part.iter().copied().filter(|tenant| matches!(tenant, Tenant::Binding(_)));
            // The first of those that meet most.
            let most = survivors.rev().max_by_key(|tenant| degree(*tenant)).expect("two awaitees never meet");
            kept.push(most);
            part.retain(|tenant| *tenant != most);
            open.extend(self.components(&part).into_iter().rev());
        }
        kept.sort();
        (kept, states)
    }

    /// Survivors in as many places as it takes, one after the other in each: the largest choose first.
    fn turns(&self, mut tenants: Vec<Tenant>) -> Vec<Vec<Tenant>> {
        tenants.sort_by_key(|tenant| std::cmp::Reverse(self.bytes.get(tenant).copied()));
        let mut places: Vec<Vec<Tenant>> = Vec::new();
        for tenant in tenants {
            let free = places.iter_mut().find(|place| !place.iter().any(|other| self.meet(tenant, *other)));
            match free {
                Some(place) => place.push(tenant),
                None => places.push(vec![tenant]),
            }
        }
        places
    }
}

/// Side by side: survivors first, then what is shared.
fn all(rooms: Vec<Room>) -> Room {
    let flat = rooms.into_iter().flat_map(|room| match room {
        Room::All(inner) => inner,
        room => vec![room],
    });
    let mut rooms: Vec<Room> = flat.collect();
    rooms.sort_by_key(|room| (matches!(room, Room::OneOf(_)), first(room)));
    only(rooms).unwrap_or_else(Room::All)
}

/// Taking turns, in the order of what is awaited; arguments that wait come before.
fn one_of(rooms: Vec<Room>) -> Room {
    let flat = rooms.into_iter().flat_map(|room| match room {
        Room::OneOf(inner) => inner,
        room => vec![room],
    });
    let mut rooms: Vec<Room> = flat.collect();
    rooms.sort_by_key(|room| (first_awaitee(room), first(room)));
    only(rooms).unwrap_or_else(Room::OneOf)
}

fn only(mut rooms: Vec<Room>) -> Result<Room, Vec<Room>> {
    match rooms.pop() {
        Some(room) if rooms.is_empty() => Ok(room),
        Some(room) => {
            rooms.push(room);
            Err(rooms)
        }
        None => Err(rooms),
    }
}

fn first(room: &Room) -> Option<Tenant> {
    match room {
        Room::One(tenant) => Some(*tenant),
        Room::All(rooms) | Room::OneOf(rooms) => rooms.iter().filter_map(first).min(),
    }
}

fn first_awaitee(room: &Room) -> Option<Tenant> {
    match room {
        Room::One(tenant) => matches!(tenant, Tenant::Awaitee(_)).then_some(*tenant),
        Room::All(rooms) | Room::OneOf(rooms) => rooms.iter().filter_map(first_awaitee).min(),
    }
}
