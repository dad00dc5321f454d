//! Values of each type.

use crate::expr::{Expr, Shape};
use crate::form::Form;
use crate::generator::{Generator, Operand};
use crate::scope::{Id, Use};
use crate::ty::Ty;

/// How a value of a type can be written.
pub(crate) type Production = (usize, fn(&mut Generator<'_>, &Ty) -> Expr);

impl Generator<'_> {
    /// A value of the type, which is owned.
    pub(crate) fn value(&mut self, ty: &Ty) -> Expr {
        self.part(|this| {
            let productions = this.productions(ty);
            this.context.inside += 1;
            let value = this.choices.weighted(&productions)(this, ty);
            this.context.inside -= 1;
            value
        })
    }

    fn productions(&self, ty: &Ty) -> Vec<Production> {
        let mut all: Vec<Production> = vec![(3, |this, ty| this.literal(ty))];
        if !self.places(ty, Use::Move).is_empty() {
            all.push((if ty.is_copy() { 10 } else { 6 }, |this, ty| this.place_value(ty)));
        }
        if self.is_deep() {
            return all;
        }
        match ty {
            Ty::Num => self.numbers(&mut all),
            Ty::Bool => self.conditions(&mut all),
            Ty::Owned => self.owned(&mut all),
            Ty::Text => self.texts(&mut all),
            Ty::Opt(inner) if **inner == Ty::Owned => self.options_of_owned(&mut all),
            Ty::Opt(_) => all.push((2, |this, ty| this.option(ty))),
            Ty::Res(_) => self.results(&mut all),
            Ty::Cell if !self.places(&Ty::Cell, Use::Read).is_empty() => all.push((6, |this, _| this.shared_cell())),
            Ty::List(_) => all.push((2, |this, ty| this.list(ty))),
            _ => {}
        }
        self.of_any_type(ty, &mut all);
        all
    }

    /// The simplest value there is.
    pub(crate) fn literal(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::Num => Expr::atom(format!("{}usize", self.choices.below(4))),
            Ty::Bool => Expr::atom(if self.choices.chance(50) { "true" } else { "false" }),
            Ty::Owned => {
                let label = self.label();
                Expr::atom(format!("D({label})"))
            }
            Ty::Text => {
                let label = self.label();
                Expr::atom(format!("String::from({label})"))
            }
            Ty::Unit => Expr::atom("()"),
            Ty::Item => self.item(),
            Ty::Shape => self.shape(),
            Ty::Opt(inner) if self.is_deep() && self.choices.chance(40) => {
                Expr::atom(format!("None::<{}>", inner.name()))
            }
            Ty::Opt(inner) => self.call("Some", &[Operand::Value((**inner).clone())]),
            Ty::Res(inner) => {
                self.call(&format!("Ok::<{}, String>", inner.name()), &[Operand::Value((**inner).clone())])
            }
            Ty::Pair(left, right) => self.tuple(left, right),
            Ty::List(inner) | Ty::Array(inner) => self.elements(ty, inner),
            Ty::Boxed(inner) => self.call("Box::new", &[Operand::Value((**inner).clone())]),
            Ty::Ref(inner) => self.reference(&inner.clone(), false),
            Ty::Lock => self.call("Mutex::new", &[Operand::Value(Ty::Num)]),
            Ty::Cell => {
                let value = self.operands(&[Operand::Value(Ty::Owned)]);
                Expr::atom(format!("std::rc::Rc::new(std::cell::RefCell::new({}))", value[0].text))
            }
            Ty::Mut(_) | Ty::Future(_) | Ty::Closure { .. } | Ty::Object { .. } | Ty::Guard | Ty::Named => {
                unreachable!("no value of this type is asked for")
            }
        }
    }

    fn tuple(&mut self, left: &Ty, right: &Ty) -> Expr {
        let both = self.operands(&[Operand::Value(left.clone()), Operand::Value(right.clone())]);
        self.note_await(Form::AwaitInTuple, &both);
        Expr::atom(format!("({}, {})", both[0].text, both[1].text))
    }

    fn elements(&mut self, ty: &Ty, inner: &Ty) -> Expr {
        let count = if matches!(ty, Ty::Array(_)) { 2 } else { 1 + self.choices.below(2) };
        let elements = self.operands(&vec![Operand::Value(inner.clone()); count]);
        self.note_await(Form::AwaitInArray, &elements);
        let texts: Vec<&str> = elements.iter().map(|element| element.text.as_str()).collect();
        let bang = if matches!(ty, Ty::Array(_)) { "" } else { "vec!" };
        Expr::atom(format!("{bang}[{}]", texts.join(", ")))
    }

    /// A struct literal, its fields in any order.
    fn item(&mut self) -> Expr {
        let (d, n) = (Operand::Value(Ty::Owned), Operand::Value(Ty::Num));
        let fields = if self.choices.chance(40) {
            let [n, d] = <[Expr; 2]>::try_from(self.operands(&[n, d])).expect("there are two");
            self.note_await(Form::AwaitInLiteral, &[n.clone(), d.clone()]);
            format!("n: {}, d: {}", n.text, d.text)
        } else {
            let [d, n] = <[Expr; 2]>::try_from(self.operands(&[d, n])).expect("there are two");
            self.note_await(Form::AwaitInLiteral, &[n.clone(), d.clone()]);
            format!("d: {}, n: {}", d.text, n.text)
        };
        Expr::atom(format!("Item {{ {fields} }}"))
    }

    fn shape(&mut self) -> Expr {
        match self.choices.below(3) {
            0 => Expr::atom("Shape::Empty"),
            1 => self.call("Shape::One", &[Operand::Value(Ty::Owned)]),
            _ => {
                let item = self.item();
                Expr::atom(format!("Shape::Two {}", item.text.trim_start_matches("Item ")))
            }
        }
    }

    /// A variable, or a part of one: copied or moved.
    fn place_value(&mut self, ty: &Ty) -> Expr {
        let places = self.places(ty, Use::Move);
        // Moving a part is often more than the macro can do: seldom.
        let whole: Vec<_> = places.iter().filter(|place| place.field.is_none() || ty.is_copy()).cloned().collect();
        let places = if whole.is_empty() || self.choices.chance(10) { places } else { whole };
        let place = self.choices.one(&places).clone();
        if place.usage == Use::Move && place.field.is_some() {
            if self.scope.get(place.id).is_argument || self.choices.chance(60) {
                return self.literal(ty);
            }
            self.seen(Form::PartialMove);
        }
        if place.usage == Use::Move {
            self.seen(Form::Moved);
        }
        let loans = self.scope.get(place.id).loans.clone();
        self.scope.mention(place.id, place.usage, place.field);
        let shape = if place.text.starts_with('*') { Shape::Operator } else { Shape::Atom };
        Expr { text: place.text, shape, loans: if matches!(ty, Ty::Ref(_)) { loans } else { Vec::new() } }
    }

    pub(crate) fn note_await(&mut self, form: Form, operands: &[Expr]) {
        if operands.iter().any(|operand| operand.text.contains(".await")) {
            self.seen(form);
        }
    }

    fn owned(&self, all: &mut Vec<Production>) {
        self.owned_of_cells(all);
        all.push((1, |this, _| this.call("keep", &[Operand::Value(Ty::Owned), Operand::Value(Ty::Num)])));
        all.push((1, |this, _| this.call("later_of", &[Operand::Value(Ty::Owned), Operand::Value(Ty::Owned)])));
        if self.may_await() {
            all.push((3, |this, _| {
                let label = this.label();
                Expr::atom(format!("fetch({label}).await"))
            }));
            all.push((1, |this, _| {
                this.call("keep_later.await", &[Operand::Value(Ty::Owned), Operand::Value(Ty::Num)])
            }));
        }
        if !self.places(&Ty::Owned, Use::Read).is_empty() {
            all.push((2, |this, _| {
                let place = this.take_place(&this.places(&Ty::Owned, Use::Read));
                Expr::atom(format!("{}.twin()", place.receiver))
            }));
        }
        if !self.places(&Ty::Owned, Use::Write).is_empty() {
            all.push((1, |this, _| {
                this.seen(Form::Reassigned);
                this.call("std::mem::replace", &[Operand::Mut(Ty::Owned), Operand::Value(Ty::Owned)])
            }));
        }
        all.push((1, |this, _| {
            let option = this.value(&Ty::opt(Ty::Owned));
            let label = this.label();
            Expr::atom(format!("{}.unwrap_or_else(|| D({label}))", option.operand()))
        }));
    }

    fn texts(&self, all: &mut Vec<Production>) {
        if self.may_await() {
            all.push((2, |this, _| this.call("show.await", &[Operand::Ref(Ty::Owned)])));
        }
        all.push((2, |this, _| this.formatted()));
        if !self.shown_variables().is_empty() {
            all.push((2, |this, _| {
                let shown = this.shown().expect("there is a variable");
                Expr::atom(format!("format!({shown})"))
            }));
        }
    }

    /// What a format string can show by name.
    fn shown_variables(&self) -> Vec<Id> {
        self.variables(Use::Read, |ty| matches!(ty, Ty::Num | Ty::Owned | Ty::Text))
    }

    /// A format string that shows a variable, if there is one.
    pub(crate) fn shown(&mut self) -> Option<String> {
        let shown = self.shown_variables();
        if shown.is_empty() {
            return None;
        }
        let id = *self.choices.one(&shown);
        self.scope.mention(id, Use::Read, None);
        self.seen(Form::Macro);
        Some(format!("\"<{{{}}}>\"", self.scope.get(id).name))
    }

    pub(crate) fn formatted(&mut self) -> Expr {
        let held = self.scope.held.len();
        let mut arguments = Vec::new();
        for ty in [Ty::Num, Ty::Owned] {
            // A macro borrows what it is given.
            let argument = if self.choices.chance(50) { self.borrowed(&ty) } else { self.value(&Ty::Num) };
            self.scope.held.extend(&argument.loans);
            arguments.push(argument);
        }
        self.scope.held.truncate(held);
        self.note_await(Form::AwaitInFormat, &arguments);
        self.seen(Form::Macro);
        Expr::atom(format!("format!(\"{{}}-{{}}\", {}, {})", arguments[0].text, arguments[1].text))
    }

    /// What a formatting macro is given: a place, or a reference.
    fn borrowed(&mut self, ty: &Ty) -> Expr {
        let places = self.places(ty, Use::Read);
        if places.is_empty() {
            return self.reference(&Ty::Owned, true);
        }
        let place = self.take_place(&places);
        Expr::atom(place.text.clone()).borrowing(self.loans(&place))
    }

    fn options_of_owned(&self, all: &mut Vec<Production>) {
        all.push((2, |this, ty| this.option(ty)));
        all.push((1, |this, _| {
            let option = this.value(&Ty::opt(Ty::Owned));
            let condition = this.label();
            Expr::atom(format!("{}.filter(|d| {{ tick({condition}); d.name().len() > 1 }})", option.operand()))
        }));
        if !self.places(&Ty::list(Ty::Owned), Use::Write).is_empty() {
            all.push((2, |this, _| {
                let place = this.take_place(&this.places(&Ty::list(Ty::Owned), Use::Write));
                Expr::atom(format!("{}.pop()", place.receiver))
            }));
        }
        if self.may_await() {
            all.push((1, |this, _| this.call("pop_later.await", &[Operand::Mut(Ty::list(Ty::Owned))])));
        }
    }

    fn option(&mut self, ty: &Ty) -> Expr {
        let Ty::Opt(inner) = ty else { unreachable!("asked for an option") };
        let places = self.places(ty, Use::Write);
        if !places.is_empty() && !inner.is_copy() && self.choices.chance(40) {
            let place = self.take_place(&places);
            return Expr::atom(format!("{}.take()", place.receiver));
        }
        match self.choices.below(4) {
            0 => self.call("Some", &[Operand::Value((**inner).clone())]),
            1 => Expr::atom(format!("None::<{}>", inner.name())),
            _ if !self.may_await() => self.call("Some", &[Operand::Value((**inner).clone())]),
            2 => {
                let label = self.label();
                Expr::atom(format!("missing::<{}>({label}).await", inner.name()))
            }
            _ => {
                let label = self.label();
                let value = self.value(inner);
                Expr::atom(format!("some({label}, {}).await", value.text))
            }
        }
    }

    fn results(&self, all: &mut Vec<Production>) {
        all.push((1, |this, ty| {
            let Ty::Res(inner) = ty else { unreachable!("asked for a result") };
            let error = this.value(&Ty::Text);
            Expr::atom(format!("Err::<{}, String>({})", inner.name(), error.text))
        }));
        all.push((2, |this, ty| {
            let Ty::Res(inner) = ty else { unreachable!("asked for a result") };
            this.call("checked", &[Operand::Value((**inner).clone()), Operand::Value(Ty::Num)])
        }));
        if self.may_await() {
            all.push((2, |this, ty| {
                let Ty::Res(inner) = ty else { unreachable!("asked for a result") };
                this.call("checked_later.await", &[Operand::Value(Ty::Num), Operand::Value((**inner).clone())])
            }));
        }
    }

    fn list(&mut self, ty: &Ty) -> Expr {
        let Ty::List(inner) = ty else { unreachable!("asked for a list") };
        let places = self.places(ty, Use::Write);
        if !places.is_empty() && self.choices.chance(50) {
            let place = self.take_place(&places);
            return Expr::atom(format!("std::mem::take(&mut {})", place.text));
        }
        self.elements(ty, inner)
    }
}
