//! References: to places, to temporaries, and handed on by functions.

use crate::expr::{Expr, Shape};
use crate::form::Form;
use crate::generator::{Generator, Operand};
use crate::scope::Use;
use crate::ty::Ty;

/// How a reference can be written.
#[derive(Clone, Copy)]
enum Way {
    Place,
    Variable,
    Temporary,
    Same,
    Lend,
    Branches,
    AsRef,
}

impl Generator<'_> {
    /// `&_`; without `temporaries`, only of what lives on.
    pub(crate) fn reference(&mut self, ty: &Ty, temporaries: bool) -> Expr {
        self.part(|this| this.reference_in(ty, temporaries))
    }

    fn reference_in(&mut self, ty: &Ty, temporaries: bool) -> Expr {
        let temporaries = temporaries && self.may_make_temporaries();
        let has_place = !self.places(ty, Use::Read).is_empty();
        let variables = self.variables(Use::Read, |own| *own == Ty::reference(ty.clone()));
        let mut ways = Vec::new();
        let mut may = |weight, way, can: bool| {
            if can {
                ways.push((weight, way))
            }
        };
        may(9, Way::Place, has_place);
        may(6, Way::Variable, !variables.is_empty());
        may(4, Way::Temporary, temporaries);
        let known = has_place || !variables.is_empty() || temporaries;
        let is_owned = *ty == Ty::Owned && known && !self.is_deep();
        may(1, Way::Same, is_owned);
        may(1, Way::Lend, is_owned && self.may_await());
        may(1, Way::Branches, is_owned && has_place);
        may(1, Way::AsRef, is_owned && temporaries && !self.places(&Ty::opt(Ty::Owned), Use::Read).is_empty());
        if ways.is_empty() {
            // Nothing lives long enough, and no temporary may be made.
            return Expr::atom(format!("kept({})", self.literal(ty).text));
        }
        match self.choices.weighted(&ways) {
            Way::Place => {
                let place = self.take_place(&self.places(ty, Use::Read));
                Expr::operator(format!("&{}", place.text)).borrowing(self.loans(&place)).into_atom()
            }
            Way::Variable => {
                let id = *self.choices.one(&variables);
                self.scope.mention(id, Use::Read, None);
                let variable = self.scope.get(id);
                Expr::atom(variable.name.clone()).borrowing(variable.loans.clone())
            }
            Way::Temporary => {
                let value = self.value(ty);
                self.temporary();
                Expr::atom(format!("&{}", value.operand()))
            }
            Way::Same => {
                let inner = self.reference(ty, temporaries);
                Expr::atom(format!("same({})", inner.text)).borrowing(inner.loans)
            }
            Way::Lend => {
                let inner = self.reference(ty, temporaries);
                self.seen(Form::BorrowAcross);
                Expr::atom(format!("lend({}).await", inner.text)).borrowing(inner.loans)
            }
            Way::Branches => {
                let condition = self.own_expression(|this| this.value(&Ty::Bool)).condition();
                let (one, two) = self.either(|this| this.reference(ty, false), |this| this.reference(ty, false));
                let mut loans = one.loans;
                loans.extend(two.loans);
                Expr::block(format!("if {condition} {{\n{}\n}} else {{\n{}\n}}", one.text, two.text)).borrowing(loans)
            }
            Way::AsRef => {
                let place = self.take_place(&self.places(&Ty::opt(Ty::Owned), Use::Read));
                let (loans, label) = (self.loans(&place), self.label());
                self.temporary();
                Expr::atom(format!("{}.as_ref().unwrap_or(&D({label}))", place.receiver)).borrowing(loans)
            }
        }
    }

    /// `&mut _`, of a place or of a temporary.
    pub(crate) fn unique(&mut self, ty: &Ty) -> Expr {
        self.part(|this| {
            let places = this.places(ty, Use::Write);
            if !places.is_empty() && (!this.may_make_temporaries() || this.choices.chance(80)) {
                let place = this.take_place(&places);
                return Expr::atom(format!("&mut {}", place.text)).borrowing(this.loans(&place));
            }
            if !this.may_make_temporaries() {
                return Expr::atom(format!("kept_mut({})", this.literal(ty).text));
            }
            let value = this.value(ty);
            this.temporary();
            // In braces, a variable is moved.
            Expr::atom(format!("&mut {{ {} }}", value.text))
        })
    }

    /// A call of the closure.
    pub(crate) fn call_closure(&mut self) -> Expr {
        let closures = self.closures();
        let id = *self.choices.one(&closures);
        let changes = matches!(self.scope.get(id).ty, Ty::Closure { changes: true } | Ty::Object { changes: true });
        let usage = if changes { Use::Write } else { Use::Read };
        let name = self.scope.get(id).name.clone();
        self.scope.mention(id, usage, None);
        let loans = self.scope.loans_of(id, usage == Use::Write);
        let held = self.scope.held.len();
        self.scope.held.extend(loans);
        let argument = self.operands(&[Operand::Value(Ty::Num)]);
        self.scope.held.truncate(held);
        self.note_await(Form::AwaitInArguments, &argument);
        Expr::atom(format!("{name}({})", argument[0].text))
    }

    pub(crate) fn closures(&self) -> Vec<crate::scope::Id> {
        let mut closures = self
            .variables(Use::Read, |ty| matches!(ty, Ty::Closure { changes: false } | Ty::Object { changes: false }));
        closures.extend(
            self.variables(Use::Write, |ty| matches!(ty, Ty::Closure { changes: true } | Ty::Object { changes: true })),
        );
        closures
    }

    /// Async blocks kept in variables, which are awaited where they were made.
    pub(crate) fn futures(&self) -> Vec<crate::scope::Id> {
        let all = self.variables(Use::Move, |ty| *ty == Ty::Future(Box::new(Ty::Num)));
        all.into_iter().filter(|id| self.may_await() && self.scope.get(*id).level == self.scope.levels.len()).collect()
    }

    pub(crate) fn await_future(&mut self) -> Expr {
        let futures = self.futures();
        let id = *self.choices.one(&futures);
        self.scope.mention(id, Use::Move, None);
        self.seen(Form::FutureKept);
        Expr::atom(format!("{}.await", self.scope.get(id).name))
    }
}

impl Expr {
    pub(crate) fn into_atom(self) -> Expr {
        Expr { shape: Shape::Atom, ..self }
    }
}
