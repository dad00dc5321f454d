//! The skeleton of the function that liveness is decided on: what happens to which binding, in order of evaluation.
//!
//! In: the marked tree. Out: one [`Flow`]. It knows no syntax any more, so the analysis has no cases for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use syn::{Expr, Pat};

use super::capture::Captured;
use super::Tenant;
use crate::ids::{path_ident, BindingId, Mode, SiteId, SuspensionId, Tables};
use crate::mark::awaits::binds_by_ref;
use crate::mark::holes::has_holes;
use crate::mark::tree::{self, Leaf, Let, Stmt, Value};
use crate::mark::Marked;
use crate::markers::{as_site, bindings_in, sites_in};

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
    pub(super) fn perhaps(flow: Flow) -> Flow {
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
    /// Mentions of plain variables, by value too, with which these are not gone, but where the expression ends.
    pub(crate) lasting: BTreeSet<SiteId>,
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
        lasting: RefCell::default(),
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
        lasting: builder.lasting.into_inner(),
        bytes: builder.bytes.into_inner(),
    }
}

pub(super) struct Builder<'a> {
    pub(super) tables: &'a Tables,
    pub(super) captured: RefCell<BTreeMap<SiteId, Captured>>,
    pub(super) partial: RefCell<BTreeSet<SiteId>>,
    pub(super) guarded: RefCell<BTreeSet<SiteId>>,
    pub(super) consumed: RefCell<BTreeSet<SiteId>>,
    pub(super) glances: RefCell<BTreeSet<SiteId>>,
    pub(super) bytes: RefCell<BTreeMap<Tenant, usize>>,
    /// Mentions of plain variables that an expression looks at to its end.
    pub(super) lasting: RefCell<BTreeSet<SiteId>>,
    /// What the operand of the await that comes next looks at.
    pub(super) started: RefCell<Vec<SiteId>>,
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

    /// A whole expression, in which nothing else may stand in the place of what it looks at: not even where it takes a copy of
    /// that as well.
    // Input:  sum(&n, n)
    fn leaf(&self, expr: &Expr, seq: &mut Vec<Flow>) {
        self.expr(expr, seq);
        let sites = sites_in(expr);
        let captured = self.captured.borrow();
        let looks = |site: &SiteId| self.tables.site(*site).mode != Mode::Value || captured.contains_key(site);
        let of = |site: &SiteId| self.tables.site(*site).binding;
        let looked_at: BTreeSet<BindingId> = sites.iter().filter(|site| looks(site)).map(of).collect();
        let seen: Vec<SiteId> = sites
            .into_iter()
            .filter(|site| self.tables.binding(of(site)).plain && looked_at.contains(&of(site)))
            .collect();
        drop(captured);
        self.lasting.borrow_mut().extend(&seen);
        if !crate::markers::polls_in(expr).is_empty() {
            seq.extend(self.started.borrow_mut().drain(..).map(Flow::Seen));
        }
        seq.extend(seen.into_iter().map(Flow::Seen));
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
            if pat.by_ref.is_none() && pat.subpat.is_none() {
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
    pub(super) fn consume(&self, scrutinee: &Expr, pat: &Pat, seq: &mut Vec<Flow>) {
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
    pub(super) fn guard(&self, pat: &Pat, seq: &mut Vec<Flow>) {
        if let Pat::Guard(guard) = pat {
            let bound = bindings_in(&guard.pat).into_iter();
            let mut scope: Vec<Flow> =
                bound.flat_map(|binding| [Flow::Declare(binding), Flow::Init(binding)]).collect();
            self.expr(&guard.guard, &mut scope);
            seq.push(Flow::Scope(scope));
        }
    }
}
