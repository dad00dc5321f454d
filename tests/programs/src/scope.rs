//! The variables in scope: what each holds, what borrows from it, and what may be done with it here.
//!
//! Invariants: a mention is only made after `can` allowed it, and `mention` notes what it does to the others. What a
//! reference borrows is a list of loans of variables; a use that conflicts with a loan ends the reference, which then is
//! not mentioned any more, as rustc asks. A state is never changed in a loop in a way that its next round would miss: see
//! `barrier`.

use crate::ty::Ty;

/// The index of a variable in the list of those in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(pub(crate) usize);

/// Borrowed from a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loan {
    pub(crate) of: Id,
    /// By `&mut`.
    pub(crate) unique: bool,
}

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Declared without a value.
    Unassigned,
    /// All but these fields.
    Full { gone: Vec<&'static str> },
    /// Moved, or, of a reference, ended by another use of what it borrows.
    Gone,
}

impl State {
    pub(crate) const FULL: State = State::Full { gone: Vec::new() };
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    pub(crate) state: State,
    pub(crate) loans: Vec<Loan>,
    /// The loops around its declaration.
    pub(crate) loops: usize,
    /// The closures and async blocks around its declaration.
    pub(crate) level: usize,
    /// An argument of the function.
    pub(crate) is_argument: bool,
    /// Counts the rounds of a loop, or is just being assigned: only to be read.
    pub(crate) is_counter: bool,
}

/// What is done with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Copied, or borrowed by `&`.
    Read,
    /// Assigned, or borrowed by `&mut`.
    Write,
    /// What it refers to is written.
    WriteThrough,
    Move,
}

/// How the innermost closure or async block takes what it mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    /// A closure that reads.
    Shared,
    /// A closure that changes.
    Unique,
    /// A block without `move`: as each mention needs it.
    AsUsed,
    /// With `move`; what runs `once` may move what it took.
    Moves { once: bool },
}

#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) capture: Capture,
    /// The loops around it.
    pub(crate) loops: usize,
    /// The barrier where it is made.
    pub(crate) barrier: usize,
    /// What it has mentioned of the levels around, and how.
    pub(crate) captured: Vec<(Id, Use)>,
}

#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) variables: Vec<Variable>,
    /// Of the operands that are evaluated already and wait for the others.
    pub(crate) held: Vec<Loan>,
    pub(crate) levels: Vec<Level>,
    pub(crate) loops: usize,
    /// A variable declared in fewer loops than this must not be moved or ended here, as a next round would need it.
    pub(crate) barrier: usize,
    /// In the guard of an arm: nothing may be changed.
    pub(crate) frozen: bool,
    /// False after a `return`, `break` or `continue`.
    pub(crate) reachable: bool,
}

/// The states at one point, to come back to.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    states: Vec<State>,
    loans: Vec<Vec<Loan>>,
    reachable: bool,
}

impl Snapshot {
    /// The same without what is declared later than that.
    pub(crate) fn cut(mut self, count: usize) -> Self {
        self.states.truncate(count);
        self.loans.truncate(count);
        for (state, loans) in self.states.iter_mut().zip(&mut self.loans) {
            if loans.iter().any(|loan| loan.of.0 >= count) {
                *state = State::Gone;
                loans.retain(|loan| loan.of.0 < count);
            }
        }
        self
    }
}

impl Scope {
    pub(crate) fn new() -> Self {
        Scope {
            variables: Vec::new(),
            held: Vec::new(),
            levels: Vec::new(),
            loops: 0,
            barrier: 0,
            frozen: false,
            reachable: true,
        }
    }

    pub(crate) fn get(&self, id: Id) -> &Variable {
        &self.variables[id.0]
    }

    pub(crate) fn declare(&mut self, name: String, ty: Ty, mutable: bool, state: State, loans: Vec<Loan>) -> Id {
        let (loops, level) = (self.loops, self.levels.len());
        let (is_argument, is_counter) = (false, false);
        self.variables.push(Variable { name, ty, mutable, state, loans, loops, level, is_argument, is_counter });
        Id(self.variables.len() - 1)
    }

    /// Those that a mention by name finds.
    pub(crate) fn visible(&self) -> Vec<Id> {
        let last = |id: &Id| !self.variables[id.0 + 1..].iter().any(|later| later.name == self.variables[id.0].name);
        (0..self.variables.len()).map(Id).filter(last).collect()
    }

    /// Whether this may be done with the variable here, or with a field of it.
    pub(crate) fn can(&self, id: Id, usage: Use, field: Option<&'static str>) -> bool {
        let variable = self.get(id);
        let full = match &variable.state {
            State::Full { gone } => field.map_or(gone.is_empty(), |field| !gone.contains(&field)),
            _ => false,
        };
        full && self.may_capture(id, usage, field)
            && self.conflicts(id, usage).is_some()
            && match usage {
                Use::Read => true,
                Use::Write => variable.mutable && !variable.is_counter && !self.frozen,
                Use::WriteThrough => !self.frozen,
                Use::Move => !self.frozen && (variable.loops >= self.barrier || self.is_outside(id)),
            }
    }

    /// Whether a whole value may be assigned.
    pub(crate) fn can_assign(&self, id: Id) -> bool {
        let variable = self.get(id);
        if matches!(variable.ty, Ty::Ref(_)) && variable.loops < self.barrier {
            return false;
        }
        let open = match variable.state {
            State::Unassigned => variable.mutable || variable.loops >= self.barrier,
            _ => variable.mutable,
        };
        open && !variable.is_counter
            && !self.frozen
            && self.may_capture(id, Use::Write, None)
            && (!self.is_outside(id) || variable.state == State::FULL)
            && self.conflicts(id, Use::Write).is_some()
    }

    fn is_outside(&self, id: Id) -> bool {
        self.get(id).level < self.levels.len()
    }

    fn may_capture(&self, id: Id, usage: Use, field: Option<&'static str>) -> bool {
        let variable = self.get(id);
        // A field alone may be captured, in another way than the macro can: a known limit.
        let is_whole = field.is_none()
            && !matches!(variable.ty, Ty::Mut(_) | Ty::Closure { .. } | Ty::Object { .. })
            && !variable.ty.holds_on();
        self.levels[variable.level..].iter().all(|level| {
            let seen = level.captured.iter().find(|(other, _)| *other == id).map(|(_, usage)| *usage);
            let movable = variable.loops >= level.barrier && self.conflicts(id, Use::Move).is_some();
            let once = movable && self.barrier <= level.loops;
            is_whole
                && match level.capture {
                    Capture::Shared => usage == Use::Read,
                    Capture::Unique => usage == Use::Read || usage == Use::Write && !matches!(variable.ty, Ty::Ref(_)),
                    Capture::AsUsed if usage == Use::Move => seen.is_none() && once,
                    Capture::AsUsed => seen != Some(Use::Move),
                    Capture::Moves { once: false } if usage == Use::Move => false,
                    Capture::Moves { .. } if usage == Use::Move => once,
                    Capture::Moves { .. } => variable.ty.is_copy() || movable,
                }
        })
    }

    /// The references that end with this use; `None` if one of them must not.
    fn conflicts(&self, id: Id, usage: Use) -> Option<Vec<Id>> {
        let hit = |loan: &Loan| loan.of == id && (usage != Use::Read || loan.unique);
        if self.held.iter().any(hit) {
            return None;
        }
        let mut ended = Vec::new();
        for at in 0..self.variables.len() {
            let other = &self.variables[at];
            if other.state == State::Gone || !other.loans.iter().any(hit) {
                continue;
            }
            if other.ty.holds_on() || other.loops < self.barrier || self.frozen || self.is_outside(Id(at)) {
                return None;
            }
            ended.push(Id(at));
        }
        Some(ended)
    }

    /// Notes the use, which `can` has allowed.
    pub(crate) fn mention(&mut self, id: Id, usage: Use, field: Option<&'static str>) {
        for ended in self.conflicts(id, usage).unwrap_or_default() {
            self.variables[ended.0].state = State::Gone;
        }
        let level = self.get(id).level;
        for outer in &mut self.levels[level..] {
            match outer.captured.iter_mut().find(|(other, _)| *other == id) {
                Some((_, seen)) if usage != Use::Read => *seen = usage,
                Some(_) => {}
                None => outer.captured.push((id, usage)),
            }
        }
        if usage == Use::Move && !self.get(id).ty.is_copy() {
            let variable = &mut self.variables[id.0];
            match (field, &mut variable.state) {
                (Some(field), State::Full { gone }) => gone.push(field),
                (_, state) => *state = State::Gone,
            }
        }
    }

    /// Notes that a whole value was assigned.
    pub(crate) fn assigned(&mut self, id: Id, loans: Vec<Loan>) {
        self.mention(id, Use::Write, None);
        let variable = &mut self.variables[id.0];
        variable.state = State::FULL;
        variable.loans = loans;
    }

    /// The loans of a borrow of this variable: of it, and of what it refers to.
    pub(crate) fn loans_of(&self, id: Id, unique: bool) -> Vec<Loan> {
        let variable = self.get(id);
        let mut loans = variable.loans.clone();
        if !matches!(variable.ty, Ty::Ref(_)) {
            loans.push(Loan { of: id, unique });
        }
        loans
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            states: self.variables.iter().map(|variable| variable.state.clone()).collect(),
            loans: self.variables.iter().map(|variable| variable.loans.clone()).collect(),
            reachable: self.reachable,
        }
    }

    /// Ends the scope of what was declared since.
    pub(crate) fn leave(&mut self, count: usize) {
        let kept = self.snapshot().cut(count);
        self.variables.truncate(count);
        self.restore(&kept);
    }

    pub(crate) fn restore(&mut self, snapshot: &Snapshot) {
        for ((variable, state), loans) in self.variables.iter_mut().zip(&snapshot.states).zip(&snapshot.loans) {
            variable.state = state.clone();
            variable.loans = loans.clone();
        }
        self.reachable = snapshot.reachable;
    }

    /// The states where two ways meet: the present one, and that of the snapshot.
    pub(crate) fn meet(&mut self, other: &Snapshot) {
        if !other.reachable {
            return;
        }
        if !self.reachable {
            return self.restore(other);
        }
        for ((variable, state), loans) in self.variables.iter_mut().zip(&other.states).zip(&other.loans) {
            variable.state = met(&variable.state, state);
            for loan in loans {
                if !variable.loans.contains(loan) {
                    variable.loans.push(*loan);
                }
            }
        }
    }
}

fn met(one: &State, other: &State) -> State {
    match (one, other) {
        (State::Unassigned, State::Unassigned) => State::Unassigned,
        (State::Full { gone: one }, State::Full { gone: other }) => {
            let mut gone = one.clone();
            gone.extend(other.iter().filter(|field| !one.contains(field)));
            State::Full { gone }
        }
        _ => State::Gone,
    }
}
