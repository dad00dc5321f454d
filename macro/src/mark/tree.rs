//! The body, taken apart just as far as its awaits ask for.
//!
//! A [`Block`] is a scope: statements in source order. Awaiting is two steps: [`Stmt::Start`] puts the awaitee in its
//! place, and the value that follows polls it, at a poll marker. Everything else is a [`Leaf`]: the user's own expression.
//!
//! Invariants: a leaf holds at most one poll marker, and evaluates nothing before it that is not inert (that could be
//! observed, or would be lost when the poll suspends); a `Start` is directly followed by the statement that polls;
//! only a [`Value::If`], `Match`, `Loop` or `Block` has suspensions deeper inside.

use proc_macro2::Span;
use syn::{Expr, Item, Lifetime, Pat, Type};

use crate::ids::{BindingId, SiteId, SuspensionId};
use crate::markers::as_binding;

/// A scope: what it declares is dropped where it ends.
#[derive(Default)]
pub(crate) struct Block {
    pub(crate) label: Option<Lifetime>,
    /// The braces of the source, which say by their edition when the tail's temporaries are dropped: before what the
    /// block declares, or after. A block of ours has none, and drops them before.
    pub(crate) braces: Option<Span>,
    pub(crate) stmts: Vec<Stmt>,
    pub(crate) tail: Option<Box<Value>>,
}

#[allow(clippy::large_enum_variant, reason = "a body has a few dozen of these, nearly all of the largest kind")]
pub(crate) enum Stmt {
    /// `let pat: ty = init else { diverge };`
    Let(Let),
    /// The awaitee of a suspension is put in its place.
    Start { suspension: SuspensionId, operand: Leaf },
    /// A value computed for its effects.
    Value(Value),
    /// The end of a statement whose temporaries outlived an await: newest first.
    Drop(Vec<BindingId>),
    /// An item declared inside the body.
    Item(Item),
}

pub(crate) struct Let {
    pub(crate) pat: Pat,
    pub(crate) ty: Option<Type>,
    pub(crate) bindings: Vec<BindingId>,
    pub(crate) init: Option<Value>,
    /// Temporaries of the statement that end with the value, newest first, before anything is bound. It has temporaries of
    /// its own, which go first; should one of them panic, then these go before the variables.
    pub(crate) ends: Vec<BindingId>,
    pub(crate) diverge: Option<Diverge>,
}

/// The `else` of a `let`: never returns.
pub(crate) struct Diverge {
    /// What is dropped before it: temporaries of the value that did not match.
    pub(crate) drops: Vec<BindingId>,
    pub(crate) leaf: Leaf,
}

impl Diverge {
    pub(crate) fn leave(expr: Expr) -> Self {
        Diverge { drops: Vec::new(), leaf: Leaf(expr) }
    }
}

/// Something that has a value, and may suspend before it has.
pub(crate) enum Value {
    Leaf(Leaf),
    Block(Block),
    If(Box<If>),
    Match(Box<Match>),
    Loop(Box<Loop>),
    /// `IntoIterator::into_iter(leaf)`: the head of a `for`.
    IntoIter(Leaf),
    /// `Iterator::next(&mut site)`: the head of a round of a `for`.
    Next(SiteId),
}

/// An expression of the user's.
pub(crate) struct Leaf(pub(crate) Expr);

pub(crate) struct If {
    pub(crate) cond: Value,
    pub(crate) then: Block,
    pub(crate) otherwise: Option<Value>,
}

pub(crate) struct Match {
    pub(crate) scrutinee: Leaf,
    pub(crate) arms: Vec<Arm>,
}

pub(crate) struct Arm {
    /// With its guard.
    pub(crate) pat: Pat,
    pub(crate) bindings: Vec<BindingId>,
    pub(crate) body: Value,
}

pub(crate) struct Loop {
    pub(crate) label: Lifetime,
    pub(crate) body: Block,
}

impl Block {
    /// The suspensions inside, in source order.
    pub(crate) fn suspensions(&self) -> Vec<SuspensionId> {
        let mut found: Vec<_> = self.stmts.iter().flat_map(Stmt::suspensions).collect();
        found.extend(self.tail.iter().flat_map(|tail| tail.suspensions()));
        found
    }
}

impl Let {
    /// `let pat = init;`
    pub(crate) fn of(pat: Pat, bindings: Vec<BindingId>, init: Option<Value>) -> Self {
        Let { pat, ty: None, bindings, init, ends: Vec::new(), diverge: None }
    }

    /// The type that a variable is declared with which gets its value later.
    pub(crate) fn deferred_type(&self, binding: BindingId) -> Option<&Type> {
        fn find<'t>(pat: &Pat, ty: &'t Type, binding: BindingId) -> Option<&'t Type> {
            match (pat, ty) {
                (Pat::Ident(pat), ty) => (as_binding(&pat.ident) == Some(binding)).then_some(ty),
                (Pat::Paren(pat), ty) => find(&pat.pat, ty, binding),
                (Pat::Tuple(pat), Type::Tuple(ty)) if pat.elems.len() == ty.elems.len() => {
                    pat.elems.iter().zip(&ty.elems).find_map(|(pat, ty)| find(pat, ty, binding))
                }
                _ => None,
            }
        }
        self.ty.as_ref().filter(|_| self.init.is_none()).and_then(|ty| find(&self.pat, ty, binding))
    }
}

impl Stmt {
    /// The suspensions at or inside this statement: a `Start` only leads to one.
    pub(crate) fn suspensions(&self) -> Vec<SuspensionId> {
        match self {
            Stmt::Let(Let { init: Some(init), .. }) => init.suspensions(),
            Stmt::Value(value) => value.suspensions(),
            Stmt::Start { operand, .. } => operand.poll().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The suspension at this statement itself: its value begins with the poll.
    pub(crate) fn poll(&self) -> Option<SuspensionId> {
        match self {
            Stmt::Let(Let { init: Some(Value::Leaf(leaf) | Value::IntoIter(leaf)), .. })
            | Stmt::Value(Value::Leaf(leaf)) => leaf.poll(),
            _ => None,
        }
    }
}

impl Value {
    pub(crate) fn suspensions(&self) -> Vec<SuspensionId> {
        match self {
            Value::Leaf(leaf) | Value::IntoIter(leaf) => leaf.poll().into_iter().collect(),
            Value::Next(_) => Vec::new(),
            Value::Block(block) => block.suspensions(),
            Value::If(node) => {
                let mut found = node.cond.suspensions();
                found.extend(node.then.suspensions());
                found.extend(node.otherwise.iter().flat_map(Value::suspensions));
                found
            }
            Value::Match(node) => {
                let mut found: Vec<_> = node.scrutinee.poll().into_iter().collect();
                found.extend(node.arms.iter().flat_map(|arm| arm.body.suspensions()));
                found
            }
            Value::Loop(node) => node.body.suspensions(),
        }
    }
}

impl Arm {
    /// The body of an arm that suspends at one place, to which a straight line of statements leads, and where that is:
    /// the index of the statement, or the number of statements for the tail. What leads there is done in the arm itself.
    pub(crate) fn straight(&self) -> Option<(&Block, usize)> {
        let block = match &self.body {
            Value::Block(block)
                if block.label.is_none()
                    && self.body.suspensions().len() == 1
                    && !block.stmts.iter().any(|stmt| matches!(stmt, Stmt::Item(_))) =>
            {
                block
            }
            _ => return None,
        };
        let polls = match block.stmts.iter().position(|stmt| !stmt.suspensions().is_empty()) {
            Some(index) => block.stmts[index].poll().is_some().then_some(index),
            None => matches!(block.tail.as_deref(), Some(Value::Leaf(_))).then_some(block.stmts.len()),
        };
        polls.map(|index| (block, index))
    }
}

impl Leaf {
    pub(crate) fn poll(&self) -> Option<SuspensionId> {
        crate::markers::polls_in(&self.0).first().copied()
    }
}
