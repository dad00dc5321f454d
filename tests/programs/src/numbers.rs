//! Numbers and conditions: what most expressions come down to.

use crate::Known;
use crate::expr::Expr;
use crate::form::Form;
use crate::generator::{Generator, Held, Operand};
use crate::scope::Use;
use crate::ty::Ty;
use crate::values::Production;

impl Generator<'_> {
    pub(crate) fn numbers(&self, all: &mut Vec<Production>) {
        all.push((5, |this, _| {
            let operator = *this.choices.one(&["+", "*", "|", "^"]);
            this.binary(operator)
        }));
        all.push((2, |this, _| {
            let text = this.reference(&Ty::Owned, true);
            Expr::atom(format!("{}.name().len()", parenthesized_reference(&text.text)))
        }));
        all.push((2, |this, _| this.call("len", &[Operand::Ref(Ty::Owned)])));
        all.push((1, |this, _| this.call("weigh", &[Operand::Ref(Ty::Owned), Operand::Value(Ty::Num)])));
        all.push((1, |this, _| this.call("both", &[Operand::Ref(Ty::Owned), Operand::Ref(Ty::Owned)])));
        all.push((1, |this, _| this.call("weigh_owned", &[Operand::Value(Ty::Owned), Operand::Value(Ty::Num)])));
        all.push((1, |this, _| this.call("count", &[Operand::Ref(Ty::list(Ty::Owned))])));
        all.push((1, |this, _| this.call("Item::weight", &[Operand::Ref(Ty::Item)])));
        all.push((1, |this, _| this.call("std::cmp::max", &[Operand::Value(Ty::Num), Operand::Value(Ty::Num)])));
        all.push((2, |this, _| this.indexed()));
        if self.may_make_temporaries() {
            all.push((1, |this, _| {
                let pair = this.value(&Ty::Pair(Box::new(Ty::Num), Box::new(Ty::Owned)));
                this.temporary();
                Expr::atom(format!("{}.0", pair.operand()))
            }));
        }
        all.push((1, |this, _| this.map_or()));
        all.push((1, |this, _| {
            let text = this.formatted();
            Expr::atom(format!("{}.len()", text.text))
        }));
        all.push((1, |this, _| {
            let operands = this.operands(&[Operand::Value(Ty::Num), Operand::Value(Ty::Num)]);
            this.note_await(Form::AwaitInReceiver, &operands[..1]);
            Expr::atom(format!("{}.wrapping_sub({}) % 8", operands[0].operand(), operands[1].text)).into_operator()
        }));
        self.numbers_of_cells(all);
        if self.may_await() {
            self.awaited_numbers(all);
            all.push((1, |this, _| this.joined()));
            all.push((1, |this, _| this.selected()));
        }
        if !self.places(&Ty::Num, Use::Write).is_empty() {
            all.push((1, |this, _| {
                let places = this.places(&Ty::Num, Use::Write);
                let place = this.take_place(&places);
                this.seen(Form::CompoundAssignment);
                Expr::block(format!("{{\n{} += 1;\n{}\n}}", place.text, place.text))
            }));
        }
        if !self.places(&Ty::Named, Use::Read).is_empty() {
            all.push((3, |this, _| {
                let place = this.take_place(&this.places(&Ty::Named, Use::Read));
                Expr::atom(format!("{}.label_len()", place.receiver))
            }));
        }
        if !self.closures().is_empty() {
            all.push((4, |this, _| this.call_closure()));
        }
        if !self.futures().is_empty() {
            all.push((8, |this, _| this.await_future()));
        }
    }

    fn awaited_numbers(&self, all: &mut Vec<Production>) {
        all.push((3, |this, _| this.call("measure.await", &[Operand::Ref(Ty::Owned)])));
        all.push((2, |this, _| this.call("consume.await", &[Operand::Value(Ty::Owned)])));
        all.push((2, |this, _| this.call("weigh_later.await", &[Operand::Value(Ty::Num), Operand::Ref(Ty::Owned)])));
        all.push((1, |this, _| this.call("grow_by.await", &[Operand::Mut(Ty::Owned), Operand::Value(Ty::Num)])));
        all.push((2, |this, _| this.call("add_later.await", &[Operand::Ref(Ty::Num), Operand::Value(Ty::Num)])));
        all.push((1, |this, _| this.call("count_up.await", &[Operand::Mut(Ty::Num), Operand::Value(Ty::Num)])));
        all.push((1, |this, _| this.call("both_later.await", &[Operand::Ref(Ty::Owned), Operand::Ref(Ty::Owned)])));
        all.push((1, |this, _| {
            this.call("send.await", &[Operand::Value(Ty::Owned), Operand::Value(Ty::Num), Operand::Ref(Ty::Owned)])
        }));
        all.push((2, |this, _| {
            let receiver = this.reference(&Ty::Owned, true);
            Expr::atom(format!("{}.peek().await", parenthesized_reference(&receiver.text)))
        }));
        all.push((1, |this, _| {
            let receiver = this.value(&Ty::Owned);
            this.note_await(Form::AwaitInReceiver, std::slice::from_ref(&receiver));
            Expr::atom(format!("{}.finish().await", receiver.operand()))
        }));
        all.push((1, |this, _| {
            let label = this.label();
            Expr::atom(format!("deferred({label}).await"))
        }));
        if !self.places(&Ty::Owned, Use::Write).is_empty() {
            all.push((2, |this, _| {
                let place = this.take_place(&this.places(&Ty::Owned, Use::Write));
                this.seen(Form::BorrowMutAcross);
                Expr::atom(format!("{}.extend().await", place.receiver))
            }));
        }
        self.awaited_methods(all);
        all.push((1, |this, _| {
            let list = this.operands(&[Operand::Ref(Ty::Owned), Operand::Ref(Ty::Owned)]);
            this.note_await(Form::AwaitInArray, &list);
            Expr::atom(format!("sum_later(&[{}, {}]).await", list[0].text, list[1].text))
        }));
    }

    /// Methods of what there is a place of.
    fn awaited_methods(&self, all: &mut Vec<Production>) {
        if !self.places(&Ty::Item, Use::Read).is_empty() {
            all.push((2, |this, _| {
                let place = this.take_place(&this.places(&Ty::Item, Use::Read));
                this.seen(Form::BorrowAcross);
                Expr::atom(format!("{}.weight_later().await", place.receiver))
            }));
        }
        if !self.places(&Ty::Item, Use::Write).is_empty() {
            all.push((1, |this, _| {
                let place = this.take_place(&this.places(&Ty::Item, Use::Write));
                let number = this.literal(&Ty::Num);
                this.seen(Form::BorrowMutAcross);
                Expr::atom(format!("{}.add({}).await", place.receiver, number.text))
            }));
        }
        if !self.places(&Ty::Named, Use::Read).is_empty() {
            all.push((3, |this, _| {
                let place = this.take_place(&this.places(&Ty::Named, Use::Read));
                Expr::atom(format!("{}.label_later().await", place.receiver))
            }));
        }
        if !self.places(&Ty::Named, Use::Move).is_empty() {
            all.push((3, |this, _| {
                let place = this.take_place(&this.places(&Ty::Named, Use::Move));
                this.seen(Form::Moved);
                Expr::atom(format!("{}.spend().await", place.receiver))
            }));
        }
    }

    fn binary(&mut self, operator: &str) -> Expr {
        let operands = self.operands(&[Operand::Value(Ty::Num), Operand::Value(Ty::Num)]);
        self.note_await(Form::AwaitInBinary, &operands);
        let text = format!("{} {operator} {}", operands[0].operand(), operands[1].operand());
        // Products grow quickly.
        if operator == "*" { Expr::operator(format!("({text}) % 16")) } else { Expr::operator(text) }
    }

    fn indexed(&mut self) -> Expr {
        let array = self.operands(&[Operand::Value(Ty::Num), Operand::Value(Ty::Num)]);
        let index = self.value(&Ty::Num);
        self.note_await(Form::AwaitInIndex, std::slice::from_ref(&index));
        Expr::atom(format!("[{}, {}][{} % 2]", array[0].text, array[1].text, index.operand()))
    }

    fn map_or(&mut self) -> Expr {
        let option = self.value(&Ty::opt(Ty::Owned));
        let held = self.context.held;
        if self.leaves_out(Known::Operands) && held != Held::NoTemporaries {
            // What it is taken from waits, as a receiver does: beside other operands too.
            self.context.held = Held::NoAwaits;
        }
        let operands = [option, self.value(&Ty::Num)];
        self.context.held = held;
        self.note_await(Form::AwaitInReceiver, &operands[..1]);
        let label = self.label();
        let closure = format!("|d| {{ tick({label}); d.name().len() }}");
        Expr::atom(format!("{}.map_or({}, {closure})", operands[0].operand(), operands[1].text))
    }

    /// What looks at a value, which then is dropped with the statement.
    fn conditions_on_values(&self, all: &mut Vec<Production>) {
        all.push((1, |this, _| {
            let option = this.value(&Ty::opt(Ty::Owned));
            this.temporary();
            Expr::atom(format!("{}.is_some()", option.operand()))
        }));
        all.push((1, |this, _| {
            let shape = this.value(&Ty::Shape);
            let patterns = ["Shape::Empty", "Shape::One(_) | Shape::Empty", "Shape::Two { n: 1.., .. }"];
            let pattern = *this.choices.one(&patterns);
            this.temporary();
            this.seen(Form::Macro);
            Expr::atom(format!("matches!({}, {pattern})", shape.text))
        }));
    }

    pub(crate) fn conditions(&self, all: &mut Vec<Production>) {
        all.push((5, |this, _| {
            let operator = *this.choices.one(&[">", "<=", "==", "!="]);
            let operands = this.operands(&[Operand::Value(Ty::Num), Operand::Value(Ty::Num)]);
            this.note_await(Form::AwaitInBinary, &operands);
            Expr::operator(format!("{} {operator} {}", operands[0].operand(), operands[1].operand()))
        }));
        all.push((5, |this, _| {
            let operator = *this.choices.one(&["&&", "||"]);
            let left = this.value(&Ty::Bool);
            this.seen(Form::Lazy);
            let (right, _) = this.either(|this| this.value(&Ty::Bool), |_| Expr::atom(""));
            Expr::operator(format!("{} {operator} {}", left.operand(), right.operand()))
        }));
        all.push((1, |this, _| {
            let condition = this.value(&Ty::Bool);
            Expr::operator(format!("!{}", condition.operand()))
        }));
        all.push((2, |this, _| this.call("is_long", &[Operand::Ref(Ty::Owned)])));
        if self.may_make_temporaries() {
            self.conditions_on_values(all);
        }
        if self.may_await() {
            all.push((3, |this, _| this.call("ask.await", &[Operand::Ref(Ty::Owned)])));
            all.push((1, |this, _| this.call("ask_number.await", &[Operand::Value(Ty::Num)])));
        }
    }
}

impl Expr {
    pub(crate) fn into_operator(self) -> Expr {
        Expr { shape: crate::expr::Shape::Operator, ..self }
    }
}

/// A reference as a receiver: `&x` is written as `x`, or with parentheses.
pub(crate) fn parenthesized_reference(text: &str) -> String {
    match text.strip_prefix('&') {
        Some(place) if place.chars().all(|c| c.is_alphanumeric() || "_.[]".contains(c)) => place.to_string(),
        Some(_) => format!("({text})"),
        None if text.starts_with("if ") || text.starts_with('*') => format!("({text})"),
        None => text.to_string(),
    }
}
