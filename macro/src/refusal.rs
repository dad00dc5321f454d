//! Everything `#[desugar]` refuses, in one table: what is wrong, and what to write instead.
//!
//! A refusal stands on the smallest token that mends it. Those of one stage are collected and reported together, in
//! source order. Each has a test of the same name in `ui-tests`.

use proc_macro2::Span;
use syn::Error;

/// What cannot be desugared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Argument,
    MaxSize,
    Skip,
    InspectAsync,
    InspectPlain,
    MaxSizePlain,
    NotAFunction,
    NotABlock,
    BlockWithoutMove,
    ConstFn,
    Variadic,
    ExternFn,
    TraitMethod,
    Recursion,
    AsyncClosure,
    TryBlock,
    Yield,
    UnknownSyntax,
    AwaitInMacro,
    BlockInMacro,
    AwaitInLazyMacro,
    AwaitInGuard,
    AwaitInConst,
    AwaitInPlace,
    AwaitChanges,
    AttributeOnAwait,
    RestPattern,
    OrPatternHole,
    MacroPattern,
    MacroGuard,
    OpenReceiver,
    LocalMacro,
    MacroAssigns,
    Cfg,
    InlineCapture,
}

impl Refusal {
    fn message(self) -> &'static str {
        match self {
            Refusal::Argument => {
                "unknown argument; write `#[desugar]`, `#[desugar(inspect)]` or `#[desugar(max_size = 512)]`"
            }
            Refusal::MaxSize => "`max_size` is a number of bytes; write it out, as in `max_size = 512`",
            Refusal::Skip => {
                "`skip` leaves a function out of an impl, a trait or a module under `#[desugar]`; here is none, so remove the attribute"
            }
            Refusal::InspectAsync => {
                "the other attribute gets an `async fn`, whose future cannot be inspected; remove `inspect`, or that attribute"
            }
            Refusal::InspectPlain => {
                "only the async blocks in this function become futures, which cannot be inspected; remove `inspect`"
            }
            Refusal::MaxSizePlain => {
                "only the async blocks in this function become futures, and which of them is meant is not said; remove `max_size`"
            }
            Refusal::NotAFunction => {
                "only functions can be desugared; put `#[desugar]` on one, or on an impl, a trait or a module of them"
            }
            Refusal::NotABlock => "only an async block can be desugared here; write `async move { .. }`",
            Refusal::BlockWithoutMove => {
                "what the block borrows cannot be seen here; write `async move`, and bind a reference to what it shall borrow before it"
            }
            Refusal::ConstFn => "a future is not built in a const fn; remove `const`",
            Refusal::Variadic => "a variadic function cannot be desugared; name the parameters",
            Refusal::ExternFn => "a function with a foreign ABI cannot be async; remove `extern`",
            Refusal::TraitMethod => "a method without a body cannot be desugared; write the body, or `async fn`",
            Refusal::Recursion => {
                "a future cannot hold a box of its own type; box it in a function that returns `Pin<Box<dyn Future<Output = ..> + Send>>`, and await that"
            }
            Refusal::AsyncClosure => {
                "an async closure is not supported; write a closure that returns a block: `|x| async move { .. }`"
            }
            Refusal::TryBlock => "a `try` block is not supported; write a function that returns the `Result`",
            Refusal::Yield => "`yield` is not supported; a desugared function only awaits",
            Refusal::UnknownSyntax => "this syntax is not known; write it in plainer Rust",
            Refusal::AwaitInMacro => {
                "the await is hidden in a macro whose arguments are not known; await before it, in a `let`"
            }
            Refusal::BlockInMacro => {
                "an async block is hidden in a macro whose arguments are not known; bind it before, in a `let`"
            }
            Refusal::AwaitInLazyMacro => {
                "this argument is evaluated only if the macro needs it; await before it, in a `let`"
            }
            Refusal::AwaitInGuard => "an await in a match guard is not supported yet; await before the `match`",
            Refusal::AwaitInConst => "a constant cannot await; await before it, in a `let`",
            Refusal::AwaitInPlace => {
                "what is computed here would have to outlive the await as a place; bind a reference to it first: `let place = &mut ..`"
            }
            Refusal::AwaitChanges => {
                "the await may change what is read here before it; bind this and what is awaited first, each in a `let`"
            }
            Refusal::AttributeOnAwait => {
                "what this attribute makes of code that awaits is not known; move the await out"
            }
            Refusal::RestPattern => {
                "`..` leaves fields without a name that live as long as the awaits below; name them: `field: _field`"
            }
            Refusal::OrPatternHole => {
                "a `_` beside a binding in an or-pattern leaves a value without a name that lives as long as the awaits below; write two arms"
            }
            Refusal::MacroPattern => "a macro in a pattern is not supported here; write the pattern out",
            Refusal::MacroGuard => {
                "what this macro leaves for the end of the block would be dropped before the awaits below; write the `let` of a guard yourself"
            }
            Refusal::OpenReceiver => {
                "whether this method moves its receiver decides what is dropped while its arguments are awaited; bind the arguments first, in a `let`, or write `{x}.method(..)` to move"
            }
            Refusal::LocalMacro => {
                "a macro declared in the body, after its first statement or with its variables in it, is not supported; declare it first, and pass variables as arguments"
            }
            Refusal::MacroAssigns => {
                "this macro is handed a variable that may have no value here; assign it outside of the macro"
            }
            Refusal::Cfg => {
                "with more than six different conditions in a function there are too many versions of it; write `if cfg!(..)`, or put some in functions of their own"
            }
            Refusal::InlineCapture => {
                "`{self}` cannot be captured in a macro that is not known; pass it as an argument: `\"{}\", self`"
            }
        }
    }
}

/// The refusals of one stage.
#[derive(Default)]
pub(crate) struct Refusals(Option<Error>);

impl Refusals {
    /// Notes a refusal.
    pub(crate) fn push(&mut self, span: Span, refusal: Refusal) {
        self.combine(Error::new(span, refusal.message()));
    }

    /// Notes a refusal of all these tokens.
    pub(crate) fn push_spanned(&mut self, tokens: impl quote::ToTokens, refusal: Refusal) {
        self.combine(Error::new_spanned(tokens, refusal.message()));
    }

    /// Notes those of another part.
    pub(crate) fn append(&mut self, other: Refusals) {
        other.0.into_iter().for_each(|error| self.combine(error));
    }

    /// Notes an error of syn's.
    pub(crate) fn combine(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// The barrier at the end of a stage: nothing broken goes on.
    pub(crate) fn check<T>(self, value: T) -> syn::Result<T> {
        match self.0 {
            None => Ok(value),
            Some(error) => Err(error),
        }
    }
}
