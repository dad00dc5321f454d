//! The macros whose arguments are known: how their tokens parse, and what each does with its arguments.
//!
//! In: a macro invocation. Out: its arguments as expressions, which can be printed back. A macro that is not in the
//! table, or whose tokens do not parse as it says, is opaque: its tokens are left alone but for the locals they mention.

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Lit, Macro, Pat, Token};

use crate::ids::Mode;

/// A macro's arguments.
pub(crate) struct Arguments {
    pub(crate) arguments: Vec<Argument>,
    /// `[element; length]`: what follows, kept as it is.
    pub(crate) tail: TokenStream,
    /// `matches!`: the pattern and guard.
    pub(crate) pattern: Option<Pat>,
    /// The index of the format string, if the macro takes one and has it.
    pub(crate) format: Option<usize>,
    /// The first argument that is evaluated only if the macro needs it.
    pub(crate) lazy_from: usize,
}

pub(crate) struct Argument {
    /// `name = value`.
    pub(crate) name: Option<Ident>,
    pub(crate) value: Expr,
    pub(crate) mode: Mode,
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
}

fn kind(mac: &Macro) -> Option<Kind> {
    let format = |by_value, by_reference, lazy, eager| Kind::Format { by_value, by_reference, lazy, eager };
    Some(match mac.path.segments.last()?.ident.to_string().as_str() {
        "print" | "println" | "eprint" | "eprintln" | "format" | "format_args" | "panic" | "todo" | "unimplemented"
        | "unreachable" => format(0, 0, false, true),
        "write" | "writeln" => format(0, 1, false, true),
        "assert" => format(1, 0, true, true),
        "assert_eq" | "assert_ne" => format(0, 2, true, true),
        "debug_assert" => format(1, 0, true, false),
        "debug_assert_eq" | "debug_assert_ne" => format(0, 2, true, false),
        "trace" | "debug" | "info" | "warn" | "error" => format(0, 0, true, false),
        "dbg" => Kind::Values,
        "vec" => Kind::Vec,
        "matches" => Kind::Matches,
        _ => return None,
    })
}

/// A macro that speaks of its tokens as tokens: a name in them is no mention.
pub(crate) fn is_textual(mac: &Macro) -> bool {
    let name = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
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
                    [.., TokenTree::Punct(before)] => matches!(before.as_char(), '\'' | ':' | '.'),
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
    mac.path.segments.last().is_some_and(|segment| segment.ident == "bail")
}

/// A macro that never returns.
pub(crate) fn diverges(mac: &Macro) -> bool {
    let name = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    ["panic", "todo", "unimplemented", "unreachable", "bail"].contains(&name.as_str())
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
        tail: TokenStream::new(),
        pattern: None,
        format: None,
        lazy_from: usize::MAX,
    };
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
        if let (Kind::Vec, true) = (kind, input.peek(Token![;])) {
            parsed.tail = input.parse()?;
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
    for (index, (name, value)) in arguments.into_iter().enumerate() {
        let mode = match kind {
            Kind::Format { by_value, .. } if index < by_value => Mode::Value,
            Kind::Format { .. } => Mode::Place,
            Kind::Matches => Mode::Place,
            Kind::Values | Kind::Vec => Mode::Value,
        };
        parsed.arguments.push(Argument { name, value, mode });
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
        let name = if input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name = input.parse()?;
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
    /// The text of the format string.
    pub(crate) fn format_string(&self) -> Option<syn::LitStr> {
        match &self.arguments.get(self.format?)?.value {
            Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => Some(string.clone()),
            _ => None,
        }
    }

    /// The tokens these arguments were parsed from.
    pub(crate) fn print(&self) -> TokenStream {
        let mut tokens = TokenStream::new();
        for (index, argument) in self.arguments.iter().enumerate() {
            if index > 0 {
                <Token![,]>::default().to_tokens(&mut tokens);
            }
            if let Some(name) = &argument.name {
                name.to_tokens(&mut tokens);
                <Token![=]>::default().to_tokens(&mut tokens);
            }
            argument.value.to_tokens(&mut tokens);
        }
        if let Some(pattern) = &self.pattern {
            <Token![,]>::default().to_tokens(&mut tokens);
            pattern.to_tokens(&mut tokens);
        }
        tokens.extend(self.tail.clone());
        tokens
    }
}

/// The names a format string captures inline: `{x}`, `{x:?}`, `{:width$}`, `{:.precision$}`.
pub(crate) fn captures(format: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = format;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        if let Some(escaped) = rest.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let close = match rest.find('}') {
            Some(close) => close,
            None => break,
        };
        let (argument, spec) = match rest[..close].find(':') {
            Some(colon) => (&rest[..colon], &rest[colon + 1..close]),
            None => (&rest[..close], ""),
        };
        names.extend(identifier(argument.trim()));
        let mut piece = spec;
        while let Some(dollar) = piece.find('$') {
            let start = piece[..dollar]
                .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
                .map_or(0, |at| at + piece[at..].chars().next().map_or(1, char::len_utf8));
            names.extend(identifier(&piece[start..dollar]));
            piece = &piece[dollar + 1..];
        }
        rest = &rest[close + 1..];
    }
    names.sort();
    names.dedup();
    names
}

fn identifier(text: &str) -> Option<String> {
    let first = text.chars().next()?;
    (first.is_alphabetic() || first == '_').then(|| text.to_owned())
}
