//! Which storage each survivor and each awaitee gets, and what everything in the expansion is called.
//!
//! In: the marked tree's tables and what liveness says. Out: the frame's fields in order, the state enum's variants, and
//! a name for every binding that the expansion mentions. Names come from the source; where one is taken it gets a number.
//! Awaitees share their storage: only one is awaited at a time.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};

use crate::ids::{BindingId, SuspensionId};
use crate::liveness::{Liveness, Storage};
use crate::mark::tree::{Block, Stmt, Value};
use crate::mark::Marked;

/// Names and places.
#[derive(Debug)]
pub(crate) struct Layout {
    /// `TrivialState`, `TrivialFrame`, `TrivialAwaitee`.
    pub(crate) state: Ident,
    pub(crate) frame: Ident,
    pub(crate) awaitee: Ident,
    /// The survivors' fields, arguments first.
    pub(crate) fields: Vec<Field>,
    /// The arguments that only the first poll has, with the awaitees.
    pub(crate) arguments: Vec<Field>,
    /// The suspensions' variants and awaitees, in source order.
    pub(crate) suspensions: Vec<SuspensionPlace>,
    /// What a binding is called in the expansion.
    pub(crate) names: BTreeMap<BindingId, Ident>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) binding: BindingId,
    pub(crate) name: Ident,
    /// The type parameter.
    pub(crate) ty: Ident,
    pub(crate) storage: Storage,
}

#[derive(Debug)]
pub(crate) struct SuspensionPlace {
    pub(crate) suspension: SuspensionId,
    /// `WaitingForEvent`.
    pub(crate) variant: Ident,
    /// `event`, in the union of awaitees.
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
    let awaitee = types.fresh(&format!("{}Awaitee", function), Span::mixed_site());

    let free = mentioned.clone();
    let mut locals = Names(mentioned);
    locals
        .0
        .extend(["frame", "cx", "at", "state", "awaitee", "_frame", "_pinned"].iter().map(|name| (*name).to_owned()));
    let mut parameters = Names(std::iter::once("Self".to_owned()).collect());
    let (mut fields, mut arguments) = (Vec::new(), Vec::new());
    let mut names = BTreeMap::new();
    for (binding, storage) in &liveness.storage {
        let source = &tables.binding(*binding).name;
        let name = locals.fresh(&source.to_string(), source.span());
        let parameter = tables.binding(*binding).parameter;
        if *storage != Storage::Local || parameter {
            let ty = parameters.fresh(&camel(&source.to_string()), Span::mixed_site());
            let field = Field { binding: *binding, name: name.clone(), ty, storage: *storage };
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
    let mut awaitees = Names(["none", "arguments"].iter().map(|name| (*name).to_owned()).collect());
    let suspensions = tables.suspensions.iter().enumerate().map(|(index, suspension)| {
        let span = suspension.span.resolved_at(Span::mixed_site());
        let camel = camel(&suspension.name);
        let ty = if fields.iter().any(|field| field.ty == camel.as_str()) {
            format!("{}Future", camel)
        } else {
            camel.clone()
        };
        SuspensionPlace {
            suspension: SuspensionId(index),
            variant: variants.fresh(&format!("WaitingFor{}", camel), span),
            name: awaitees.fresh(&suspension.name, span),
            ty: parameters.fresh(&ty, span),
        }
    });
    let suspensions = suspensions.collect();
    Layout { state, frame, awaitee, fields, arguments, suspensions, names }
}

impl Layout {
    /// Whether awaitees stand in a union: there are several, or arguments wait beside one.
    pub(crate) fn shares(&self) -> bool {
        self.suspensions.len() > 1 || !self.arguments.is_empty()
    }

    /// The frame's type parameters, in order.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Ident> {
        let arguments = self.arguments.iter().map(|field| &field.ty);
        let fields = self.fields.iter().map(|field| &field.ty);
        fields.chain(arguments).chain(self.suspensions.iter().map(|place| &place.ty))
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

/// Names given so far.
#[derive(Default)]
pub(crate) struct Names(BTreeSet<String>);

impl Names {
    /// None of these is free.
    pub(crate) fn avoiding(names: impl IntoIterator<Item = String>) -> Self {
        Names(names.into_iter().collect())
    }

    /// The name, or one with a number that nothing has yet.
    pub(crate) fn fresh(&mut self, name: &str, span: Span) -> Ident {
        let mut candidate = name.to_owned();
        let mut number = 1;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            let separator = if name.starts_with(char::is_uppercase) { "" } else { "_" };
            candidate = format!("{}{}{}", name, separator, number);
        }
        match candidate.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, span),
            None => Ident::new(&candidate, span),
        }
    }
}

/// The identifiers in the resolved body that may name something outside of it: a survivor of that name would hide it.
fn free_names(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let mut after_dot = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        // `name: ..` and `name = ..` name a field or an argument of a macro.
        let labels = matches!(
            tokens.peek(),
            Some(TokenTree::Punct(next)) if matches!(next.as_char(), ':' | '=') && next.spacing() == Spacing::Alone
        );
        match &tree {
            TokenTree::Ident(ident) if !after_dot && !labels => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => free_names(group.stream(), names),
            _ => {}
        }
        after_dot = matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == '.');
    }
}

/// `read_all` to `ReadAll`.
pub(crate) fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in name.trim_start_matches("r#").split('_') {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_uppercase().to_string()));
        out.push_str(chars.as_str());
    }
    if !out.starts_with(char::is_alphabetic) {
        out.insert(0, 'V');
    }
    out
}
