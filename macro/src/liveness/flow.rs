//! The skeleton of the function that liveness is decided on: what happens to which binding, in order of evaluation.
//!
//! In: the marked tree. Out: one [`Flow`]. It knows no syntax any more, so the analysis has no cases for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use syn::{BinOp, Block, Expr, Pat, Stmt as Source};

use super::capture::{captured, captures, Captured};
use super::Tenant;
use crate::ids::{path_ident, BindingId, Mode, SiteId, SuspensionId, Tables};
use crate::known_macros;
use crate::mark::awaits::binds_by_ref;
use crate::mark::holes::has_holes;
use crate::mark::tree::{self, Leaf, Let, Stmt, Value};
use crate::mark::Marked;
use crate::markers::{as_poll, as_site, bindings_in, sites_in, Idents, Searched};
use crate::resolve::is_compound_assignment;

#[derive(Debug)]
pub(crate) enum Flow {
    /// A mention that reads, borrows or takes.
    Use(SiteId),
    /// The expression around a mention has been evaluated: what it only looked at may go.
    Seen(SiteId),
    /// The whole variable is assigned.
    Assign(SiteId),
    /// A pattern takes what this scrutinee holds, if it moves at all.
    Consume(SiteId),
    /// The variable's scope begins.
    Declare(BindingId),
    /// It has a value.
    Init(BindingId),
    /// A temporary is dropped at the end of its statement.
    Kill(BindingId),
    /// The awaitee is in its place.
    Start(SuspensionId),
    Suspend(SuspensionId),
    /// What is declared inside ends with it.
    Scope(Vec<Flow>),
    Seq(Vec<Flow>),
    /// One of these happens.
    Branch(Vec<Flow>),
    /// Nothing happens, or perhaps one of these: what a macro that is not known may do.
    Doubt(Vec<Flow>),
    /// A part that is re-entered at the suspensions inside: around it, rustc must find a variable initialised, or not,
    /// whichever of them it comes from.
    Entry(Box<Flow>),
    Loop {
        label: Option<String>,
        body: Box<Flow>,
    },
    Labelled {
        label: String,
        body: Box<Flow>,
    },
    Break(Option<String>),
    Continue(Option<String>),
    /// Return.
    Exit,
}

impl Flow {
    /// This or nothing happens.
    fn perhaps(flow: Flow) -> Flow {
        Flow::Branch(vec![flow, Flow::Seq(Vec::new())])
    }
}

/// The flow of the whole function, and what was seen on the way.
pub(crate) struct Skeleton {
    pub(crate) flow: Flow,
    /// The mentions inside closures, with whether the closure takes the variable.
    pub(crate) captured: BTreeMap<SiteId, Captured>,
    /// Scrutinees of which a pattern binds one part and leaves another: they are not taken.
    pub(crate) partial: BTreeSet<SiteId>,
    /// Scrutinees that are matched under guards, which may panic half-way.
    pub(crate) guarded: BTreeSet<SiteId>,
    /// Scrutinees that some pattern may take.
    pub(crate) consumed: BTreeSet<SiteId>,
    /// Mentions as a place that read or write a plain variable, or an element of it, and leave nothing that borrows it.
    pub(crate) glances: BTreeSet<SiteId>,
    /// How many bytes variables and awaitees may have, as far as the source says.
    pub(crate) bytes: BTreeMap<Tenant, usize>,
}

/// What is handed to a function that makes a future.
const HANDED_ON: usize = 64;

/// A future that a function makes, and one that was made before it is awaited: nothing else is that large.
const SOME_FUTURE: usize = 128;
const MADE_BEFORE: usize = 1024;

pub(crate) fn flow(marked: &Marked) -> Skeleton {
    let builder = Builder {
        tables: &marked.tables,
        captured: RefCell::default(),
        partial: RefCell::default(),
        guarded: RefCell::default(),
        consumed: RefCell::default(),
        glances: RefCell::default(),
        bytes: RefCell::default(),
        started: RefCell::default(),
    };
    let mut seq = Vec::new();
    // Declared one after the other, each with what its pattern binds; full from the start; then taken apart.
    for parameter in &marked.parameters {
        let bound = parameter.pattern.iter().flat_map(|pattern| &pattern.bindings);
        seq.extend(std::iter::once(&parameter.argument).chain(bound).map(|binding| Flow::Declare(*binding)));
    }
    seq.extend(marked.parameters.iter().map(|parameter| Flow::Init(parameter.argument)));
    for pattern in marked.parameters.iter().filter_map(|parameter| parameter.pattern.as_ref()) {
        if let Some(init) = &pattern.init {
            builder.value(init, &mut seq);
            if let Value::Leaf(Leaf(init)) = init {
                builder.consume(init, &pattern.pat, &mut seq);
            }
            seq.extend(pattern.bindings.iter().map(|binding| Flow::Init(*binding)));
        }
    }
    seq.push(builder.block(&marked.body));
    Skeleton {
        flow: Flow::Scope(seq),
        captured: builder.captured.into_inner(),
        partial: builder.partial.into_inner(),
        guarded: builder.guarded.into_inner(),
        consumed: builder.consumed.into_inner(),
        glances: builder.glances.into_inner(),
        bytes: builder.bytes.into_inner(),
    }
}

struct Builder<'a> {
    tables: &'a Tables,
    captured: RefCell<BTreeMap<SiteId, Captured>>,
    partial: RefCell<BTreeSet<SiteId>>,
    guarded: RefCell<BTreeSet<SiteId>>,
    consumed: RefCell<BTreeSet<SiteId>>,
    glances: RefCell<BTreeSet<SiteId>>,
    bytes: RefCell<BTreeMap<Tenant, usize>>,
    /// What the operand of the await that comes next looks at.
    started: RefCell<Vec<SiteId>>,
}

impl Builder<'_> {
    /// What an awaitee may have of what it is made from.
    fn weigh(&self, suspension: SuspensionId, operand: &Expr) {
        let mut bytes = self.bytes.borrow_mut();
        if let Some(site) = path_ident(operand).and_then(as_site) {
            bytes.insert(Tenant::Binding(self.tables.site(site).binding), MADE_BEFORE);
            bytes.insert(Tenant::Awaitee(suspension), MADE_BEFORE);
            return;
        }
        let sites = sites_in(operand).into_iter().map(|site| self.tables.site(site));
        let mut all = SOME_FUTURE;
        for site in sites.filter(|site| site.mode == Mode::Value) {
            let binding = self.tables.binding(site.binding);
            let one = if binding.plain { binding.bytes } else { HANDED_ON };
            bytes.entry(Tenant::Binding(site.binding)).or_insert(one);
            all = all.saturating_add(one);
        }
        bytes.insert(Tenant::Awaitee(suspension), all);
    }

    /// A place that is compared, assigned or copied from.
    // Input:  n   buffer[i]   pair.0
    fn glance(&self, place: &Expr) {
        match place {
            Expr::Path(_) => self.glances.borrow_mut().extend(path_ident(place).and_then(as_site)),
            Expr::Index(node) => self.glance(&node.expr),
            Expr::Field(node) => self.glance(&node.base),
            Expr::Paren(node) => self.glance(&node.expr),
            _ => {}
        }
    }

    /// The operands of an expression that it copies: of a number what is read, of an array an element.
    fn glance_at_values<'e>(&self, values: impl IntoIterator<Item = &'e Expr>) {
        values.into_iter().for_each(|value| self.glance(value));
    }

    /// What is only looked at may be so after the poll that follows it.
    fn forget_glances_before_the_poll(&self, leaf: &Expr) {
        let mut before = true;
        leaf.accept(&mut Idents(|ident: &Ident| {
            before &= as_poll(ident).is_none();
            if let (true, Some(site)) = (before, as_site(ident)) {
                self.glances.borrow_mut().remove(&site);
            }
        }));
    }

    /// A whole expression, in which nothing else may stand in the place of what it looks at.
    fn leaf(&self, expr: &Expr, seq: &mut Vec<Flow>) {
        self.expr(expr, seq);
        let looks = |site: &SiteId| {
            let site = self.tables.site(*site);
            site.mode != Mode::Value && self.tables.binding(site.binding).plain
        };
        let seen = sites_in(expr).into_iter().filter(looks);
        if !crate::markers::polls_in(expr).is_empty() {
            seq.extend(self.started.borrow_mut().drain(..).map(Flow::Seen));
        }
        seq.extend(seen.map(Flow::Seen));
    }

    fn glances(&self, expr: &Expr) {
        match expr {
            Expr::Assign(node) => self.glance_at_values([&*node.left, &*node.right]),
            Expr::Binary(node) => self.glance_at_values([&*node.left, &*node.right]),
            Expr::Call(node) => self.glance_at_values(&node.args),
            Expr::MethodCall(node) => self.glance_at_values(&node.args),
            Expr::Cast(node) => self.glance(&node.expr),
            Expr::Index(node) => self.glance(&node.index),
            Expr::Array(node) => self.glance_at_values(&node.elems),
            Expr::Tuple(node) => self.glance_at_values(&node.elems),
            Expr::If(node) => self.glance(&node.cond),
            Expr::While(node) => self.glance(&node.cond),
            Expr::Unary(node) if !matches!(node.op, syn::UnOp::Deref(_)) => self.glance(&node.expr),
            _ => {}
        }
    }

    fn block(&self, block: &tree::Block) -> Flow {
        let mut seq = Vec::new();
        for stmt in &block.stmts {
            let entry = !stmt.suspensions().is_empty() && stmt.poll().is_none();
            match stmt {
                Stmt::Let(local) if entry => {
                    let mut flow = Vec::new();
                    if let Some(init) = &local.init {
                        self.value(init, &mut flow);
                    }
                    seq.push(Flow::Entry(Box::new(Flow::Seq(flow))));
                    self.bind(local, &mut seq);
                }
                Stmt::Let(local) => self.local(local, &mut seq),
                Stmt::Start { suspension, operand } => {
                    self.weigh(*suspension, &operand.0);
                    let mut flow = Vec::new();
                    self.leaf(&operand.0, &mut flow);
                    for event in flow {
                        // The awaitee looks at it until it is ready.
                        match event {
                            Flow::Seen(site) => self.started.borrow_mut().push(site),
                            event => seq.push(event),
                        }
                    }
                    seq.push(Flow::Start(*suspension));
                }
                Stmt::Value(value) => {
                    let mut flow = Vec::new();
                    self.value(value, &mut flow);
                    seq.push(if entry { Flow::Entry(Box::new(Flow::Seq(flow))) } else { Flow::Seq(flow) });
                }
                Stmt::Drop(bindings) => seq.extend(bindings.iter().map(|binding| Flow::Kill(*binding))),
                Stmt::Item(_) => {}
            }
        }
        if let Some(tail) = &block.tail {
            let mut flow = Vec::new();
            self.value(tail, &mut flow);
            let entry = !tail.suspensions().is_empty() && !matches!(**tail, Value::Leaf(_));
            seq.push(if entry { Flow::Entry(Box::new(Flow::Seq(flow))) } else { Flow::Seq(flow) });
        }
        match &block.label {
            Some(label) => Flow::Labelled { label: label.ident.to_string(), body: Box::new(Flow::Scope(seq)) },
            None => Flow::Scope(seq),
        }
    }

    fn local(&self, local: &Let, seq: &mut Vec<Flow>) {
        if let Some(init) = &local.init {
            self.value(init, seq);
        }
        self.bind(local, seq);
    }

    fn bind(&self, local: &Let, seq: &mut Vec<Flow>) {
        if let (Pat::Ident(pat), Some(Value::Leaf(init))) = (&local.pat, &local.init) {
            if pat.by_ref.is_none() {
                self.glance(&init.0);
            }
        }
        seq.extend(local.ends.iter().map(|binding| Flow::Kill(*binding)));
        if let Some(diverge) = &local.diverge {
            let mut flow = Vec::new();
            flow.extend(diverge.drops.iter().map(|binding| Flow::Kill(*binding)));
            self.expr(&diverge.leaf.0, &mut flow);
            flow.push(Flow::Exit);
            seq.push(Flow::perhaps(Flow::Seq(flow)));
        }
        if let Some(Value::Leaf(Leaf(init))) = &local.init {
            self.consume(init, &local.pat, seq);
        }
        for binding in &local.bindings {
            seq.push(Flow::Declare(*binding));
            if local.init.is_some() {
                seq.push(Flow::Init(*binding));
            }
        }
    }

    /// A pattern that binds takes from a local it matches.
    fn consume(&self, scrutinee: &Expr, pat: &Pat, seq: &mut Vec<Flow>) {
        if let Some(site) = path_ident(scrutinee).and_then(as_site) {
            if let Pat::Guard(_) = pat {
                self.guarded.borrow_mut().insert(site);
            }
            if self.tables.site(site).mode == Mode::Scrutinee && !bindings_in(pat).is_empty() {
                seq.push(Flow::Consume(site));
                self.consumed.borrow_mut().insert(site);
                if has_holes(pat) || binds_by_ref(pat) {
                    self.partial.borrow_mut().insert(site);
                }
            }
        }
    }

    fn value(&self, value: &Value, seq: &mut Vec<Flow>) {
        match value {
            Value::Leaf(leaf) | Value::IntoIter(leaf) => {
                self.leaf(&leaf.0, seq);
                if leaf.poll().is_some() {
                    self.forget_glances_before_the_poll(&leaf.0);
                }
            }
            Value::Next(site) => seq.push(Flow::Use(*site)),
            Value::Block(block) => seq.push(self.block(block)),
            Value::If(node) => {
                if let Value::Leaf(cond) = &node.cond {
                    self.glance(&cond.0);
                }
                self.value(&node.cond, seq);
                let mut otherwise = Vec::new();
                if let Some(value) = &node.otherwise {
                    self.value(value, &mut otherwise);
                }
                seq.push(Flow::Branch(vec![self.block(&node.then), Flow::Seq(otherwise)]));
            }
            Value::Match(node) => {
                self.leaf(&node.scrutinee.0, seq);
                node.arms.iter().for_each(|arm| self.guard(&arm.pat, seq));
                let arms = node.arms.iter().map(|arm| {
                    let mut flow = Vec::new();
                    self.consume(&node.scrutinee.0, &arm.pat, &mut flow);
                    for binding in &arm.bindings {
                        flow.extend([Flow::Declare(*binding), Flow::Init(*binding)]);
                    }
                    let mut body = Vec::new();
                    self.value(&arm.body, &mut body);
                    let body = Flow::Seq(body);
                    let entry = !arm.body.suspensions().is_empty() && arm.straight().is_none();
                    flow.push(if entry { Flow::Entry(Box::new(body)) } else { body });
                    Flow::Scope(flow)
                });
                seq.push(Flow::Branch(arms.collect()));
            }
            Value::Loop(node) => seq
                .push(Flow::Loop { label: Some(node.label.ident.to_string()), body: Box::new(self.block(&node.body)) }),
        }
    }

    /// The guard of an arm, for which the arm's variables are there: those that the arm then has are others.
    fn guard(&self, pat: &Pat, seq: &mut Vec<Flow>) {
        if let Pat::Guard(guard) = pat {
            let bound = bindings_in(&guard.pat).into_iter();
            let mut scope: Vec<Flow> =
                bound.flat_map(|binding| [Flow::Declare(binding), Flow::Init(binding)]).collect();
            self.expr(&guard.guard, &mut scope);
            seq.push(Flow::Scope(scope));
        }
    }

    /// An expression of the user's, in order of evaluation.
    fn expr(&self, expr: &Expr, seq: &mut Vec<Flow>) {
        self.glances(expr);
        match expr {
            Expr::Path(_) => {
                if let Some(ident) = path_ident(expr) {
                    if let Some(site) = as_site(ident) {
                        seq.push(match self.tables.site(site).mode {
                            Mode::Assign | Mode::Lend => Flow::Assign(site),
                            _ => Flow::Use(site),
                        });
                    } else if let Some(suspension) = as_poll(ident) {
                        seq.push(Flow::Suspend(suspension));
                    }
                }
            }
            Expr::Assign(node) => self.all([&*node.right, &*node.left], seq),
            Expr::Binary(node) => match node.op {
                BinOp::And(_) | BinOp::Or(_) => {
                    self.expr(&node.left, seq);
                    let mut right = Vec::new();
                    self.expr(&node.right, &mut right);
                    seq.push(Flow::perhaps(Flow::Seq(right)));
                }
                op if is_compound_assignment(op) => self.all([&*node.right, &*node.left], seq),
                _ => self.all([&*node.left, &*node.right], seq),
            },
            Expr::Block(node) => {
                let body = self.source_block(&node.block);
                seq.push(match &node.label {
                    Some(label) => Flow::Labelled { label: label.name.ident.to_string(), body: Box::new(body) },
                    None => body,
                });
            }
            Expr::Unsafe(node) => seq.push(self.source_block(&node.block)),
            Expr::Break(node) => {
                self.all(node.expr.as_deref(), seq);
                seq.push(Flow::Break(node.label.as_ref().map(|label| label.ident.to_string())));
            }
            Expr::Continue(node) => seq.push(Flow::Continue(node.label.as_ref().map(|label| label.ident.to_string()))),
            Expr::Return(node) => {
                self.all(node.expr.as_deref(), seq);
                seq.push(Flow::Exit);
            }
            Expr::Try(node) => {
                self.expr(&node.expr, seq);
                seq.push(Flow::perhaps(Flow::Exit));
            }
            Expr::Call(node) => self.call(&node.func, &node.args, seq),
            Expr::MethodCall(node) => self.call(&node.receiver, &node.args, seq),
            Expr::Closure(node) => {
                let captures = captures(node, self.tables);
                self.captured.borrow_mut().extend(captured(node, &captures, self.tables));
                seq.extend(captures.into_iter().map(|capture| Flow::Use(capture.site)))
            }
            Expr::If(node) => {
                self.expr(&node.cond, seq);
                let then = self.source_block(&node.then_branch);
                let mut otherwise = Vec::new();
                self.all(node.else_branch.as_ref().map(|(_, otherwise)| &**otherwise), &mut otherwise);
                // `if let pat = local` takes from the local only where it matches.
                let mut taking = Vec::new();
                if let Expr::Let(cond) = &*node.cond {
                    self.consume(&cond.expr, &cond.pat, &mut taking);
                }
                taking.push(then);
                seq.push(Flow::Branch(vec![Flow::Seq(taking), Flow::Seq(otherwise)]));
            }
            Expr::Let(node) => self.expr(&node.expr, seq),
            Expr::Match(node) => {
                self.expr(&node.expr, seq);
                // Where one guard fails, the arms below are tried: all guards come before any arm.
                node.arms.iter().for_each(|arm| self.guard(&arm.pat, seq));
                let arms = node.arms.iter().map(|arm| {
                    let mut flow = Vec::new();
                    self.consume(&node.expr, &arm.pat, &mut flow);
                    self.expr(&arm.body, &mut flow);
                    Flow::Seq(flow)
                });
                seq.push(Flow::Branch(arms.collect()));
            }
            Expr::Loop(node) => seq.push(Flow::Loop {
                label: node.label.as_ref().map(|label| label.name.ident.to_string()),
                body: Box::new(self.source_block(&node.body)),
            }),
            Expr::While(node) => {
                let mut body = Vec::new();
                self.expr(&node.cond, &mut body);
                body.push(Flow::perhaps(Flow::Break(None)));
                body.push(self.source_block(&node.body));
                seq.push(Flow::Loop {
                    label: node.label.as_ref().map(|label| label.name.ident.to_string()),
                    body: Box::new(Flow::Seq(body)),
                });
            }
            Expr::ForLoop(node) => {
                self.expr(&node.expr, seq);
                let body = vec![Flow::perhaps(Flow::Break(None)), self.source_block(&node.body)];
                seq.push(Flow::Loop {
                    label: node.label.as_ref().map(|label| label.name.ident.to_string()),
                    body: Box::new(Flow::Seq(body)),
                });
            }
            Expr::Macro(node) => {
                match known_macros::parse(&node.mac) {
                    Some(arguments) => {
                        let mut values = arguments.arguments.iter().map(|argument| &argument.value);
                        self.all(values.by_ref().take(arguments.lazy_from), seq);
                        let mut lazy = Vec::new();
                        self.all(values, &mut lazy);
                        if !lazy.is_empty() {
                            seq.push(Flow::perhaps(Flow::Seq(lazy)));
                        }
                        arguments.pattern.iter().for_each(|pattern| self.sites(pattern, seq));
                    }
                    None => self.sites(&node.mac.tokens, seq),
                }
                // It may not be the macro that its name says.
                for site in sites_in(&node.mac.tokens) {
                    self.glances.borrow_mut().remove(&site);
                }
                if known_macros::diverges(&node.mac) {
                    seq.push(Flow::Exit);
                } else if known_macros::may_return(&node.mac) {
                    seq.push(Flow::perhaps(Flow::Exit));
                } else if known_macros::parse(&node.mac).is_none() {
                    seq.push(self.anywhere(&node.mac));
                }
            }
            Expr::Array(node) => self.all(&node.elems, seq),
            Expr::Tuple(node) => self.all(&node.elems, seq),
            Expr::Cast(node) => self.expr(&node.expr, seq),
            Expr::Field(node) => self.expr(&node.base, seq),
            Expr::Group(node) => self.expr(&node.expr, seq),
            Expr::Paren(node) => self.expr(&node.expr, seq),
            Expr::Index(node) => self.all([&*node.expr, &*node.index], seq),
            Expr::Range(node) => self.all(node.start.as_deref().into_iter().chain(node.end.as_deref()), seq),
            Expr::RawAddr(node) => self.expr(&node.expr, seq),
            Expr::Reference(node) => self.expr(&node.expr, seq),
            Expr::Repeat(node) => self.expr(&node.expr, seq),
            Expr::Struct(node) => {
                self.all(node.fields.iter().map(|field| &field.expr), seq);
                self.all(node.rest.as_deref(), seq);
            }
            Expr::Unary(node) => self.expr(&node.expr, seq),
            other => self.sites(other, seq),
        }
    }

    /// Where a macro that is not known may go: on, out of the function, out of a loop or to its next round.
    fn anywhere(&self, mac: &syn::Macro) -> Flow {
        let mut ways = vec![Flow::Exit, Flow::Break(None), Flow::Continue(None)];
        for label in crate::mark::labels::in_tokens(mac.tokens.clone()) {
            ways.extend([Flow::Break(Some(label.clone())), Flow::Continue(Some(label))]);
        }
        Flow::Doubt(ways)
    }

    /// The receiver is named first, but taken or borrowed for good only when the arguments are evaluated.
    fn call<'e>(&self, receiver: &Expr, arguments: impl IntoIterator<Item = &'e Expr>, seq: &mut Vec<Flow>) {
        match path_ident(receiver).and_then(as_site) {
            Some(site) => {
                self.all(arguments, seq);
                seq.push(Flow::Use(site));
            }
            None => {
                self.expr(receiver, seq);
                self.all(arguments, seq);
            }
        }
    }

    fn all<'a>(&self, exprs: impl IntoIterator<Item = &'a Expr>, seq: &mut Vec<Flow>) {
        for expr in exprs {
            self.expr(expr, seq);
        }
    }

    fn sites(&self, syntax: &impl Searched, seq: &mut Vec<Flow>) {
        seq.extend(sites_in(syntax).into_iter().map(Flow::Use));
    }

    fn source_block(&self, block: &Block) -> Flow {
        let mut seq = Vec::new();
        for stmt in &block.stmts {
            match stmt {
                Source::Local(local) => {
                    if let Some(init) = &local.init {
                        self.expr(&init.expr, &mut seq);
                        if let Some((_, diverge)) = &init.diverge {
                            let mut flow = Vec::new();
                            self.expr(diverge, &mut flow);
                            flow.push(Flow::Exit);
                            seq.push(Flow::perhaps(Flow::Seq(flow)));
                        }
                        self.consume(&init.expr, &local.pat, &mut seq);
                    }
                }
                Source::Expr(expr, _) => self.expr(expr, &mut seq),
                Source::Macro(mac) => {
                    self.expr(&Expr::Macro(syn::ExprMacro { attrs: Vec::new(), mac: mac.mac.clone() }), &mut seq)
                }
                Source::Item(_) => {}
            }
        }
        Flow::Seq(seq)
    }
}
