//! The macros whose arguments are known: how their tokens parse, and what each does with its arguments.
//!
//! In: a macro invocation. Out: its arguments as expressions, which can be printed back. A macro that is not in the
//! table, or whose tokens do not parse as it says, is opaque: its tokens are left alone but for the locals they mention.

mod events;
mod format;
mod tree;

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{quote, ToTokens};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Lit, Macro, Pat, Token};

use crate::ids::{map_idents, Mode, Replacement};
use events::Event;
pub(crate) use format::{captures, Capture};

/// A macro's arguments.
pub(crate) struct Arguments {
    pub(crate) arguments: Vec<Argument>,
    /// What is around the arguments, with holes for them, where they are no list: `[element; length]`.
    shape: Option<TokenStream>,
    /// `matches!`: the pattern and guard.
    pub(crate) pattern: Option<Pat>,
    /// The index of the format string, if the macro takes one and has it.
    pub(crate) format: Option<usize>,
    /// The first argument that is evaluated only if the macro needs it.
    pub(crate) lazy_from: usize,
    /// Whether what the arguments make as temporaries outlives the macro.
    pub(crate) lasting: bool,
    /// Whether the macro uses each argument before it evaluates the next.
    pub(crate) one_by_one: bool,
}

pub(crate) struct Argument {
    pub(crate) label: Label,
    pub(crate) value: Expr,
    pub(crate) mode: Mode,
}

/// What stands before the value of an argument.
pub(crate) enum Label {
    None,
    /// `name = value`: a format string knows it by this name.
    Name(Ident),
    /// `target: value`, `user.id = value`.
    Tokens(TokenStream),
    /// `id = %value`, or `%id` where that is what the value is called; `user.id` likewise.
    Field {
        name: TokenStream,
        sigil: Option<Punct>,
    },
    /// Nothing, but the macro may ask how the value is spelt, which is a name: `id`.
    Spelt,
}

/// How a macro treats its arguments.
#[derive(Clone, Copy)]
enum Kind {
    /// So many arguments taken by value, so many by reference, then a format string and what it formats.
    Format { by_value: usize, by_reference: usize, lazy: bool, eager: bool },
    /// Every argument by value.
    Values,
    /// `vec!`: every argument by value, or `element; length`.
    Vec,
    /// `matches!(scrutinee, pattern if guard)`.
    Matches,
    /// What a log is told.
    Event(Event),
    /// An error: a format string and what it formats, or a value; after a condition, if it is only then an error.
    Error { condition: bool },
    /// `json!`: keys by value, values by `mode`; `object`: without the braces.
    Tree { mode: Mode, object: bool },
}

fn kind(mac: &Macro) -> Option<Kind> {
    let format = |by_value, by_reference, lazy, eager| Kind::Format { by_value, by_reference, lazy, eager };
    Some(match name_of(mac).as_str() {
        "print" | "println" | "eprint" | "eprintln" | "format" | "format_args" | "panic" | "todo" | "unimplemented"
        | "unreachable" => format(0, 0, false, true),
        "write" | "writeln" => format(0, 1, false, true),
        "assert" => format(1, 0, true, true),
        "assert_eq" | "assert_ne" => format(0, 2, true, true),
        "debug_assert" => format(1, 0, true, false),
        "debug_assert_eq" | "debug_assert_ne" => format(0, 2, true, false),
        "trace" | "debug" | "info" | "warn" | "error" => Kind::Event(Event { level: false, span: false }),
        "event" => Kind::Event(Event { level: true, span: false }),
        "span" => Kind::Event(Event { level: true, span: true }),
        "trace_span" | "debug_span" | "info_span" | "warn_span" | "error_span" => {
            Kind::Event(Event { level: false, span: true })
        }
        "json" => Kind::Tree { mode: Mode::Place, object: false },
        "bson" => Kind::Tree { mode: Mode::Value, object: false },
        "doc" => Kind::Tree { mode: Mode::Value, object: true },
        "anyhow" | "eyre" | "format_err" | "miette" | "bail" => Kind::Error { condition: false },
        "ensure" => Kind::Error { condition: true },
        "dbg" => Kind::Values,
        "vec" => Kind::Vec,
        "matches" => Kind::Matches,
        _ => return None,
    })
}

/// What a macro is called, whatever its path.
fn name_of(mac: &Macro) -> String {
    mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// A macro that speaks of its tokens as tokens: a name in them is no mention.
pub(crate) fn is_textual(mac: &Macro) -> bool {
    let name = name_of(mac);
    ["stringify", "concat", "cfg", "compile_error", "env", "option_env", "include", "include_str", "include_bytes"]
        .contains(&name.as_str())
}

/// Replaces what may be the name of a variable, and looks at literals, in the tokens of a macro that is not known: an
/// identifier that is no member of something, no path, and no name of a field or an argument.
pub(crate) fn map_mentions(
    tokens: TokenStream,
    replace: &mut dyn FnMut(&TokenTree) -> Option<TokenTree>,
) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        let new = match &tree {
            TokenTree::Ident(_) => {
                let named = match tokens.peek() {
                    Some(TokenTree::Punct(next)) => match next.as_char() {
                        ':' => true,
                        '!' | '=' => next.spacing() == Spacing::Alone,
                        _ => false,
                    },
                    _ => false,
                };
                let member = match &out[..] {
                    // `a..x` is a range, and `x` no member.
                    [.., TokenTree::Punct(first), TokenTree::Punct(second)]
                        if first.as_char() == '.' && first.spacing() == Spacing::Joint && second.as_char() == '.' =>
                    {
                        false
                    }
                    [.., TokenTree::Punct(first), TokenTree::Punct(second)] if second.as_char() == ':' => {
                        first.as_char() == ':' && first.spacing() == Spacing::Joint
                    }
                    [.., TokenTree::Punct(before)] => matches!(before.as_char(), '\'' | '.'),
                    _ => false,
                };
                if named || member {
                    None
                } else {
                    replace(&tree)
                }
            }
            TokenTree::Group(group) => {
                let mut new = Group::new(group.delimiter(), map_mentions(group.stream(), replace));
                new.set_span(group.span());
                Some(TokenTree::Group(new))
            }
            other => replace(other),
        };
        out.push(new.unwrap_or(tree));
    }
    out.into_iter().collect()
}

/// A macro that returns an error from the function.
pub(crate) fn returns(mac: &Macro) -> bool {
    let name = name_of(mac);
    ["bail", "fail", "throw"].contains(&name.as_str())
}

/// A macro that may return from the function, by what it is called: `ensure!`, `check_open!`, `unwrap_or_return!`.
pub(crate) fn may_return(mac: &Macro) -> bool {
    let name = name_of(mac);
    let says_so = |word| ["ensure", "bail", "check", "fail", "require", "return", "throw", "try"].contains(&word);
    !returns(mac) && name.split('_').any(says_so)
}

/// A macro that leaves something for the end of the block, by what it is called: `defer!`, `span_guard!`.
pub(crate) fn leaves_a_guard(mac: &Macro) -> bool {
    name_of(mac).split('_').any(|word| ["defer", "finally", "guard"].contains(&word))
}

/// A macro that never returns.
pub(crate) fn diverges(mac: &Macro) -> bool {
    let name = name_of(mac);
    ["panic", "todo", "unimplemented", "unreachable"].contains(&name.as_str()) || returns(mac)
}

/// Whether there is an async block, or an async closure, in the tokens of a macro that are not taken apart.
pub(crate) fn hides_async(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == "async",
        TokenTree::Group(group) => hides_async(&group.stream()),
        _ => false,
    })
}

/// A macro that is handed items: attributes, perhaps, how far it is seen, and a keyword with a name.
pub(crate) fn declares(mac: &Macro) -> bool {
    let parse = |input: ParseStream| {
        let attributes = syn::Attribute::parse_outer(input);
        let _: syn::Visibility = input.parse()?;
        let (keyword, rest): (Ident, TokenStream) = (input.call(Ident::parse_any)?, input.parse()?);
        let named = matches!(rest.into_iter().next(), Some(TokenTree::Ident(_)));
        let names = ["struct", "enum", "union", "trait", "fn", "static", "const", "type", "mod"];
        Ok(attributes.is_ok() && named && names.iter().any(|name| keyword == name))
    };
    mac.parse_body_with(parse).unwrap_or(false)
}

/// Parses a known macro's arguments.
pub(crate) fn parse(mac: &Macro) -> Option<Arguments> {
    let kind = kind(mac)?;
    mac.parse_body_with(|input: ParseStream| parse_arguments(input, kind)).ok()
}

/// Changes the arguments of a macro, if it is known; tells whether it is.
pub(crate) fn map_arguments(mac: &mut Macro, mut change: impl FnMut(&mut Expr)) -> bool {
    let mut arguments = match parse(mac) {
        Some(arguments) => arguments,
        None => return false,
    };
    arguments.arguments.iter_mut().for_each(|argument| change(&mut argument.value));
    mac.tokens = arguments.print();
    true
}

fn parse_arguments(input: ParseStream, kind: Kind) -> syn::Result<Arguments> {
    let mut arguments = Vec::new();
    let mut parsed = Arguments {
        arguments: Vec::new(),
        shape: None,
        pattern: None,
        format: None,
        lazy_from: usize::MAX,
        // `write!` calls a method; the others that format have a block for what they do.
        lasting: match kind {
            Kind::Values | Kind::Vec | Kind::Matches => true,
            Kind::Format { by_value, by_reference, .. } => (by_value, by_reference) == (0, 1),
            Kind::Event(_) | Kind::Error { .. } | Kind::Tree { .. } => false,
        },
        one_by_one: matches!(kind, Kind::Tree { .. }),
    };
    if let Kind::Tree { mode, object } = kind {
        let (arguments, shape) = tree::parse_tree(input, mode, object)?;
        return Ok(Arguments { arguments, shape: Some(shape), ..parsed });
    }
    if let Kind::Event(event) = kind {
        let (arguments, format) = events::parse_event(input, event)?;
        return Ok(Arguments { arguments, format, lazy_from: 0, ..parsed });
    }
    while !input.is_empty() {
        if let (Kind::Matches, 1) = (kind, arguments.len()) {
            parsed.pattern = Some(parse_guarded_pattern(input)?);
            let _: Option<Token![,]> = input.parse()?;
            break;
        }
        let argument: Named = input.parse()?;
        arguments.push((argument.name, argument.value));
        if input.is_empty() {
            break;
        }
        if let (Kind::Vec, 1, true) = (kind, arguments.len(), input.peek(Token![;])) {
            let (semi, length): (Token![;], Expr) = (input.parse()?, input.parse()?);
            let (element, count) = (hole(0), hole(1));
            parsed.shape = Some(quote!(#element #semi #count));
            arguments.push((None, length));
            break;
        }
        input.parse::<Token![,]>()?;
    }
    if !input.is_empty() {
        return Err(input.error("more tokens than arguments"));
    }
    if let Kind::Format { by_value, by_reference, lazy, eager } = kind {
        let format = by_value + by_reference;
        parsed.format =
            arguments.get(format).and_then(|(name, value)| (name.is_none() && is_string(value)).then_some(format));
        parsed.lazy_from = match (eager, lazy) {
            (false, _) => 0,
            (true, true) => format,
            (true, false) => usize::MAX,
        };
    }
    if let Kind::Error { condition } = kind {
        let format = usize::from(condition);
        let is_format = |(_, value): &(_, Expr)| is_string(value);
        parsed.format = arguments.get(format).is_some_and(is_format).then_some(format);
        parsed.lazy_from = if condition { 1 } else { usize::MAX };
    }
    for (index, (name, value)) in arguments.into_iter().enumerate() {
        let mode = match kind {
            Kind::Format { by_value, .. } if index < by_value => Mode::Value,
            Kind::Format { .. } => Mode::Place,
            Kind::Matches | Kind::Event(_) | Kind::Tree { .. } => Mode::Place,
            Kind::Error { condition } => match index <= usize::from(condition) {
                true => Mode::Value,
                false => Mode::Place,
            },
            Kind::Values | Kind::Vec => Mode::Value,
        };
        parsed.arguments.push(Argument { label: name.map_or(Label::None, Label::Name), value, mode });
    }
    Ok(parsed)
}

fn parse_guarded_pattern(input: ParseStream) -> syn::Result<Pat> {
    let pat = Pat::parse_multi_with_leading_vert(input)?;
    let if_token: Option<Token![if]> = input.parse()?;
    Ok(match if_token {
        None => pat,
        Some(if_token) => {
            Pat::Guard(syn::PatGuard { attrs: Vec::new(), pat: Box::new(pat), if_token, guard: input.parse()? })
        }
    })
}

struct Named {
    name: Option<Ident>,
    value: Expr,
}

impl Parse for Named {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        // Also `self = ..`, as `resolve` writes it for `{self}`.
        let name = if input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name = input.call(syn::Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            Some(name)
        } else {
            None
        };
        Ok(Named { name, value: input.parse()? })
    }
}

fn is_string(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))
}

impl Arguments {
    /// The names that the format string captures inline.
    pub(crate) fn captured(&self) -> Vec<Ident> {
        let string = match self.format_string() {
            Some(string) => string,
            None => return Vec::new(),
        };
        let names = captures(&string.value()).into_iter().map(|capture| Ident::new(&capture.name, string.span()));
        names.filter(|name| self.arguments.iter().all(|argument| argument.name() != Some(name))).collect()
    }

    /// The text of the format string.
    fn format_string(&self) -> Option<syn::LitStr> {
        match &self.arguments.get(self.format?)?.value {
            Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => Some(string.clone()),
            _ => None,
        }
    }

    /// The tokens these arguments were parsed from.
    pub(crate) fn print(&self) -> TokenStream {
        if let Some(shape) = &self.shape {
            return map_idents(shape.clone(), &mut |ident| Some(Replacement(self.arguments[as_hole(ident)?].whole())));
        }
        let mut tokens = TokenStream::new();
        for (index, argument) in self.arguments.iter().enumerate() {
            if index > 0 {
                <Token![,]>::default().to_tokens(&mut tokens);
            }
            argument.print(&mut tokens);
        }
        if let Some(pattern) = &self.pattern {
            <Token![,]>::default().to_tokens(&mut tokens);
            pattern.to_tokens(&mut tokens);
        }
        tokens
    }
}

const HOLE: &str = "__argument_";

/// Where an argument stands in the shape of its macro.
fn hole(index: usize) -> Ident {
    Ident::new(&format!("{}{}", HOLE, index), Span::mixed_site())
}

fn as_hole(ident: &Ident) -> Option<usize> {
    ident.to_string().strip_prefix(HOLE)?.parse().ok()
}

impl Argument {
    /// The name by which a format string knows it.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match &self.label {
            Label::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The value, in parentheses where the macro might take its braces for its own.
    fn whole(&self) -> TokenStream {
        let tokens = self.value.to_token_stream();
        match tokens.clone().into_iter().next() {
            Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Parenthesis => {
                TokenTree::Group(Group::new(Delimiter::Parenthesis, tokens)).into()
            }
            _ => tokens,
        }
    }

    fn print(&self, tokens: &mut TokenStream) {
        match &self.label {
            Label::None | Label::Spelt => {}
            Label::Name(name) => {
                name.to_tokens(tokens);
                <Token![=]>::default().to_tokens(tokens);
            }
            Label::Tokens(label) => tokens.extend(label.clone()),
            Label::Field { name, sigil } => {
                if name.to_string() != self.value.to_token_stream().to_string() {
                    tokens.extend(name.clone());
                    <Token![=]>::default().to_tokens(tokens);
                }
                sigil.to_tokens(tokens);
            }
        }
        self.value.to_tokens(tokens);
    }
}
