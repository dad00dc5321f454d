//! Futures that are awaited together: `join!` and `select!`, of tokio and of the crate `futures`.

use crate::expr::Expr;
use crate::form::Form;
use crate::generator::{Generator, Held, Operand};
use crate::ty::Ty;

impl Generator<'_> {
    /// `{ let (a, b) = futures::join!(measure(&d), value("1", 2)); a + b }`
    pub(crate) fn joined(&mut self) -> Expr {
        let futures = self.futures_together();
        self.seen(Form::Join);
        let path = *self.choices.one(&["futures::join!", "tokio::join!"]);
        let (left, right) = (self.fresh("left"), self.fresh("right"));
        let [one, two] = futures;
        Expr::block(format!("{{\nlet ({left}, {right}) = {path}({one}, {two});\n{left} ^ {right}\n}}"))
    }

    /// `tokio::select! { biased; n = measure(&d) => { n }, _ = value("1", 2) => { 3 } }`
    pub(crate) fn selected(&mut self) -> Expr {
        let [one, two] = self.futures_together();
        self.seen(Form::Select);
        let name = self.fresh("first");
        let count = self.scope.variables.len();
        let (first, second) = self.either(
            |this| {
                this.declare(&name, &Ty::Num, false, Vec::new());
                let branch = this.branch(&Ty::Num);
                this.scope.leave(count);
                branch
            },
            |this| this.branch(&Ty::Num),
        );
        Expr::block(format!("tokio::select! {{\nbiased;\n{name} = {one} => {first}\n_ = {two} => {second}\n}}"))
    }

    /// Two futures of numbers, without temporaries: those would end before the futures are polled.
    fn futures_together(&mut self) -> [String; 2] {
        let (context, held) = (self.context.clone(), self.scope.held.len());
        self.context.can_await = false;
        self.context.held = Held::NoTemporaries;
        let both = [(); 2].map(|()| {
            let future = self.future();
            self.scope.held.extend(&future.loans);
            future.text
        });
        self.scope.held.truncate(held);
        self.context = context;
        both
    }

    fn future(&mut self) -> Expr {
        match self.choices.below(4) {
            0 => {
                let (label, value) = (self.label(), self.literal(&Ty::Num));
                Expr::atom(format!("value({label}, {})", value.text))
            }
            1 => self.call("measure", &[Operand::Ref(Ty::Owned)]),
            2 => self.call("weigh_later", &[Operand::Value(Ty::Num), Operand::Ref(Ty::Owned)]),
            _ => self.call("consume", &[Operand::Value(Ty::Owned)]),
        }
    }
}
