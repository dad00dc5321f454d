//! Expressions: every mention of a local becomes a site, with the mode its position gives it.

use syn::{BinOp, Block, Expr, Pat, Stmt, UnOp};

use super::Resolver;
use crate::ids::{ident_expr, path_ident, Mode};
use crate::refusal::Refusal;

impl Resolver {
    pub(super) fn block(&mut self, block: &mut Block) {
        self.scopes.enter();
        self.depth += 1;
        let mut only_items = self.depth == 1;
        for stmt in &mut block.stmts {
            // Other items are seen in the whole block; a macro only from where it stands, and there the machine's text is
            // not the source's.
            if let (Stmt::Item(syn::Item::Macro(item)), false) = (&*stmt, only_items) {
                if item.ident.is_some() {
                    self.refusals.push_spanned(&item.mac.path, Refusal::LocalMacro);
                }
            }
            only_items &= matches!(stmt, Stmt::Item(_));
            self.stmt(stmt);
        }
        self.depth -= 1;
        self.scopes.leave();
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Local(local) => {
                self.ignore(local);
                if let Some(init) = &mut local.init {
                    let mode = let_mode(&local.pat);
                    self.expr(&mut init.expr, mode);
                    if let Some((_, diverge)) = &mut init.diverge {
                        self.expr(diverge, Mode::Value);
                    }
                }
                match &mut local.pat {
                    // A `let` of one name binds it, however it is spelt.
                    Pat::Ident(ident) if local.init.as_ref().is_none_or(|init| init.diverge.is_none()) => {
                        self.name(ident)
                    }
                    pat => self.pattern(pat),
                }
                if let Some(init) = &local.init {
                    self.note_reference(&local.pat, &init.expr);
                    if init.diverge.is_none() {
                        self.note_plain(&local.pat, &init.expr);
                    }
                }
            }
            Stmt::Expr(expr, _) => self.expr(expr, Mode::Value),
            Stmt::Macro(stmt) => self.invocation(&mut stmt.mac),
            Stmt::Item(syn::Item::Macro(item)) if item.ident.is_some() => self.local_macro(item),
            Stmt::Item(_) => {}
        }
    }

    fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a mut Expr>, mode: Mode) {
        for expr in exprs {
            self.expr(expr, mode);
        }
    }

    // Input:  a.send(b + &c)
    // Output: __site_0.send(__site_1 + &__site_2), modes: receiver, value, place
    pub(super) fn expr(&mut self, expr: &mut Expr, mode: Mode) {
        match expr {
            Expr::Path(_) => {
                let ident = path_ident(expr).cloned();
                if let Some(site) = ident.and_then(|ident| self.mention(&ident, mode)) {
                    *expr = ident_expr(site);
                }
            }
            Expr::Array(array) => self.exprs(&mut array.elems, mode.within_literal()),
            Expr::Tuple(tuple) => self.exprs(&mut tuple.elems, mode.within_literal()),
            Expr::Assign(assign) => {
                let mode = match &*assign.left {
                    // `_ = x` is no move, and `(a, _) = x` moves only a part.
                    Expr::Infer(_) | Expr::Tuple(_) | Expr::Array(_) | Expr::Struct(_) | Expr::Call(_) => Mode::Place,
                    _ => Mode::Value,
                };
                self.expr(&mut assign.right, mode);
                self.expr(&mut assign.left, Mode::Assign);
            }
            Expr::Await(awaiting) => {
                if let Some(path) = self.boxes_itself(&awaiting.base) {
                    self.refusals.push_spanned(path, Refusal::Recursion);
                }
                self.expr(&mut awaiting.base, Mode::Value)
            }
            Expr::Binary(binary) => self.binary(binary),
            Expr::Block(block) => self.block(&mut block.block),
            Expr::Unsafe(block) => self.block(&mut block.block),
            Expr::Break(node) => self.exprs(node.expr.as_deref_mut(), Mode::Value),
            Expr::Return(node) => self.exprs(node.expr.as_deref_mut(), Mode::Value),
            Expr::Call(call) => {
                self.expr(&mut call.func, Mode::Receiver);
                self.exprs(&mut call.args, Mode::Value);
            }
            Expr::MethodCall(call) => {
                self.expr(&mut call.receiver, Mode::Receiver);
                self.exprs(&mut call.args, Mode::Value);
            }
            Expr::Cast(cast) => self.expr(&mut cast.expr, Mode::Value),
            Expr::Closure(closure) => {
                if let Some(token) = &closure.asyncness {
                    return self.refusals.push(token.span, Refusal::AsyncClosure);
                }
                self.scopes.enter();
                for input in &mut closure.inputs {
                    self.pattern(input);
                }
                self.expr(&mut closure.body, Mode::Value);
                self.scopes.leave();
            }
            Expr::Const(_) | Expr::Continue(_) | Expr::Infer(_) | Expr::Lit(_) => {}
            Expr::Field(field) => match self.part(field) {
                Some(part) => {
                    let span = syn::spanned::Spanned::span(&field.member);
                    *expr = ident_expr(self.tables.mention(part, mode, span).marker(span));
                }
                None => self.expr(&mut field.base, Mode::Place),
            },
            Expr::Group(group) => self.expr(&mut group.expr, mode),
            Expr::Paren(paren) => self.expr(&mut paren.expr, mode),
            Expr::If(node) => {
                // What `let` binds in the condition is seen in the rest of it and in the first branch.
                self.scopes.enter();
                self.condition(&mut node.cond);
                self.block(&mut node.then_branch);
                self.scopes.leave();
                if let Some((_, otherwise)) = &mut node.else_branch {
                    self.expr(otherwise, Mode::Value);
                }
            }
            Expr::Let(node) => {
                self.expr(&mut node.expr, Mode::Scrutinee);
                self.pattern(&mut node.pat);
            }
            Expr::Index(index) => {
                self.expr(&mut index.expr, Mode::Place);
                self.expr(&mut index.index, Mode::Value);
            }
            Expr::Loop(node) => self.block(&mut node.body),
            Expr::While(node) => {
                self.scopes.enter();
                self.condition(&mut node.cond);
                self.block(&mut node.body);
                self.scopes.leave();
            }
            Expr::ForLoop(node) => {
                self.expr(&mut node.expr, Mode::Value);
                self.scopes.enter();
                self.pattern(&mut node.pat);
                self.block(&mut node.body);
                self.scopes.leave();
            }
            Expr::Match(node) => {
                self.expr(&mut node.expr, Mode::Scrutinee);
                for arm in &mut node.arms {
                    self.scopes.enter();
                    self.pattern(&mut arm.pat);
                    self.expr(&mut arm.body, Mode::Value);
                    self.scopes.leave();
                }
            }
            Expr::Macro(node) => self.invocation(&mut node.mac),
            Expr::Range(range) => {
                self.exprs(range.start.as_deref_mut(), Mode::Value);
                self.exprs(range.end.as_deref_mut(), Mode::Value);
            }
            Expr::RawAddr(node) => self.expr(&mut node.expr, Mode::Place),
            Expr::Reference(node) => self.expr(&mut node.expr, Mode::Place),
            Expr::Repeat(node) => self.expr(&mut node.expr, Mode::Value),
            Expr::Struct(node) => {
                for field in &mut node.fields {
                    // Shorthand `Foo { x }` names the field and the local at once: write it out.
                    field.colon_token.get_or_insert_with(Default::default);
                    self.expr(&mut field.expr, mode.within_literal());
                }
                self.exprs(node.rest.as_deref_mut(), Mode::Place);
            }
            Expr::Try(node) => self.expr(&mut node.expr, Mode::Value),
            Expr::Unary(unary) => {
                let mode = if let UnOp::Deref(_) = unary.op { Mode::Place } else { Mode::Value };
                self.expr(&mut unary.expr, mode);
            }
            Expr::Verbatim(tokens) if tokens.is_empty() => {}
            Expr::Async(node) => *expr = self.async_block(node),
            Expr::TryBlock(node) => self.refusals.push(node.try_token.span, Refusal::TryBlock),
            Expr::Yield(node) => self.refusals.push(node.yield_token.span, Refusal::Yield),
            other => self.refusals.push_spanned(&other, Refusal::UnknownSyntax),
        }
    }

    /// An expression that can only be a `bool`: a local is read, not taken.
    pub(super) fn condition(&mut self, expr: &mut Expr) {
        self.expr(expr, Mode::Place);
    }

    fn binary(&mut self, binary: &mut syn::ExprBinary) {
        let (left, right) = match binary.op {
            // Comparisons borrow both sides.
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                (Mode::Place, Mode::Place)
            }
            op if is_compound_assignment(op) => (Mode::Place, Mode::Value),
            // Both are `bool`.
            BinOp::And(_) | BinOp::Or(_) => {
                self.condition(&mut binary.left);
                return self.condition(&mut binary.right);
            }
            _ => (Mode::Value, Mode::Value),
        };
        self.expr(&mut binary.left, left);
        self.expr(&mut binary.right, right);
    }
}

/// What a `let` does with the local it is initialised from.
fn let_mode(pat: &Pat) -> Mode {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_some() => Mode::Place,
        Pat::Ident(ident) if ident.subpat.is_none() => Mode::Value,
        Pat::Type(typed) => let_mode(&typed.pat),
        Pat::Paren(paren) => let_mode(&paren.pat),
        Pat::Wild(_) => Mode::Place,
        _ => Mode::Scrutinee,
    }
}

impl Mode {
    /// The mode of an element: `(a, b) = ..` assigns, `(a, b)` elsewhere takes values.
    fn within_literal(self) -> Mode {
        match self {
            Mode::Assign => Mode::Assign,
            _ => Mode::Value,
        }
    }
}

/// `a += b` and its kin.
pub(crate) fn is_compound_assignment(op: BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
