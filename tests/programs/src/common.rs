//! What makes a value of any type: branches, blocks, loops, `?`, async blocks, and what only passes it on.

use crate::expr::Expr;
use crate::form::Form;
use crate::generator::{Generator, Held, Loop};
use crate::scope::{Capture, Use};
use crate::ty::Ty;
use crate::values::Production;

impl Generator<'_> {
    pub(crate) fn of_any_type(&self, ty: &Ty, all: &mut Vec<Production>) {
        if matches!(ty, Ty::Ref(_)) {
            return;
        }
        all.push((1, |this, ty| {
            let (label, value) = (this.label(), this.value(ty));
            Expr::atom(format!("note({label}, {})", value.text))
        }));
        all.push((1, |this, ty| {
            let value = this.in_macro(|this| this.value(ty));
            Expr::atom(format!("pass!({})", value.text))
        }));
        all.push((2, |this, ty| this.if_value(ty)));
        if self.may_make_temporaries() {
            all.push((2, |this, ty| this.match_value(ty)));
        }
        all.push((1, |this, ty| this.block_value(ty)));
        if self.depth < 3 {
            all.push((1, |this, ty| this.labelled_block(ty)));
            all.push((1, |this, ty| this.loop_value(ty)));
        }
        if self.may_await() {
            all.push((2, |this, ty| {
                let (label, value) = (this.label(), this.value(ty));
                let name = *this.choices.one(&["value", "ready"]);
                this.note_await(Form::AwaitInArguments, std::slice::from_ref(&value));
                Expr::atom(format!("{name}({label}, {}).await", value.text))
            }));
            all.push((1, |this, ty| {
                let block = this.async_block(ty);
                Expr::atom(format!("{}.await", block.text))
            }));
        }
        match self.context.returns {
            Some(Ty::Res(_)) => all.push((2, |this, ty| this.question(ty, Form::QuestionResult))),
            Some(Ty::Opt(_)) => all.push((2, |this, ty| this.question(ty, Form::QuestionOption))),
            _ => {}
        }
    }

    /// What a macro that is not known is given. It is taken to borrow what it mentions, it declares nothing of that name,
    /// it neither returns nor asks an option, and its temporaries end with it, where an await comes after: known limits.
    fn in_macro<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        self.seen(Form::Macro);
        let context = self.context.clone();
        let barrier = std::mem::replace(&mut self.scope.barrier, usize::MAX);
        let may_shadow = std::mem::replace(&mut self.may_shadow, false);
        self.context.can_await = false;
        self.context.may_return = false;
        self.context.held = Held::NoTemporaries;
        self.context.loops.clear();
        if let Some(Ty::Opt(_)) = self.context.returns {
            self.context.returns = None;
        }
        let written = write(self);
        self.context = context;
        (self.scope.barrier, self.may_shadow) = (barrier, may_shadow);
        written
    }

    fn question(&mut self, ty: &Ty, form: Form) -> Expr {
        let inner = Box::new(ty.clone());
        let value = self.value(&if form == Form::QuestionResult { Ty::Res(inner) } else { Ty::Opt(inner) });
        self.seen(form);
        Expr::atom(format!("{}?", value.operand()))
    }

    /// Statements and a value, in braces.
    pub(crate) fn branch(&mut self, ty: &Ty) -> String {
        self.part(|this| {
            this.own_statement(|this| {
                let count = this.scope.variables.len();
                let lines = this.lines(3);
                let value = match ty {
                    Ty::Unit => String::new(),
                    ty => this.own_expression(|this| this.value(ty)).text,
                };
                this.scope.leave(count);
                format!("{{\n{lines}{value}\n}}")
            })
        })
    }

    /// A block that never gives its value: it leaves the function or a loop.
    pub(crate) fn leaving(&mut self) -> Option<String> {
        let text = self.own_statement(|this| {
            let count = this.scope.variables.len();
            let text = this.exit();
            this.scope.leave(count);
            text
        });
        text.map(|text| format!("{{\n{text}\n}}"))
    }

    fn if_value(&mut self, ty: &Ty) -> Expr {
        let count = self.scope.variables.len();
        let (condition, otherwise) = self.condition();
        let then = self.branch(ty);
        self.scope.leave(count);
        let after = self.scope.snapshot();
        self.scope.restore(&otherwise);
        let leaving = if self.choices.chance(15) { self.leaving() } else { None };
        if leaving.is_some() {
            self.seen(Form::ReturnInExpression);
        }
        let other = leaving.unwrap_or_else(|| self.branch(ty));
        self.scope.meet(&after);
        self.seen(Form::If);
        Expr::block(format!("if {condition} {then} else {other}"))
    }

    fn block_value(&mut self, ty: &Ty) -> Expr {
        self.seen(Form::Block);
        Expr::block(self.branch(ty))
    }

    fn labelled_block(&mut self, ty: &Ty) -> Expr {
        let label = self.fresh("'block");
        self.seen(Form::LabelledBlock);
        let (text, exits) = self.inside(Some(label.clone()), Some(ty.clone()), true, |this| this.branch(ty));
        for exit in &exits {
            self.scope.meet(exit);
        }
        Expr::block(format!("{label}: {text}"))
    }

    /// Writes what a `break` can leave; gives the states where it does.
    pub(crate) fn inside<T>(
        &mut self,
        label: Option<String>,
        value: Option<Ty>,
        is_block: bool,
        write: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<crate::scope::Snapshot>) {
        let (loops, count) = (self.scope.loops, self.scope.variables.len());
        self.context.loops.push(Loop {
            label,
            value,
            is_block,
            may_continue: !is_block,
            loops,
            count,
            exits: Vec::new(),
        });
        let barrier = self.scope.barrier;
        if !is_block {
            self.scope.loops += 1;
            self.scope.barrier = self.scope.loops;
        }
        let written = write(self);
        (self.scope.loops, self.scope.barrier) = (loops, barrier);
        let left = self.context.loops.pop().expect("it was pushed");
        (written, left.exits)
    }

    /// `loop { .. break value; .. }`
    pub(crate) fn loop_value(&mut self, ty: &Ty) -> Expr {
        let (label, counter) = (self.fresh("'turn"), self.fresh("count"));
        let count = self.scope.variables.len();
        let id = self.declare(&counter, &Ty::Num, true, Vec::new());
        self.scope.variables[id.0].is_counter = true;
        let label = self.choices.chance(50).then_some(label);
        self.seen(Form::BreakValue);
        let ((leave, body), exits) = self.inside(label.clone(), Some(ty.clone()), false, |this| {
            let at = this.context.loops.len() - 1;
            this.context.loops[at].may_continue = false;
            let leave = this.aside(|this| this.leave_loop(at));
            this.context.loops[at].may_continue = true;
            let body = this.branch(&Ty::Unit);
            (leave, body)
        });
        self.scope.reachable = false;
        for exit in &exits {
            self.scope.meet(exit);
        }
        self.scope.leave(count);
        let label = label.map_or(String::new(), |label| label + ": ");
        Expr::block(format!(
            "{{\nlet mut {counter} = 0usize;\n{label}loop {{\n{counter} += 1;\nif {counter} > 1 {{\n{leave}\n}}\n{body}\n}}\n}}"
        ))
    }

    /// `async { .. }` or `async move { .. }`
    pub(crate) fn async_block(&mut self, ty: &Ty) -> Expr {
        let moves = self.choices.chance(50);
        let capture = if moves { Capture::Moves { once: true } } else { Capture::AsUsed };
        self.seen(if moves { Form::AsyncMoveBlock } else { Form::AsyncBlock });
        let (text, loans) = self.in_level(capture, |this| {
            this.context.can_await = true;
            this.context.returns = Some(ty.clone());
            this.branch(ty)
        });
        Expr::atom(format!("async {}{text}", if moves { "move " } else { "" })).borrowing(loans)
    }

    /// Writes the body of a closure or of an async block; gives what it borrows.
    pub(crate) fn in_level<T>(
        &mut self,
        capture: Capture,
        write: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<crate::scope::Loan>) {
        let (context, before) = (self.context.clone(), self.scope.snapshot());
        let (count, loops, barrier) = (self.scope.variables.len(), self.scope.loops, self.scope.barrier);
        let level = crate::scope::Level { capture, loops, barrier, captured: Vec::new() };
        self.scope.levels.push(level);
        self.scope.barrier = loops;
        self.context.loops = Vec::new();
        self.context.returns = None;
        self.context.may_return = true;
        self.context.can_await = false;
        self.context.held = Held::Nothing;
        self.context.has_temporaries = false;
        let written = write(self);
        self.context = context;
        self.scope.leave(count);
        self.scope.barrier = barrier;
        self.scope.restore(&before);
        let level = self.scope.levels.pop().expect("it was pushed");
        let mut loans = Vec::new();
        for (id, usage) in level.captured {
            let is_copy = self.scope.get(id).ty.is_copy();
            let by_value = matches!(capture, Capture::Moves { .. }) || usage == Use::Move;
            let usage = if by_value && !is_copy {
                Use::Move
            } else if by_value {
                Use::Read
            } else {
                usage
            };
            loans.extend(if by_value {
                self.scope.get(id).loans.clone()
            } else {
                self.scope.loans_of(id, usage != Use::Read)
            });
            if !by_value && matches!(self.scope.get(id).ty, Ty::Ref(_)) {
                loans.push(crate::scope::Loan { of: id, unique: false });
            }
            self.scope.mention(id, usage, None);
        }
        (written, loans)
    }
}
