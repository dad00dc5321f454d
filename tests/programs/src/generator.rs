//! What is known while a program is written, and the parts that everything else is made with.

use std::collections::BTreeSet;

use crate::choices::Choices;
use crate::expr::Expr;
use crate::form::Form;
use crate::scope::{Id, Loan, Scope, Snapshot, State, Use};
use crate::ty::Ty;
use crate::{Known, Options};

/// Expressions and statements are nested no deeper than this.
const DEPTH: usize = 5;

pub(crate) struct Generator<'a> {
    pub(crate) choices: Choices,
    pub(crate) options: &'a Options,
    pub(crate) scope: Scope,
    pub(crate) context: Context,
    pub(crate) forms: BTreeSet<Form>,
    /// How many more parts there may be: without any left, only the simplest ones are written.
    pub(crate) fuel: usize,
    pub(crate) depth: usize,
    /// False among the parameters, which all have different names, and in a macro.
    pub(crate) may_shadow: bool,
    /// The names that the pattern which is being written shadows.
    pub(crate) shadowed: Vec<String>,
    labels: usize,
    names: usize,
}

/// Where in the program we are.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) can_await: bool,
    /// What `return` returns and `?` asks for; `None` in a closure.
    pub(crate) returns: Option<Ty>,
    /// Not in a macro, which would have to know.
    pub(crate) may_return: bool,
    pub(crate) loops: Vec<Loop>,
    pub(crate) held: Held,
    /// Whether this is an expression, and no statement, with which its temporaries end: a tail, a condition.
    pub(crate) ends_with_temporaries: bool,
    /// Whether the statement has made temporaries.
    pub(crate) has_temporaries: bool,
    /// How many values of the statement are around: with one, it is the statement's own.
    pub(crate) inside: usize,
}

/// A loop, or a labelled block, that can be left from here.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) label: Option<String>,
    /// What a `break` gives; `None` for `()`.
    pub(crate) value: Option<Ty>,
    pub(crate) is_block: bool,
    /// False for a block, and where a loop has to end.
    pub(crate) may_continue: bool,
    /// The loops around it.
    pub(crate) loops: usize,
    pub(crate) count: usize,
    /// The states where it is left.
    pub(crate) exits: Vec<Snapshot>,
}

/// Whether an operand that has to be dropped waits for others, and what these do without meanwhile: both at once is
/// `Known::Operands`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Nothing,
    NoAwaits,
    NoTemporaries,
}

/// An operand, in the order of evaluation.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Value(Ty),
    /// `&_`, perhaps of a temporary.
    Ref(Ty),
    /// `&mut _`, perhaps of a temporary.
    Mut(Ty),
}

/// A place that can be named: a variable, a part of it, or what it refers to.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) id: Id,
    pub(crate) usage: Use,
    pub(crate) field: Option<&'static str>,
    /// As a value, or after `&`.
    pub(crate) text: String,
    /// Before a `.`.
    pub(crate) receiver: String,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(choices: Choices, options: &'a Options) -> Self {
        let context = Context {
            can_await: true,
            returns: None,
            may_return: true,
            loops: Vec::new(),
            held: Held::Nothing,
            ends_with_temporaries: false,
            has_temporaries: false,
            inside: 0,
        };
        let forms = BTreeSet::new();
        Generator {
            choices,
            options,
            scope: Scope::new(),
            context,
            forms,
            fuel: 0,
            depth: 0,
            may_shadow: false,
            shadowed: Vec::new(),
            labels: 0,
            names: 0,
        }
    }

    pub(crate) fn seen(&mut self, form: Form) {
        self.forms.insert(form);
    }

    /// A name for a remark in the trace, in quotes.
    pub(crate) fn label(&mut self) -> String {
        self.labels += 1;
        format!("\"{}\"", self.labels)
    }

    /// A name that no variable has.
    pub(crate) fn fresh(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    /// Whether there shall be only leaves from here on.
    pub(crate) fn is_deep(&self) -> bool {
        self.depth >= DEPTH || self.fuel == 0
    }

    /// One part of the program: a unit of shrinking, and of what may be used up.
    pub(crate) fn part<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let begin = self.choices.begin();
        self.fuel = self.fuel.saturating_sub(1);
        self.depth += 1;
        let part = write(self);
        self.depth -= 1;
        self.choices.end(begin);
        part
    }

    /// Parts for as long as there shall be one more, each a unit of shrinking together with that choice.
    pub(crate) fn several(&mut self, most: usize, percent: usize, mut write: impl FnMut(&mut Self)) {
        for _ in 0..most {
            let begin = self.choices.begin();
            if self.is_deep() || !self.choices.chance(percent) {
                return;
            }
            write(self);
            self.choices.end(begin);
        }
    }

    pub(crate) fn leaves_out(&self, known: Known) -> bool {
        self.options.leave_out.contains(&known)
    }

    pub(crate) fn may_await(&self) -> bool {
        self.context.can_await && self.context.held != Held::NoAwaits
    }

    pub(crate) fn may_make_temporaries(&self) -> bool {
        self.context.held != Held::NoTemporaries
    }

    pub(crate) fn temporary(&mut self) {
        self.context.has_temporaries = true;
        self.seen(Form::Temporary);
    }

    /// Writes the operands, each while those before it are held.
    pub(crate) fn operands(&mut self, operands: &[Operand]) -> Vec<Expr> {
        let (held, context) = (self.scope.held.len(), self.context.held);
        let mut written = Vec::new();
        for (at, operand) in operands.iter().enumerate() {
            let expr = self.operand(operand);
            self.scope.held.extend(&expr.loans);
            if self.context.ends_with_temporaries
                && at + 1 < operands.len()
                && matches!(operand, Operand::Value(ty) if !ty.is_copy())
            {
                self.hold();
            }
            written.push(expr);
        }
        self.scope.held.truncate(held);
        self.context.held = context;
        written
    }

    fn operand(&mut self, operand: &Operand) -> Expr {
        match operand {
            Operand::Value(ty) => self.value(ty),
            Operand::Ref(ty) => self.reference(ty, true),
            Operand::Mut(ty) => self.unique(ty),
        }
    }

    /// A value with a destructor waits from here on.
    pub(crate) fn hold(&mut self) {
        if self.leaves_out(Known::Operands) && self.context.held == Held::Nothing {
            let no_awaits = self.context.has_temporaries || self.choices.chance(50);
            self.context.held = if no_awaits { Held::NoAwaits } else { Held::NoTemporaries };
        }
    }

    /// A statement of its own: the temporaries and operands around it are another's.
    pub(crate) fn own_statement<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.own(false, write)
    }

    /// A tail, or a condition.
    pub(crate) fn own_expression<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.own(true, write)
    }

    fn own<T>(&mut self, ends_with_temporaries: bool, write: impl FnOnce(&mut Self) -> T) -> T {
        let around = (self.context.held, self.context.has_temporaries, self.context.ends_with_temporaries);
        // Without awaits around, there is none in here either.
        if self.context.held == Held::NoTemporaries {
            self.context.held = Held::Nothing;
        }
        (self.context.has_temporaries, self.context.ends_with_temporaries) = (false, ends_with_temporaries);
        let inside = std::mem::take(&mut self.context.inside);
        let written = write(self);
        self.context.inside = inside;
        (self.context.held, self.context.has_temporaries, self.context.ends_with_temporaries) = around;
        written
    }

    /// A call of a function: awaited, if its name says so.
    pub(crate) fn call(&mut self, name: &str, operands: &[Operand]) -> Expr {
        let is_awaited = name.ends_with(".await");
        let written = self.operands(operands);
        if is_awaited {
            self.note_borrows(operands);
        }
        if written.iter().any(|operand| operand.text.contains(".await")) {
            self.seen(Form::AwaitInArguments);
        }
        let arguments: Vec<&str> = written.iter().map(|operand| operand.text.as_str()).collect();
        let call = format!("{}({})", name.trim_end_matches(".await"), arguments.join(", "));
        Expr::atom(if is_awaited { call + ".await" } else { call })
            .borrowing(written.into_iter().flat_map(|operand| operand.loans).collect())
    }

    fn note_borrows(&mut self, operands: &[Operand]) {
        for operand in operands {
            match operand {
                Operand::Ref(_) => self.seen(Form::BorrowAcross),
                Operand::Mut(_) => self.seen(Form::BorrowMutAcross),
                Operand::Value(_) => {}
            }
        }
    }

    /// The places of this type of which this use can be made.
    pub(crate) fn places(&self, ty: &Ty, usage: Use) -> Vec<Place> {
        let usage = if usage == Use::Move && ty.is_copy() { Use::Read } else { usage };
        let mut places = Vec::new();
        for id in self.scope.visible() {
            let (name, own) = (self.scope.get(id).name.clone(), self.scope.get(id).ty.clone());
            let mut add = |usage, field, text: String, receiver: String| {
                if self.scope.can(id, usage, field) {
                    places.push(Place { id, usage, field, text, receiver });
                }
            };
            if own == *ty {
                add(usage, None, name.clone(), name.clone());
            }
            for (field, _) in own.fields().iter().filter(|(_, part)| part == ty) {
                let text = format!("{name}.{field}");
                add(usage, Some(*field), text.clone(), text);
            }
            if own == Ty::Guard && *ty == Ty::Num && matches!(usage, Use::Read | Use::Write) {
                add(usage, None, format!("*{name}"), format!("(*{name})"));
            }
            let through = match (&own, usage) {
                (Ty::Ref(_), Use::Read) | (Ty::Mut(_), Use::Read) | (Ty::Boxed(_), Use::Read | Use::Write) => usage,
                (Ty::Mut(_), Use::Write) => Use::WriteThrough,
                (Ty::Array(_), Use::Read | Use::Write) => usage,
                _ => continue,
            };
            let (Ty::Ref(inner) | Ty::Mut(inner) | Ty::Boxed(inner) | Ty::Array(inner)) = &own else { continue };
            if matches!(own, Ty::Array(_)) {
                if **inner == *ty {
                    add(through, None, format!("{name}[1]"), format!("{name}[1]"));
                }
                continue;
            }
            if **inner == *ty {
                add(through, None, format!("*{name}"), name.clone());
            }
            for (field, _) in inner.fields().iter().filter(|(_, part)| part == ty) {
                add(through, None, format!("{name}.{field}"), format!("{name}.{field}"));
            }
        }
        places
    }

    /// One of these places, of which the use is now made.
    pub(crate) fn take_place(&mut self, places: &[Place]) -> Place {
        let place = self.choices.one(places).clone();
        self.scope.mention(place.id, place.usage, place.field);
        place
    }

    /// What a borrow of the place holds.
    pub(crate) fn loans(&self, place: &Place) -> Vec<Loan> {
        self.scope.loans_of(place.id, place.usage != Use::Read)
    }

    /// The variables of this type of which this use can be made.
    pub(crate) fn variables(&self, usage: Use, is_wanted: impl Fn(&Ty) -> bool) -> Vec<Id> {
        let visible = self.scope.visible().into_iter();
        visible.filter(|&id| is_wanted(&self.scope.get(id).ty) && self.scope.can(id, usage, None)).collect()
    }

    /// Declares a variable that is full.
    pub(crate) fn declare(&mut self, name: &str, ty: &Ty, mutable: bool, loans: Vec<Loan>) -> Id {
        self.scope.declare(name.to_string(), ty.clone(), mutable, State::FULL, loans)
    }

    /// Two ways on: the states of both meet behind them.
    pub(crate) fn either<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> T,
        other: impl FnOnce(&mut Self) -> T,
    ) -> (T, T) {
        let before = self.scope.snapshot();
        let one = write(self);
        let after = self.scope.snapshot();
        self.scope.restore(&before);
        let two = other(self);
        self.scope.meet(&after);
        (one, two)
    }
}
