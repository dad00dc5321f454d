//! Patterns, and what they bind.

use crate::form::Form;
use crate::generator::Generator;
use crate::scope::Loan;
use crate::ty::Ty;

/// How what is matched is bound.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// A value: a binding moves or copies it.
    Value,
    /// Behind a reference that holds these loans; or a place that must not be moved.
    Ref { loans: Vec<Loan>, unique: bool, is_place: bool },
}

/// What a pattern binds.
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    pub(crate) loans: Vec<Loan>,
}

/// A pattern, and what it binds.
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) bindings: Vec<Binding>,
}

impl Pattern {
    fn plain(text: impl Into<String>) -> Self {
        Pattern { text: text.into(), bindings: Vec::new() }
    }

    fn around(before: &str, inner: Pattern, after: &str) -> Self {
        Pattern { text: format!("{before}{}{after}", inner.text), bindings: inner.bindings }
    }
}

impl Generator<'_> {
    /// A pattern that every value of the type matches.
    pub(crate) fn irrefutable(&mut self, ty: &Ty, by: &By) -> Pattern {
        let is_deep = self.is_deep();
        match ty {
            Ty::Pair(left, right) if !is_deep && self.choices.chance(80) => {
                self.seen(Form::DestructuringLet);
                let (left, right) = (self.irrefutable(left, by), self.irrefutable(right, by));
                let text = format!("({}, {})", left.text, right.text);
                Pattern { text, bindings: left.bindings.into_iter().chain(right.bindings).collect() }
            }
            Ty::Item if !is_deep && self.choices.chance(80) => {
                self.seen(Form::DestructuringLet);
                let (d, n) = (self.binding(&Ty::Owned, by, false), self.binding(&Ty::Num, by, true));
                let text = format!("Item {{ d: {}, n: {} }}", d.text, n.text);
                Pattern { text, bindings: d.bindings.into_iter().chain(n.bindings).collect() }
            }
            Ty::Array(inner) if !is_deep => {
                let (one, two) = (self.binding(inner, by, false), self.binding(inner, by, true));
                let text = format!("[{}, {}]", one.text, two.text);
                Pattern { text, bindings: one.bindings.into_iter().chain(two.bindings).collect() }
            }
            _ => self.binding(ty, by, true),
        }
    }

    /// A name, or, if it may, `_`.
    pub(crate) fn binding(&mut self, ty: &Ty, by: &By, may_be_hole: bool) -> Pattern {
        if may_be_hole && self.choices.chance(12) {
            self.seen(Form::Unused);
            return Pattern::plain("_");
        }
        let name = self.new_name(ty);
        match by {
            By::Value => {
                let mutable = self.choices.chance(45);
                let text = if mutable { format!("mut {name}") } else { name.clone() };
                Pattern { text, bindings: vec![Binding { name, ty: ty.clone(), mutable, loans: Vec::new() }] }
            }
            By::Ref { loans, unique, is_place } => {
                if *is_place {
                    self.seen(Form::RefPattern);
                }
                let word = if !is_place {
                    ""
                } else if *unique {
                    "ref mut "
                } else {
                    "ref "
                };
                let inner = Box::new(ty.clone());
                let ty = if *unique { Ty::Mut(inner) } else { Ty::Ref(inner) };
                let text = format!("{word}{name}");
                Pattern { text, bindings: vec![Binding { name, ty, mutable: false, loans: loans.clone() }] }
            }
        }
    }

    /// A new name, or one that is taken already, which it then shadows. Two of one pattern, and two parameters, differ.
    pub(crate) fn new_name(&mut self, ty: &Ty) -> String {
        let taken = if self.may_shadow { self.scope.visible() } else { Vec::new() };
        let taken: Vec<_> = taken.into_iter().filter(|id| !self.scope.get(*id).is_counter).collect();
        if !taken.is_empty() && self.choices.chance(12) {
            let id = *self.choices.one(&taken);
            let name = self.scope.get(id).name.clone();
            if name != "self" && !self.scope.get(id).ty.holds_on() && !self.shadowed.contains(&name) {
                self.seen(Form::Shadowed);
                self.shadowed.push(name.clone());
                return name;
            }
        }
        self.fresh(match ty {
            Ty::Num => "n",
            Ty::Bool => "flag",
            Ty::Owned => "d",
            Ty::Text => "text",
            Ty::Opt(_) => "option",
            Ty::Res(_) => "result",
            Ty::List(_) => "list",
            Ty::Ref(_) => "r",
            Ty::Mut(_) => "m",
            Ty::Item => "item",
            Ty::Shape => "shape",
            Ty::Future(_) => "future",
            Ty::Closure { .. } | Ty::Object { .. } => "call",
            Ty::Lock => "lock",
            Ty::Cell => "cell",
            Ty::Guard => "guard",
            _ => "x",
        })
    }

    /// Patterns that together match every value of the type, one arm each.
    pub(crate) fn arms(&mut self, ty: &Ty, by: &By) -> Vec<Pattern> {
        match ty {
            Ty::Bool => vec![Pattern::plain("true"), Pattern::plain("false")],
            Ty::Num => self.number_arms(by),
            Ty::Opt(inner) => {
                let some = Pattern::around("Some(", self.irrefutable(inner, by), ")");
                vec![some, Pattern::plain(if self.choices.chance(50) { "_" } else { "None" })]
            }
            Ty::Res(inner) => {
                let ok = Pattern::around("Ok(", self.irrefutable(inner, by), ")");
                vec![ok, Pattern::around("Err(", self.binding(&Ty::Text, by, true), ")")]
            }
            Ty::Shape => self.shape_arms(by),
            _ => vec![self.irrefutable(ty, by)],
        }
    }

    fn number_arms(&mut self, by: &By) -> Vec<Pattern> {
        let mut arms = vec![Pattern::plain("0")];
        if self.choices.chance(50) {
            self.seen(Form::OrPattern);
            arms.push(Pattern::plain("1 | 3"));
        }
        if self.choices.chance(50) {
            self.seen(Form::AtPattern);
            let binding = self.binding(&Ty::Num, by, false);
            arms.push(Pattern::around("", binding, " @ 2..=4"));
        }
        let rest = self.binding(&Ty::Num, by, true);
        arms.push(rest);
        arms
    }

    fn shape_arms(&mut self, by: &By) -> Vec<Pattern> {
        if self.choices.chance(30) {
            self.seen(Form::OrPattern);
            let binding = self.binding(&Ty::Owned, by, false);
            let text = format!("Shape::One({0}) | Shape::Two {{ d: {0}, n: _ }}", binding.text);
            return vec![Pattern { text, bindings: binding.bindings }, Pattern::plain("Shape::Empty")];
        }
        let one = Pattern::around("Shape::One(", self.binding(&Ty::Owned, by, true), ")");
        let d = self.binding(&Ty::Owned, by, false);
        let n = self.binding(&Ty::Num, by, true);
        let text = format!("Shape::Two {{ d: {}, n: {} }}", d.text, n.text);
        let two = Pattern { text, bindings: d.bindings.into_iter().chain(n.bindings).collect() };
        vec![Pattern::plain("Shape::Empty"), one, two]
    }

    /// Declares what a pattern binds.
    pub(crate) fn bind(&mut self, bindings: Vec<Binding>) {
        self.shadowed.clear();
        for binding in bindings {
            self.declare(&binding.name, &binding.ty, binding.mutable, binding.loans);
        }
    }
}
