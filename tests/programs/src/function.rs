//! The function around the body: what it takes and returns, and the calls that are compared.

use crate::form::Form;
use crate::generator::Generator;
use crate::patterns::By;
use crate::ty::Ty;

/// A parameter, and what it is given in each of the calls.
struct Parameter {
    pattern: String,
    ty: Ty,
    arguments: [String; 2],
}

impl Generator<'_> {
    /// The whole program: what stands in the braces of `compare!`.
    pub(crate) fn program(&mut self) -> String {
        let is_method = self.choices.chance(15);
        let returns = self
            .choices
            .one(&[Ty::Num, Ty::Res(Box::new(Ty::Num)), Ty::opt(Ty::Num), Ty::Owned, Ty::Res(Box::new(Ty::Owned))])
            .clone();
        let receiver = is_method.then(|| self.receiver());
        let mut parameters = Vec::new();
        self.fuel = 10;
        self.several(4, 55, |this| parameters.push(this.parameter()));
        self.may_shadow = true;
        self.context.returns = Some(returns.clone());
        self.fuel = 30 + self.choices.below(80);
        let mut lines = String::new();
        self.several(12, 92, |this| lines += &this.statement());
        let tail =
            if self.scope.reachable { self.own_expression(|this| this.value(&returns)).text } else { String::new() };
        let calls = [self.call_of(&parameters, 0, is_method), self.call_of(&parameters, 1, is_method)].join(",\n");
        let is_generic = parameters.iter().any(|parameter| parameter.ty == Ty::Named);
        let name = if is_generic { "body<T: Named>" } else { "body" };
        let typed = |named: &dyn Fn(usize, &Parameter) -> String, receiver: Option<&str>| {
            let named = parameters.iter().enumerate().map(|(at, it)| format!("{}: {}", named(at, it), it.ty.name()));
            let all: Vec<String> = receiver.map(str::to_string).into_iter().chain(named).collect();
            format!("async fn {name}({}) -> {}", all.join(", "), returns.name())
        };
        let signature = typed(&|_, parameter| parameter.pattern.clone(), receiver);
        let function = format!("{signature} {{\n{lines}{tail}\n}}\n");
        if !is_method {
            return format!("{calls};\n\n#[desugar]\n{function}");
        }
        self.seen(Form::MethodSelf);
        let declared = typed(&|at, _| format!("a{at}"), receiver.map(|receiver| receiver.trim_start_matches("mut ")));
        format!("{calls};\n\ntrait Body {{\n{declared};\n}}\n\n#[desugar]\nimpl Body for Item {{\n{function}}}\n")
    }

    fn call_of(&mut self, parameters: &[Parameter], at: usize, is_method: bool) -> String {
        let arguments: Vec<&str> = parameters.iter().map(|parameter| parameter.arguments[at].as_str()).collect();
        let host = if is_method { "Item { d: D(\"self\"), n: 1 }." } else { "" };
        format!("{host}body({})", arguments.join(", "))
    }

    fn receiver(&mut self) -> &'static str {
        let (text, ty, mutable) = match self.choices.below(4) {
            0 => ("&self", Ty::reference(Ty::Item), false),
            1 => ("&mut self", Ty::Mut(Box::new(Ty::Item)), false),
            2 => ("self", Ty::Item, false),
            _ => ("mut self", Ty::Item, true),
        };
        let id = self.declare("self", &ty, mutable, Vec::new());
        self.scope.variables[id.0].is_argument = true;
        text
    }

    fn parameter(&mut self) -> Parameter {
        let boxed = |ty| Box::new(ty);
        let kinds = [(4, 0), (4, 1), (2, 2), (2, 3), (1, 4), (1, 5), (1, 6), (1, 7), (1, 8), (1, 9), (1, 10)];
        let ty = match self.choices.weighted(&kinds) {
            0 => Ty::Num,
            1 => Ty::Owned,
            2 => Ty::reference(Ty::Owned),
            3 => Ty::Mut(boxed(Ty::list(Ty::Owned))),
            4 => Ty::Pair(boxed(Ty::Owned), boxed(Ty::Num)),
            5 => Ty::Item,
            6 => Ty::opt(Ty::Owned),
            7 => Ty::list(Ty::Owned),
            8 => Ty::Mut(boxed(Ty::Owned)),
            9 => Ty::Bool,
            _ if self.scope.variables.iter().any(|variable| variable.ty == Ty::Named) => Ty::Num,
            _ => Ty::Named,
        };
        let count = self.scope.variables.len();
        let pattern = self.irrefutable(&ty, &By::Value);
        if pattern.bindings.len() != 1 || pattern.text.contains(['(', '{']) {
            self.seen(Form::DestructuredArgument);
        }
        if ty == Ty::Named {
            self.seen(Form::GenericArgument);
        }
        self.bind(pattern.bindings);
        for variable in &mut self.scope.variables[count..] {
            variable.is_argument = true;
        }
        let arguments = [self.argument(&ty, false), self.argument(&ty, true)];
        Parameter { pattern: pattern.text, ty, arguments }
    }

    /// A value for the calls: another one in the second call.
    fn argument(&mut self, ty: &Ty, other: bool) -> String {
        match ty {
            Ty::Num => if other { "3" } else { "0" }.into(),
            Ty::Bool => other.to_string(),
            Ty::Owned => format!("D({})", self.argument_name()),
            Ty::Named => format!("D({})", self.argument_name()),
            Ty::Item => format!("Item {{ d: D({}), n: {} }}", self.argument_name(), usize::from(other)),
            Ty::Opt(_) if other => "None".into(),
            Ty::Opt(inner) => format!("Some({})", self.argument(inner, other)),
            Ty::List(inner) => format!("vec![{}, {}]", self.argument(inner, other), self.argument(inner, other)),
            Ty::Pair(left, right) => format!("({}, {})", self.argument(left, other), self.argument(right, other)),
            Ty::Ref(inner) => format!("&{}", self.argument(inner, other)),
            Ty::Mut(inner) => format!("&mut {}", self.argument(inner, other)),
            _ => unreachable!("no parameter is of this type"),
        }
    }

    fn argument_name(&mut self) -> String {
        let name = self.fresh("argument ");
        format!("\"{name}\"")
    }
}
