//! Conditions, matches, loops, and what leaves them.

use crate::Known;
use crate::expr::Expr;
use crate::form::Form;
use crate::generator::{Generator, Place};
use crate::patterns::By;
use crate::scope::{Loan, Snapshot, Use};
use crate::ty::Ty;

impl Generator<'_> {
    /// What is not always done: the states behind it are those before it.
    pub(crate) fn aside<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let (before, count) = (self.scope.snapshot(), self.scope.variables.len());
        let written = write(self);
        self.scope.leave(count);
        self.scope.restore(&before);
        written
    }

    /// The condition of an `if`, what it binds declared, and the states where it fails.
    pub(crate) fn condition(&mut self) -> (String, Snapshot) {
        let count = self.scope.variables.len();
        let first = self.own_expression(|this| this.link(true));
        let mut fails = self.scope.snapshot().cut(count);
        let mut text = first;
        while self.options.let_chains && !self.is_deep() && self.choices.chance(15) {
            self.seen(Form::LetChain);
            let link = self.own_expression(|this| this.link(false));
            let failed = self.scope.snapshot().cut(count);
            let here = self.scope.snapshot();
            self.scope.restore(&fails);
            self.scope.meet(&failed);
            fails = self.scope.snapshot().cut(count);
            self.scope.restore(&here);
            text = format!("{text} && {link}");
        }
        (text, fails)
    }

    /// One link of a chain of conditions.
    fn link(&mut self, is_alone: bool) -> String {
        let ty = match self.choices.below(5) {
            0..=2 => {
                let condition = self.value(&Ty::Bool);
                self.note_await(Form::AwaitInCondition, std::slice::from_ref(&condition));
                let has_or = condition.text.contains("||");
                let text = condition.condition();
                return if is_alone && !has_or { text } else { format!("({text})") };
            }
            3 => Ty::opt(Ty::Owned),
            _ => Ty::Shape,
        };
        let (scrutinee, by) = self.scrutinee(&ty);
        self.seen(Form::IfLet);
        let arms = self.arms(&ty, &by);
        let at = self.choices.below(arms.len());
        let pattern = arms.into_iter().nth(at).expect("there is one at each index");
        let text = format!("let {} = {scrutinee}", if pattern.text == "_" { "None" } else { &pattern.text });
        self.bind(pattern.bindings);
        text
    }

    /// What is matched on, and how it is bound.
    fn scrutinee(&mut self, ty: &Ty) -> (String, By) {
        let places = self.places(ty, Use::Read);
        if !places.is_empty() && !ty.is_copy() && self.choices.chance(80) {
            let unique: Vec<Place> = self.places(ty, Use::Write);
            let is_unique = !unique.is_empty() && self.choices.chance(30);
            let place = self.take_place(if is_unique { &unique } else { &places });
            let loans = self.loans(&place);
            let by_place = self.choices.chance(65);
            let sign = if by_place {
                ""
            } else if is_unique {
                "&mut "
            } else {
                "&"
            };
            self.seen(Form::MatchReference);
            return (format!("{sign}{}", place.text), By::Ref { loans, unique: is_unique, is_place: by_place });
        }
        self.context.inside += 1;
        let value = self.value(ty);
        self.context.inside -= 1;
        self.note_await(Form::AwaitInScrutinee, std::slice::from_ref(&value));
        (value.condition(), By::Value)
    }

    pub(crate) fn match_value(&mut self, ty: &Ty) -> Expr {
        let kinds = [Ty::opt(Ty::Owned), Ty::Num, Ty::Bool, Ty::Shape, Ty::Res(Box::new(Ty::Num)), Ty::opt(Ty::Num)];
        let mut on = self.choices.one(&kinds).clone();
        let is_operand = self.context.inside > 1 && self.context.can_await;
        if is_operand && self.leaves_out(Known::Match) && matches!(on, Ty::Shape | Ty::Opt(_)) && !on.is_copy() {
            on = Ty::Num;
        }
        self.seen(Form::Match);
        let (scrutinee, by) = self.scrutinee(&on);
        let mut arms = self.arms(&on, &by);
        let guarded = self.choices.chance(25) && !self.is_deep();
        if guarded {
            let more = self.arms(&on, &by);
            let at = self.choices.below(more.len());
            arms.insert(0, more.into_iter().nth(at).expect("there is one at each index"));
        }
        let before = self.scope.snapshot();
        let mut after: Option<Snapshot> = None;
        let mut lines = String::new();
        for (at, arm) in arms.into_iter().enumerate() {
            self.scope.restore(&before);
            let count = self.scope.variables.len();
            self.bind(arm.bindings);
            let guard = if guarded && at == 0 { self.guard() } else { String::new() };
            let leaving = if at > 0 && self.choices.chance(10) { self.leaving() } else { None };
            let body = leaving.unwrap_or_else(|| self.branch(ty));
            self.scope.leave(count);
            lines += &format!("{}{guard} => {body}\n", arm.text);
            match &after {
                None => after = Some(self.scope.snapshot()),
                Some(other) => {
                    self.scope.meet(&other.clone());
                    after = Some(self.scope.snapshot());
                }
            }
        }
        Expr::block(format!("match {scrutinee} {{\n{lines}}}"))
    }

    fn guard(&mut self) -> String {
        self.seen(Form::Guard);
        let could = std::mem::replace(&mut self.context.can_await, false);
        let was = std::mem::replace(&mut self.scope.frozen, true);
        let guard = self.own_statement(|this| this.value(&Ty::Bool)).condition();
        (self.context.can_await, self.scope.frozen) = (could, was);
        format!(" if {guard}")
    }

    /// Statements that end in `return`, `break`, `continue` or a panic.
    pub(crate) fn exit(&mut self) -> Option<String> {
        let targets = self.targets();
        let can_continue = targets.iter().any(|&at| self.context.loops[at].may_continue);
        let mut ways = Vec::new();
        let mut may = |weight, way: u8, can: bool| {
            if can {
                ways.push((weight, way))
            }
        };
        may(3, 0, self.context.returns.is_some() && self.context.may_return);
        may(3, 1, !targets.is_empty());
        may(2, 2, can_continue);
        may(1, 3, self.context.can_await);
        if ways.is_empty() {
            return None;
        }
        let text = match self.choices.weighted(&ways) {
            0 => self.return_now(),
            1 => {
                let at = *self.choices.one(&targets);
                self.leave_loop(at)
            }
            2 => {
                let loops: Vec<usize> = targets.into_iter().filter(|&at| self.context.loops[at].may_continue).collect();
                let at = *self.choices.one(&loops);
                self.seen(Form::Continue);
                let label = self.label_of(at);
                format!("continue{label};")
            }
            _ => {
                self.seen(Form::Panic);
                let text = self.shown().unwrap_or_else(|| self.label());
                format!("panic!({text});")
            }
        };
        self.scope.reachable = false;
        Some(text)
    }

    /// The loops and blocks that can be left from here.
    fn targets(&self) -> Vec<usize> {
        let can = |at: &usize| self.context.loops[*at].label.is_some() || self.is_innermost(*at);
        (0..self.context.loops.len()).filter(can).collect()
    }

    fn is_innermost(&self, at: usize) -> bool {
        at + 1 == self.context.loops.len() && !self.context.loops[at].is_block
    }

    fn label_of(&mut self, at: usize) -> String {
        let needed = !self.is_innermost(at) || self.context.loops[at].is_block;
        match self.context.loops[at].label.clone() {
            Some(label) if needed || self.choices.chance(40) => {
                self.seen(Form::LabelledBreak);
                format!(" {label}")
            }
            _ => String::new(),
        }
    }

    fn return_now(&mut self) -> String {
        let ty = self.context.returns.clone().expect("there is something to return");
        let base = self.scope.levels.last().map_or(0, |level| level.loops);
        let barrier = std::mem::replace(&mut self.scope.barrier, base);
        self.seen(Form::Return);
        let text = self.lines(1);
        let value = self.own_statement(|this| this.value(&ty)).text;
        self.scope.barrier = barrier;
        format!("{text}return {value};")
    }

    /// Statements, and the `break` that leaves this loop or block.
    pub(crate) fn leave_loop(&mut self, at: usize) -> String {
        let target = self.context.loops[at].clone();
        let barrier = std::mem::replace(&mut self.scope.barrier, 0);
        self.scope.barrier = barrier.min(target.loops);
        self.seen(Form::Break);
        let text = self.lines(1);
        let value = match &target.value {
            Some(ty) if *ty != Ty::Unit => self.own_statement(|this| this.value(ty)).text,
            _ => String::new(),
        };
        // A label must not follow at once.
        let value = match value.as_str() {
            "" => value,
            labelled if labelled.starts_with('\'') => format!(" ({value})"),
            _ => format!(" {value}"),
        };
        self.scope.barrier = barrier;
        let exit = self.scope.snapshot().cut(target.count);
        self.context.loops[at].exits.push(exit);
        let label = self.label_of(at);
        format!("{text}break{label}{value};")
    }

    /// At most so many statements.
    pub(crate) fn lines(&mut self, most: usize) -> String {
        let mut lines = String::new();
        self.several(most, 60, |this| lines += &this.statement());
        lines
    }

    /// A loop that gives no value.
    pub(crate) fn loop_statement(&mut self) -> String {
        match self.choices.below(6) {
            0 => self.for_range(),
            1 => self.for_owned(),
            2 => self.for_references(),
            3 => self.while_loop(),
            4 => self.while_let(),
            _ => {
                self.seen(Form::Loop);
                self.loop_value(&Ty::Unit).text + "\n"
            }
        }
    }

    /// The body of a loop; what the head binds is declared first.
    fn turns(&mut self, head: impl FnOnce(&mut Self) -> String) -> String {
        let label = self.choices.chance(65).then(|| self.fresh("'turn"));
        let (count, before) = (self.scope.variables.len(), self.scope.snapshot());
        let (text, exits) = self.inside(label.clone(), None, false, |this| {
            let head = head(this);
            let ended = this.scope.snapshot().cut(count);
            let body = this.branch(&Ty::Unit);
            this.scope.leave(count);
            this.scope.meet(&ended);
            format!("{head} {body}")
        });
        self.scope.meet(&before);
        for exit in &exits {
            self.scope.meet(exit);
        }
        format!("{}{text}\n", label.map_or(String::new(), |label| label + ": "))
    }

    fn for_range(&mut self) -> String {
        self.seen(Form::ForRange);
        let end = if self.is_deep() || self.choices.chance(70) {
            format!("{}usize", 1 + self.choices.below(2))
        } else {
            format!("{} % 3", self.own_statement(|this| this.value(&Ty::Num)).operand())
        };
        let name = self.new_name(&Ty::Num);
        self.turns(|this| {
            this.declare(&name, &Ty::Num, false, Vec::new());
            format!("for {name} in 0..{end}")
        })
    }

    fn for_owned(&mut self) -> String {
        self.seen(Form::ForOwned);
        let ty = if self.choices.chance(30) { Ty::Array(Box::new(Ty::Owned)) } else { Ty::list(Ty::Owned) };
        let list = self.own_statement(|this| this.value(&ty)).condition();
        self.turns(|this| {
            let pattern = this.binding(&Ty::Owned, &By::Value, true);
            this.bind(pattern.bindings);
            format!("for {} in {list}", pattern.text)
        })
    }

    fn for_references(&mut self) -> String {
        let unique = self.choices.chance(40);
        let usage = if unique { Use::Write } else { Use::Read };
        let places = self.places(&Ty::list(Ty::Owned), usage);
        if places.is_empty() {
            return self.for_owned();
        }
        self.seen(Form::ForReferences);
        let place = self.take_place(&places);
        let loans = self.loans(&place);
        let list = match (unique, self.choices.chance(50)) {
            (false, false) => format!("&{}", place.text),
            (false, true) => format!("{}.iter()", place.receiver),
            (true, false) => format!("&mut {}", place.text),
            (true, true) => format!("{}.iter_mut()", place.receiver),
        };
        let held = self.scope.held.len();
        self.scope.held.extend(&loans);
        let text = self.turns(|this| {
            let by = By::Ref { loans: Vec::new(), unique, is_place: false };
            let pattern = this.binding(&Ty::Owned, &by, true);
            this.bind(pattern.bindings);
            format!("for {} in {list}", pattern.text)
        });
        self.scope.held.truncate(held);
        text
    }

    /// `{ let mut count = 0; while count < 2 && .. { count += 1; .. } }`
    fn while_loop(&mut self) -> String {
        let (counter, count) = (self.fresh("count"), self.scope.variables.len());
        let id = self.declare(&counter, &Ty::Num, true, Vec::new());
        self.scope.variables[id.0].is_counter = true;
        self.seen(Form::While);
        let rounds = 1 + self.choices.below(2);
        let text = self.turns(|this| {
            let more = if this.choices.chance(60) {
                let loops = std::mem::take(&mut this.context.loops);
                let condition = this.own_expression(|this| this.value(&Ty::Bool));
                this.context.loops = loops;
                this.note_await(Form::AwaitInCondition, std::slice::from_ref(&condition));
                format!(" && {}", condition.operand())
            } else {
                String::new()
            };
            let more =
                if more.contains("Item {") || more.contains("Two {") { format!(" && ({})", &more[4..]) } else { more };
            let leave = if this.choices.chance(25) {
                this.leave_condition(&format!("{counter} <= {rounds}"))
            } else {
                String::new()
            };
            format!("while {{\n{counter} += 1;\n{leave}{counter} <= {rounds}\n}}{more}")
        });
        self.scope.leave(count);
        format!("let mut {counter} = 0usize;\n{text}")
    }

    /// `if .. { break 'turn; }` or `continue`, in the condition of a loop: with its label, which rustc asks for there; and
    /// only while there are more rounds.
    fn leave_condition(&mut self, more: &str) -> String {
        let at = self.context.loops.len() - 1;
        let Some(label) = self.context.loops[at].label.clone() else { return String::new() };
        self.seen(Form::LeavesCondition);
        let condition = self.aside(|this| {
            let loops = std::mem::take(&mut this.context.loops);
            let condition = this.own_expression(|this| this.value(&Ty::Bool));
            this.context.loops = loops;
            condition.condition()
        });
        let word = *self.choices.one(&["break", "continue"]);
        format!("if {more} && ({condition}) {{\n{word} {label};\n}}\n")
    }

    /// `while let Some(d) = list.pop() { .. }`
    fn while_let(&mut self) -> String {
        let places = self.places(&Ty::list(Ty::Owned), Use::Write);
        let places: Vec<Place> = places
            .into_iter()
            .filter(|place| {
                let holds = |loan: &Loan| loan.of == place.id;
                !self.scope.variables.iter().any(|variable| variable.loans.iter().any(holds))
            })
            .collect();
        self.seen(Form::WhileLet);
        let count = self.scope.variables.len();
        let (place, head) = if places.is_empty() {
            let (list, name) = (self.literal(&Ty::list(Ty::Owned)), self.fresh("list"));
            self.declare(&name, &Ty::list(Ty::Owned), true, Vec::new());
            // In a guard, nothing is changed.
            let Some(place) = self.places(&Ty::list(Ty::Owned), Use::Write).pop() else {
                self.scope.leave(count);
                return self.for_range();
            };
            (place, format!("let mut {name} = {};\n", list.text))
        } else {
            (self.take_place(&places), String::new())
        };
        let text = match self.choices.below(3) {
            1 if self.may_await() => format!("pop_later(&mut {}).await", place.text),
            2 if self.may_await() => {
                let label = self.label();
                format!("value({label}, {}.pop()).await", place.receiver)
            }
            _ => format!("{}.pop()", place.receiver),
        };
        let held = self.scope.held.len();
        self.scope.held.push(Loan { of: place.id, unique: false });
        let text = self.turns(|this| {
            let pattern = this.binding(&Ty::Owned, &By::Value, true);
            this.bind(pattern.bindings);
            format!("while let Some({}) = {text}", pattern.text)
        });
        self.scope.held.truncate(held);
        self.scope.leave(count);
        head + &text
    }
}
