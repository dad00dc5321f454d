//! `Rc<RefCell<D>>`, and the guards that it gives.

use crate::expr::Expr;
use crate::form::Form;
use crate::generator::{Generator, Operand};
use crate::scope::Use;
use crate::ty::Ty;
use crate::values::Production;

impl Generator<'_> {
    /// Numbers that cells give. What is borrowed twice panics, natively too.
    pub(crate) fn numbers_of_cells(&self, all: &mut Vec<Production>) {
        if self.places(&Ty::Cell, Use::Read).is_empty() {
            return;
        }
        if self.may_make_temporaries() {
            all.push((12, |this, _| {
                let cell = this.cell();
                this.temporary();
                Expr::atom(format!("{cell}.borrow().name().len()"))
            }));
            if self.may_await() {
                all.push((12, |this, _| {
                    let cell = this.cell();
                    this.temporary();
                    this.seen(Form::CellGuard);
                    Expr::atom(format!("measure(&{cell}.borrow()).await"))
                }));
            }
        }
        if self.may_await() {
            all.push((12, |this, _| {
                let (cell, guard, label) = (this.cell(), this.fresh("inside"), this.label());
                this.seen(Form::CellGuard);
                Expr::block(format!(
                    "{{\nlet mut {guard} = {cell}.borrow_mut();\n{guard}.rename({label});\nlen(&{guard}) + measure(&{guard}).await\n}}"
                ))
            }));
        }
    }

    /// Values that cells give.
    pub(crate) fn owned_of_cells(&self, all: &mut Vec<Production>) {
        if !self.places(&Ty::Cell, Use::Read).is_empty() {
            all.push((4, |this, _| {
                let cell = this.cell();
                let value = this.operands(&[Operand::Value(Ty::Owned)]);
                let kept = this.fresh("replaced");
                Expr::block(format!("{{\nlet {kept} = {};\n{cell}.replace({kept})\n}}", value[0].text))
            }));
        }
    }

    /// Another owner of a cell that there is.
    pub(crate) fn shared_cell(&mut self) -> Expr {
        let cell = self.cell();
        Expr::atom(format!("{cell}.clone()"))
    }

    fn cell(&mut self) -> String {
        let places = self.places(&Ty::Cell, Use::Read);
        self.take_place(&places).receiver
    }
}
