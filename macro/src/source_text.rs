//! The text of tokens, as rustfmt would write it.
//!
//! It stands in the docs of states, in what `inspect` tells, and in the message of `assert!(..)`, where rustc's own printer
//! writes it natively. Tokens do not keep the spaces of the source.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of tokens, with the spaces rustfmt would put.
pub(crate) fn source_text(tokens: impl ToTokens) -> String {
    let mut out = String::new();
    write_tokens(tokens.into_token_stream(), &mut out);
    out
}

fn write_tokens(tokens: TokenStream, out: &mut String) {
    /// What the next token is put after.
    #[derive(Clone, Copy, PartialEq)]
    enum After {
        /// Nothing, or what takes no space after it.
        Open,
        /// A binary operator, a comma, a keyword that an operand follows: a space, and an operator is a prefix.
        Operator,
        /// An operand: a space before a word, and an operator is binary.
        Operand,
    }
    let mut after = After::Open;
    let mut angles = 0;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        match tree {
            TokenTree::Ident(ident) => {
                if after != After::Open {
                    out.push(' ');
                }
                let word = ident.to_string();
                let keyword = ["return", "break", "in", "if", "else", "match", "move", "mut", "as", "let", "ref"];
                out.push_str(&word);
                after = if keyword.contains(&word.as_str()) { After::Operator } else { After::Operand };
            }
            TokenTree::Literal(literal) => {
                if after != After::Open {
                    out.push(' ');
                }
                out.push_str(&literal.to_string());
                after = After::Operand;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                if after == After::Operator || after == After::Operand && open == "{ " {
                    out.push(' ');
                }
                out.push_str(open);
                write_tokens(group.stream(), out);
                out.push_str(close);
                after = After::Operand;
            }
            TokenTree::Punct(punct) => {
                let mut text = punct.as_char().to_string();
                let mut spacing = punct.spacing();
                // One operator is one word, as far as Rust has such an operator.
                while let (Spacing::Joint, Some(TokenTree::Punct(next))) = (spacing, tokens.peek()) {
                    let longer = format!("{}{}", text, next.as_char());
                    let known = [
                        "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "..", "..=", "+=", "-=", "*=", "/=",
                        "%=", "^=", "&=", "|=", "<<", ">>", "<<=", ">>=",
                    ];
                    if !known.contains(&longer.as_str()) || angles > 0 && text == ">" {
                        break;
                    }
                    text = longer;
                    spacing = next.spacing();
                    tokens.next();
                }
                let prefix = after != After::Operand;
                match text.as_str() {
                    "." | ".." | "..=" | "::" | "?" | ";" | "," | ":" | "!" | "'" | "#" | "$" => {
                        let word =
                            matches!(text.as_str(), "'" | "!" | ".." | "..=" | "::" | "#") && after == After::Operator;
                        if word {
                            out.push(' ');
                        }
                        out.push_str(&text);
                        after = match text.as_str() {
                            "," | ";" | ":" => After::Operator,
                            "?" => After::Operand,
                            _ => After::Open,
                        };
                    }
                    "<" if out.ends_with("::") => {
                        out.push('<');
                        angles += 1;
                        after = After::Open;
                    }
                    ">" if angles > 0 => {
                        out.push('>');
                        angles -= 1;
                        after = After::Open;
                    }
                    // A closure's bars: `|item| ..`, `|| ..`.
                    "|" if prefix => {
                        if after == After::Operator {
                            out.push(' ');
                        }
                        out.push('|');
                        let mut inputs = TokenStream::new();
                        for tree in tokens.by_ref() {
                            match &tree {
                                TokenTree::Punct(punct) if punct.as_char() == '|' => break,
                                _ => inputs.extend(std::iter::once(tree)),
                            }
                        }
                        write_tokens(inputs, out);
                        out.push('|');
                        after = After::Operator;
                    }
                    _ => {
                        if after != After::Open {
                            out.push(' ');
                        }
                        out.push_str(&text);
                        after = if prefix && text != "||" { After::Open } else { After::Operator };
                    }
                }
            }
        }
    }
}
