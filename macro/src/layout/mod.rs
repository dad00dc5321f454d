//! Which storage each survivor and each awaitee gets, and what everything in the expansion is called.
//!
//! In: the marked tree's tables and what liveness says. Out: the frame's fields in order, the state enum's variants, and
//! a name for every binding that the expansion mentions. Names come from the source; where one is taken it gets a number.
//! What is never held together shares a place (`sharing`, `places`).

mod names;
mod places;
mod sharing;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream};

use crate::ids::{BindingId, SuspensionId};
use crate::liveness::{Liveness, Storage, Tenant};
use crate::mark::tree::{Block, Stmt, Value};
use crate::mark::Marked;
use names::free_names;
pub(crate) use names::{camel, Names};
pub(crate) use places::{Place, Places, Step, Union};

/// Names and places.
#[derive(Debug)]
pub(crate) struct Layout {
    /// `TrivialState`, `TrivialFrame`.
    pub(crate) state: Ident,
    pub(crate) frame: Ident,
    /// The survivors, arguments first.
    pub(crate) fields: Vec<Field>,
    /// The arguments that only the first poll has.
    pub(crate) arguments: Vec<Field>,
    /// The suspensions' variants and awaitees, in source order.
    pub(crate) suspensions: Vec<SuspensionPlace>,
    /// What a binding is called in the expansion.
    pub(crate) names: BTreeMap<BindingId, Ident>,
    /// Where in the frame each survivor, waiting argument and awaitee is.
    pub(crate) places: Places,
    /// Which of the fields, and of the arguments behind them, a binding's is.
    numbers: BTreeMap<BindingId, usize>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) binding: BindingId,
    pub(crate) name: Ident,
    /// The type parameter.
    pub(crate) ty: Ident,
    pub(crate) storage: Storage,
    /// `packet_flag`, of a flagged one.
    pub(crate) flag: Option<Ident>,
}

#[derive(Debug)]
pub(crate) struct SuspensionPlace {
    pub(crate) suspension: SuspensionId,
    /// `WaitingForEvent`.
    pub(crate) variant: Ident,
    /// `event`.
    pub(crate) name: Ident,
    /// `Event`.
    pub(crate) ty: Ident,
}

/// Lays out the frame of the function `name`, whose body mentions `body`.
pub(crate) fn layout(marked: &Marked, liveness: &Liveness, name: &Ident, body: TokenStream) -> Layout {
    let tables = &marked.tables;
    let mut mentioned = BTreeSet::new();
    free_names(body, &mut mentioned);
    let function = camel(&name.to_string());
    let mut types = Names(mentioned.clone());
    let state = types.fresh(&format!("{}State", function), Span::mixed_site());
    let frame = types.fresh(&format!("{}Frame", function), Span::mixed_site());

    let free = mentioned.clone();
    let mut locals = Names(mentioned);
    locals.0.extend(["frame", "cx", "at", "state", "awaitee", "shared", "_frame", "_pinned"].map(str::to_owned));
    let mut parameters = Names(std::iter::once("Self".to_owned()).collect());
    let (mut fields, mut arguments) = (Vec::new(), Vec::new());
    let (mut names, mut flags) = (BTreeMap::new(), Names::default());
    for (binding, storage) in &liveness.storage {
        let source = &tables.binding(*binding).name;
        let name = locals.fresh(&source.to_string(), source.span());
        let parameter = tables.binding(*binding).parameter;
        if *storage != Storage::Local || parameter {
            let ty = parameters.fresh(&camel(&source.to_string()), Span::mixed_site());
            let flag = (*storage == Storage::Flagged).then(|| flags.fresh(&flag_of(&name), Span::mixed_site()));
            let field = Field { binding: *binding, name: name.clone(), ty, storage: *storage, flag };
            if *storage == Storage::Local {
                arguments.push(field)
            } else {
                fields.push(field)
            }
        }
        names.insert(*binding, name);
    }
    // An ordinary local keeps its name too, unless that would hide a survivor's, or another local's that `emit` may have
    // to declare further out.
    let mut statements = Names::default();
    let own = locals.0.clone();
    let outer = declared(&marked.body);
    for (index, binding) in tables.bindings.iter().enumerate() {
        let id = BindingId(index);
        let source = binding.name.to_string();
        if names.contains_key(&id) {
            continue;
        }
        let taken = own.contains(&source) && !free.contains(&source)
            || outer.contains(&id) && !statements.0.insert(source.clone());
        let name = if taken || binding.hidden {
            locals.fresh(&source, binding.name.span())
        } else {
            locals.0.insert(source);
            binding.name.clone()
        };
        names.insert(id, name);
    }
    // Arguments first, as they come; the others as they are declared.
    fields.sort_by_key(|field| (!tables.binding(field.binding).parameter, field.binding));

    let mut variants = Names::default();
    let mut awaitees = Names::default();
    let taken: BTreeSet<String> = fields.iter().map(|field| field.ty.to_string()).collect();
    let suspensions = tables.suspensions.iter().enumerate().map(|(index, suspension)| {
        let span = suspension.span.resolved_at(Span::mixed_site());
        let camel = camel(&suspension.name);
        let ty = if taken.contains(&camel) { format!("{}Future", camel) } else { camel.clone() };
        SuspensionPlace {
            suspension: SuspensionId(index),
            variant: variants.fresh(&format!("WaitingFor{}", camel), span),
            name: awaitees.fresh(&suspension.name, span),
            ty: parameters.fresh(&ty, span),
        }
    });
    let suspensions: Vec<_> = suspensions.collect();
    let numbers = fields.iter().chain(&arguments).enumerate().map(|(index, field)| (field.binding, index)).collect();
    let places = Places::default();
    let mut layout = Layout { state, frame, fields, arguments, suspensions, names, places, numbers };
    let parameters = marked.parameters.iter().map(|parameter| parameter.argument).collect();
    let room = sharing::share(&layout, liveness, &parameters);
    layout.places = places::furnish(&layout, room, &parameters, &function, &mut types);
    layout
}

fn flag_of(name: &Ident) -> String {
    format!("{}_flag", name.to_string().trim_start_matches("r#"))
}

impl Layout {
    /// The frame's type parameters, in order.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Ident> {
        let arguments = self.arguments.iter().map(|field| &field.ty);
        let fields = self.fields.iter().map(|field| &field.ty);
        fields.chain(arguments).chain(self.suspensions.iter().map(|place| &place.ty))
    }

    /// The type parameter of what has a place.
    pub(crate) fn ty(&self, tenant: Tenant) -> &Ident {
        match tenant {
            Tenant::Binding(binding) => &self.field(binding).expect("what has a place is a field").ty,
            Tenant::Awaitee(suspension) => &self.place(suspension).ty,
        }
    }

    /// What that is called.
    pub(crate) fn tenant_name(&self, tenant: Tenant) -> &Ident {
        match tenant {
            Tenant::Binding(binding) => self.name(binding),
            Tenant::Awaitee(suspension) => &self.place(suspension).name,
        }
    }

    /// The flag of a flagged survivor.
    pub(crate) fn flag(&self, binding: BindingId) -> Option<&Ident> {
        self.field(binding)?.flag.as_ref()
    }

    fn field(&self, binding: BindingId) -> Option<&Field> {
        let index = *self.numbers.get(&binding)?;
        self.fields.get(index).or_else(|| self.arguments.get(index - self.fields.len()))
    }

    pub(crate) fn place(&self, suspension: SuspensionId) -> &SuspensionPlace {
        &self.suspensions[suspension.0]
    }

    pub(crate) fn name(&self, binding: BindingId) -> &Ident {
        &self.names[&binding]
    }
}

/// What the statements that are taken apart declare.
fn declared(block: &Block) -> BTreeSet<BindingId> {
    fn collect(value: &Value, found: &mut BTreeSet<BindingId>) {
        match value {
            Value::Leaf(_) | Value::IntoIter(_) | Value::Next(_) => {}
            Value::Block(inner) => found.extend(declared(inner)),
            Value::If(node) => {
                found.extend(declared(&node.then));
                node.otherwise.iter().for_each(|otherwise| collect(otherwise, found));
            }
            Value::Match(node) => node.arms.iter().for_each(|arm| {
                found.extend(&arm.bindings);
                collect(&arm.body, found);
            }),
            Value::Loop(node) => found.extend(declared(&node.body)),
        }
    }
    let mut found = BTreeSet::new();
    for stmt in &block.stmts {
        match stmt {
            Stmt::Let(local) => {
                found.extend(&local.bindings);
                local.init.iter().for_each(|init| collect(init, &mut found));
            }
            Stmt::Value(inner) => collect(inner, &mut found),
            _ => {}
        }
    }
    block.tail.iter().for_each(|tail| collect(tail, &mut found));
    found
}
