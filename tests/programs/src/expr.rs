//! An expression of a program, as text, with what rustc knows of it.

use crate::scope::Loan;

/// What an expression needs around it to be a part of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Atom,
    /// Parentheses, as an operand: an operator.
    Operator,
    /// Parentheses, as an operand and where a statement begins: `if`, `match`, a block.
    Block,
}

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) text: String,
    pub(crate) shape: Shape,
    /// What the value borrows.
    pub(crate) loans: Vec<Loan>,
}

impl Expr {
    pub(crate) fn atom(text: impl Into<String>) -> Self {
        Expr { text: text.into(), shape: Shape::Atom, loans: Vec::new() }
    }

    pub(crate) fn operator(text: impl Into<String>) -> Self {
        Expr { shape: Shape::Operator, ..Expr::atom(text) }
    }

    pub(crate) fn block(text: impl Into<String>) -> Self {
        Expr { shape: Shape::Block, ..Expr::atom(text) }
    }

    pub(crate) fn borrowing(self, loans: Vec<Loan>) -> Self {
        Expr { loans, ..self }
    }

    /// As an operand of an operator, a receiver, or what is awaited.
    pub(crate) fn operand(&self) -> String {
        match self.shape {
            Shape::Atom => self.text.clone(),
            Shape::Operator | Shape::Block => format!("({})", self.text),
        }
    }

    /// As a condition or a scrutinee, where a struct literal would be taken for the block.
    pub(crate) fn condition(&self) -> String {
        let has_literal = ["Item {", "Shape::Two {"].iter().any(|literal| self.text.contains(literal));
        if has_literal { format!("({})", self.text) } else { self.text.clone() }
    }

    /// As a statement.
    pub(crate) fn statement(&self) -> String {
        match self.shape {
            Shape::Block => format!("({});", self.text),
            _ => format!("{};", self.text),
        }
    }
}
