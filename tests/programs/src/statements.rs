//! Statements.

use crate::form::Form;
use crate::generator::Generator;
use crate::patterns::By;
use crate::scope::{Capture, State, Use};
use crate::ty::Ty;

/// How a statement can be written: the lines of one or two of them.
type Way = fn(&mut Generator<'_>) -> String;

impl Generator<'_> {
    /// One statement, ended by a line break.
    pub(crate) fn statement(&mut self) -> String {
        if !self.scope.reachable {
            return String::new();
        }
        self.part(|this| {
            let ways = this.ways();
            let way = this.choices.weighted(&ways);
            let text = this.own_statement(way);
            if text.ends_with('\n') { text } else { text + "\n" }
        })
    }

    fn ways(&self) -> Vec<(usize, Way)> {
        let mut ways: Vec<(usize, Way)> = vec![(3, |this| this.expression_statement()), (8, |this| this.let_value())];
        if self.is_deep() {
            return ways;
        }
        ways.push((4, |this| this.let_reference()));
        ways.push((1, |this| this.let_deferred()));
        ways.push((1, |this| this.let_else()));
        let in_closure = !self.scope.levels.is_empty() && !self.context.can_await;
        ways.push((if in_closure { 12 } else { 3 }, |this| this.let_closure()));
        ways.push((5, |this| this.if_statement()));
        ways.push((2, |this| {
            let text = this.match_value(&Ty::Unit).text;
            format!("{text}\n")
        }));
        if self.context.loops.iter().filter(|target| !target.is_block).count() < 2 {
            ways.push((7, |this| this.loop_statement()));
        }
        if !self.context.loops.is_empty() {
            ways.push((8, |this| this.leave_if()));
        }
        ways.push((1, |this| this.branch(&Ty::Unit)));
        ways.push((1, |this| this.drop_statement()));
        ways.push((4, |this| this.destructuring_assignment()));
        if self.may_await() {
            ways.push((2, |this| this.let_future()));
            ways.push((3, |this| this.let_guard()));
        }
        let has = |usage, ty: &Ty| !self.places(ty, usage).is_empty();
        if !self.assignable().is_empty() {
            ways.push((5, |this| this.assignment()));
        }
        if has(Use::Write, &Ty::Num) {
            ways.push((3, |this| this.compound()));
        }
        if has(Use::Write, &Ty::Owned) {
            ways.push((4, |this| this.place_assignment()));
        }
        if has(Use::Write, &Ty::list(Ty::Owned)) {
            ways.push((5, |this| this.push()));
        }
        if self.may_await() && !self.moved_and_replaced().is_empty() {
            ways.push((if self.context.loops.is_empty() { 4 } else { 18 }, |this| this.move_and_replace()));
        }
        ways
    }

    fn expression_statement(&mut self) -> String {
        let ty = self.choices.one(&[Ty::Num, Ty::Num, Ty::Owned, Ty::Text]).clone();
        let value = self.value(&ty);
        // Natively, a variable that a block or a closure assigns to nothing is not captured.
        let is_name = value.text.chars().all(|letter| letter.is_alphanumeric() || "_.*[]".contains(letter));
        if is_name && !self.scope.levels.is_empty() {
            return format!("drop({});", value.text);
        }
        match self.choices.below(4) {
            0 => format!("let _ = {};", value.text),
            1 => format!("_ = {};", value.text),
            _ if value.text.starts_with('*') => format!("let _ = {};", value.text),
            _ => value.statement(),
        }
    }

    /// A type for a variable.
    fn some_type(&mut self) -> Ty {
        let (boxed, owned) = (Box::new, Ty::Owned);
        let kinds = [
            (6, Ty::Num),
            (6, Ty::Owned),
            (2, Ty::Bool),
            (3, Ty::opt(Ty::Owned)),
            (5, Ty::list(Ty::Owned)),
            (4, Ty::Item),
            (2, Ty::Text),
            (2, Ty::Pair(boxed(owned.clone()), boxed(Ty::Num))),
            (1, Ty::Shape),
            (6, Ty::Cell),
            (1, Ty::Res(boxed(Ty::Num))),
            (1, Ty::Array(boxed(owned.clone()))),
            (1, Ty::Boxed(boxed(owned.clone()))),
            (1, Ty::Pair(boxed(owned), boxed(Ty::Item))),
        ];
        let by_reference: Vec<(usize, &Ty)> = kinds.iter().map(|(weight, ty)| (*weight, ty)).collect();
        self.choices.weighted(&by_reference).clone()
    }

    fn let_value(&mut self) -> String {
        let ty = self.some_type();
        let value = self.value(&ty);
        if value.text.contains(".await") {
            self.seen(Form::AwaitInAssignment);
        }
        let pattern = self.irrefutable(&ty, &By::Value);
        let annotation = if self.choices.chance(20) { format!(": {}", ty.name()) } else { String::new() };
        self.bind(pattern.bindings);
        format!("let {}{annotation} = {};", pattern.text, value.text)
    }

    fn let_reference(&mut self) -> String {
        let ty = self.choices.one(&[Ty::Owned, Ty::Owned, Ty::Num, Ty::Item, Ty::list(Ty::Owned)]).clone();
        let unique = self.choices.chance(40);
        let places = self.places(&ty, if unique { Use::Write } else { Use::Read });
        let own = if unique { Ty::Mut(Box::new(ty.clone())) } else { Ty::reference(ty.clone()) };
        let sign = if unique { "&mut " } else { "&" };
        if places.is_empty() || self.choices.chance(15) {
            // The temporary lives as long as the variable.
            let value = self.literal(&ty);
            let name = self.new_name(&own);
            self.declare(&name, &own, false, Vec::new());
            return format!("let {name} = {sign}{};", value.operand());
        }
        if !unique && self.choices.chance(30) {
            let reference = self.reference(&ty, false);
            let name = self.new_name(&own);
            let mutable = self.choices.chance(30);
            self.declare(&name, &own, mutable, reference.loans);
            let word = if mutable { "mut " } else { "" };
            return format!("let {word}{name} = {};", reference.text);
        }
        let place = self.take_place(&places);
        let loans = self.loans(&place);
        let name = self.new_name(&own);
        self.declare(&name, &own, false, loans);
        format!("let {name} = {sign}{};", place.text)
    }

    /// `let x; if .. { x = ..; } else { x = ..; }`, or an assignment later on.
    fn let_deferred(&mut self) -> String {
        let ty = self.choices.one(&[Ty::Owned, Ty::Num, Ty::opt(Ty::Owned)]).clone();
        let name = self.fresh("later");
        self.seen(Form::DeferredLet);
        let mutable = self.choices.chance(30);
        let word = if mutable { "mut " } else { "" };
        let head = format!("let {word}{name}: {};\n", ty.name());
        let at_once = self.choices.chance(70);
        let condition =
            if at_once { self.own_expression(|this| this.value(&Ty::Bool)).condition() } else { String::new() };
        let id = self.scope.declare(name.clone(), ty.clone(), mutable, State::Unassigned, Vec::new());
        if !at_once {
            return head;
        }
        let otherwise = self.scope.snapshot();
        let assign = |this: &mut Self| {
            this.scope.variables[id.0].is_counter = true;
            let value = this.own_statement(|this| this.value(&ty));
            this.scope.variables[id.0].is_counter = false;
            this.scope.assigned(id, Vec::new());
            format!("{{\n{name} = {};\n}}", value.text)
        };
        let one = assign(self);
        let after = self.scope.snapshot();
        self.scope.restore(&otherwise);
        let leaving = if self.choices.chance(30) { self.leaving() } else { None };
        let two = leaving.unwrap_or_else(|| assign(self));
        self.scope.meet(&after);
        format!("{head}if {condition} {one} else {two}\n")
    }

    fn let_else(&mut self) -> String {
        let ty = self.choices.one(&[Ty::opt(Ty::Owned), Ty::Res(Box::new(Ty::Num)), Ty::Shape]).clone();
        let value = self.value(&ty);
        let before = self.scope.snapshot();
        let Some(leaving) = self.leaving() else { return format!("let _ = {};", value.text) };
        self.scope.restore(&before);
        let arms = self.arms(&ty, &By::Value);
        let at = if ty == Ty::Shape { arms.len() - 1 } else { 0 };
        let pattern = arms.into_iter().nth(at).expect("there is one at each index");
        self.bind(pattern.bindings);
        self.seen(Form::LetElse);
        // A brace must not end what comes before `else`.
        let value = if value.text.ends_with('}') { format!("({})", value.text) } else { value.text };
        format!("let {} = {value} else {leaving};", pattern.text)
    }

    fn let_closure(&mut self) -> String {
        let capture = match self.choices.below(3) {
            0 => Capture::Shared,
            1 => Capture::Unique,
            _ => Capture::Moves { once: false },
        };
        let parameter = self.fresh("k");
        let (body, loans) = self.in_level(capture, |this| {
            this.declare(&parameter, &Ty::Num, false, Vec::new());
            this.branch(&Ty::Num)
        });
        // What changes what it took may be called by `&mut` only; to be sure, it is never called otherwise.
        let changes = capture != Capture::Shared;
        self.seen(match capture {
            Capture::Shared => Form::Closure,
            Capture::Unique => Form::ClosureChanges,
            _ => Form::ClosureMoves,
        });
        if !self.scope.levels.is_empty() && !self.context.can_await {
            self.seen(Form::ClosureInClosure);
        }
        let name = self.fresh("call");
        let (word, moves) =
            (if changes { "mut " } else { "" }, if capture == (Capture::Moves { once: false }) { "move " } else { "" });
        let closure = format!("{moves}|{parameter}: usize| {body}");
        match self.choices.below(5) {
            0..=2 => {
                self.declare(&name, &Ty::Closure { changes }, changes, loans);
                format!("let {word}{name} = {closure};")
            }
            3 if !changes => {
                self.seen(Form::Object);
                self.declare(&name, &Ty::Closure { changes }, false, loans);
                format!("let {name}: &dyn Fn(usize) -> usize = &{closure};")
            }
            _ => {
                self.seen(Form::Object);
                self.declare(&name, &Ty::Object { changes }, changes, loans);
                let kind = if changes { "FnMut" } else { "Fn" };
                format!("let {word}{name}: Box<dyn {kind}(usize) -> usize + '_> = Box::new({closure});")
            }
        }
    }

    fn let_future(&mut self) -> String {
        let block = self.async_block(&Ty::Num);
        let name = self.fresh("future");
        self.declare(&name, &Ty::Future(Box::new(Ty::Num)), false, block.loans);
        format!("let {name} = {};", block.text)
    }

    fn let_guard(&mut self) -> String {
        let locks = self.places(&Ty::Lock, Use::Write);
        let Some(lock) = locks.into_iter().find(|place| place.usage == Use::Write && place.field.is_none()) else {
            let value = self.value(&Ty::Lock);
            let name = self.fresh("lock");
            self.declare(&name, &Ty::Lock, true, Vec::new());
            return format!("let mut {name} = {};", value.text);
        };
        // Two guards of one lock would panic: it is borrowed as if by `&mut`.
        self.scope.mention(lock.id, lock.usage, lock.field);
        let loans = self.loans(&lock);
        self.seen(Form::MutexGuard);
        let name = self.fresh("guard");
        self.declare(&name, &Ty::Guard, true, loans);
        let call = if self.choices.chance(70) { "lock().await" } else { "guard()" };
        format!("let mut {name} = {}.{call};", lock.receiver)
    }

    fn if_statement(&mut self) -> String {
        self.seen(Form::If);
        let count = self.scope.variables.len();
        let (condition, otherwise) = self.condition();
        let leaving = if self.choices.chance(25) { self.leaving() } else { None };
        let then = leaving.unwrap_or_else(|| self.branch(&Ty::Unit));
        self.scope.leave(count);
        let after = self.scope.snapshot();
        self.scope.restore(&otherwise);
        let other = match self.choices.below(3) {
            0 => String::new(),
            1 => format!(" else {}", self.branch(&Ty::Unit)),
            _ if self.is_deep() => String::new(),
            _ => format!(" else {}", self.part(|this| this.if_statement())),
        };
        self.scope.meet(&after);
        format!("if {condition} {then}{}\n", other.trim_end())
    }

    /// `if .. { break }` and the like.
    fn leave_if(&mut self) -> String {
        let count = self.scope.variables.len();
        let (condition, otherwise) = self.condition();
        let leaving = self.leaving();
        self.scope.leave(count);
        self.scope.restore(&otherwise);
        leaving.map_or(String::new(), |leaving| format!("if {condition} {leaving}\n"))
    }

    fn drop_statement(&mut self) -> String {
        let futures = self.variables(Use::Move, Ty::holds_on);
        let own = futures.into_iter().find(|id| self.scope.get(*id).level == self.scope.levels.len());
        if let Some(id) = own.filter(|_| self.choices.chance(50)) {
            self.scope.mention(id, Use::Move, None);
            return format!("drop({});", self.scope.get(id).name);
        }
        let ty = self.choices.one(&[Ty::Owned, Ty::Item, Ty::list(Ty::Owned), Ty::opt(Ty::Owned)]).clone();
        self.call("drop", &[crate::generator::Operand::Value(ty)]).statement()
    }

    fn assignable(&self) -> Vec<crate::scope::Id> {
        let is_plain = |ty: &Ty| {
            !matches!(
                ty,
                Ty::Future(_) | Ty::Closure { .. } | Ty::Object { .. } | Ty::Guard | Ty::Mut(_) | Ty::Named | Ty::Lock
            )
        };
        let visible = self.scope.visible().into_iter();
        visible.filter(|&id| is_plain(&self.scope.get(id).ty) && self.scope.can_assign(id)).collect()
    }

    fn assignment(&mut self) -> String {
        let assignable = self.assignable();
        let id = *self.choices.one(&assignable);
        let (name, ty) = (self.scope.get(id).name.clone(), self.scope.get(id).ty.clone());
        let value = if let Ty::Ref(inner) = &ty { self.reference(inner, false) } else { self.value(&ty) };
        // The value may have used up what the assignment needs.
        if !self.scope.can_assign(id) {
            return value.statement();
        }
        self.seen(Form::Reassigned);
        self.note_await(Form::AwaitInAssignment, std::slice::from_ref(&value));
        self.scope.assigned(id, value.loans.clone());
        format!("{name} = {};", value.text)
    }

    fn compound(&mut self) -> String {
        let value = self.value(&Ty::Num);
        let places = self.places(&Ty::Num, Use::Write);
        if places.is_empty() {
            return value.statement();
        }
        let place = self.take_place(&places);
        self.seen(Form::CompoundAssignment);
        self.note_await(Form::AwaitInAssignment, std::slice::from_ref(&value));
        if place.text.starts_with('*') {
            self.seen(Form::Deref);
        }
        let operator = *self.choices.one(&["+=", "=", "|=", "^="]);
        format!("{} {operator} {};", place.text, value.text)
    }

    /// A part, an element, or what a reference leads to.
    fn place_assignment(&mut self) -> String {
        let value = self.value(&Ty::Owned);
        let places = self.places(&Ty::Owned, Use::Write);
        if places.is_empty() {
            return value.statement();
        }
        let place = self.take_place(&places);
        self.seen(if place.field.is_some() { Form::FieldAssignment } else { Form::ElementAssignment });
        if place.text.starts_with('*') {
            self.seen(Form::Deref);
        }
        match self.choices.below(3) {
            0 => format!("{} = {};", place.text, value.text),
            _ if self.scope.get(place.id).ty == Ty::Named => format!("{} = {};", place.text, value.text),
            1 => {
                let label = self.label();
                format!("{} = {};\n{}.rename({label});", place.text, value.text, place.receiver)
            }
            _ => {
                let new = self.fresh("new");
                format!("let {new} = {};\ndrop(std::mem::replace(&mut {}, {new}));", value.text, place.text)
            }
        }
    }

    fn push(&mut self) -> String {
        let places = self.places(&Ty::list(Ty::Owned), Use::Write);
        let place = self.choices.one(&places).clone();
        let held = self.scope.held.len();
        let loans = self.scope.loans_of(place.id, false);
        self.scope.held.extend(loans);
        let value = self.value(&Ty::Owned);
        self.scope.held.truncate(held);
        if !self.scope.can(place.id, place.usage, place.field) {
            return value.statement();
        }
        self.scope.mention(place.id, place.usage, place.field);
        self.note_await(Form::AwaitInArguments, std::slice::from_ref(&value));
        format!("{}.push({});", place.receiver, value.text)
    }

    fn destructuring_assignment(&mut self) -> String {
        let ids: Vec<_> = self.assignable().into_iter().filter(|id| self.scope.get(*id).ty == Ty::Owned).collect();
        let nums: Vec<_> = self.assignable().into_iter().filter(|id| self.scope.get(*id).ty == Ty::Num).collect();
        let (Some(&d), Some(&n)) = (ids.first(), nums.first()) else { return self.let_assigned() };
        let value = self.value(&Ty::Pair(Box::new(Ty::Owned), Box::new(Ty::Num)));
        if !self.scope.can_assign(d) || !self.scope.can_assign(n) {
            return format!("let _ = {};", value.text);
        }
        self.scope.assigned(d, Vec::new());
        self.scope.assigned(n, Vec::new());
        self.seen(Form::DestructuringAssignment);
        format!("({}, {}) = {};", self.scope.get(d).name, self.scope.get(n).name, value.text)
    }

    /// Two variables for such an assignment.
    fn let_assigned(&mut self) -> String {
        let value = self.literal(&Ty::Pair(Box::new(Ty::Owned), Box::new(Ty::Num)));
        let (d, n) = (self.fresh("d"), self.fresh("n"));
        self.declare(&d, &Ty::Owned, true, Vec::new());
        self.declare(&n, &Ty::Num, true, Vec::new());
        format!("let (mut {d}, mut {n}) = {};\n", value.text)
    }

    fn moved_and_replaced(&self) -> Vec<crate::scope::Id> {
        let all = self.scope.visible().into_iter();
        all.filter(|&id| {
            let variable = self.scope.get(id);
            variable.ty == Ty::Owned
                && variable.state == State::FULL
                && self.scope.can_assign(id)
                && variable.level == self.scope.levels.len()
        })
        .collect()
    }

    /// Moved and given a new value at once, which may be done in each round of a loop.
    fn move_and_replace(&mut self) -> String {
        let all = self.moved_and_replaced();
        let id = *self.choices.one(&all);
        let name = self.scope.get(id).name.clone();
        if self.scope.get(id).loops < self.scope.loops {
            self.seen(Form::MovedInLoop);
        }
        let taken = match self.choices.below(3) {
            0 => format!("drop({name});"),
            1 => format!("consume({name}).await;"),
            _ => format!("{name}.finish().await;"),
        };
        let label = self.label();
        let value = if self.choices.chance(50) { format!("fetch({label}).await") } else { format!("D({label})") };
        self.scope.assigned(id, Vec::new());
        format!("{taken}\n{name} = {value};")
    }
}
