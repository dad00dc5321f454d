//! Programs that nobody wrote by hand: random bodies over the language that `#[desugar]` supports.
//!
//! A program is what stands in the braces of `desugar_tests::compare!`. It follows from a number, and compiles natively by
//! construction: while it is written, `scope` keeps track of what each variable holds and of what borrows from it.
//! Smaller programs come from smaller lists of choices, so they compile as well.
//!
//! | file | what |
//! |---|---|
//! | `choices` | a seed, or a list, and what is drawn from it |
//! | `ty`, `scope` | types; the variables, moves and loans |
//! | `values`, `numbers`, `references`, `common` | expressions, by type |
//! | `patterns`, `control`, `statements`, `function` | the rest of the grammar |
//! | `print` | layout of the text, crates of many programs |
//! | `shrink` | smaller lists of choices |

mod cells;
mod choices;
mod common;
mod concurrent;
mod control;
mod expr;
mod form;
mod function;
mod generator;
mod numbers;
mod patterns;
mod print;
mod references;
mod scope;
mod shrink;
mod statements;
mod ty;
mod values;

use std::collections::BTreeSet;
use std::ops::Range;

pub use form::{FORMS, Form};
pub use print::{HEADER, module};
pub use shrink::smaller;

/// What the README says of differences between the two versions: shapes to leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// An operand with a destructor that waits for an await, beside temporaries of the same expression: a receiver, or
    /// any where the temporaries end with the expression.
    Operands,
    /// A value that a `match` in an operand may take, or leave.
    Match,
}

/// What the programs may have in them.
#[derive(Clone, Debug)]
pub struct Options {
    /// Shapes that are known to differ.
    pub leave_out: Vec<Known>,
    /// Whether `let` may stand in a chain of conditions, as it may since edition 2024.
    pub let_chains: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { leave_out: vec![Known::Operands, Known::Match], let_chains: true }
    }
}

/// A program, and what it was made of.
#[derive(Clone, Debug)]
pub struct Program {
    /// What stands in the braces of `compare!`.
    pub text: String,
    /// The choices it follows from.
    pub choices: Vec<u32>,
    /// Which of them make up a part, inner parts first.
    pub parts: Vec<Range<usize>>,
    /// What occurs in it.
    pub forms: BTreeSet<Form>,
}

/// The program of this number.
pub fn program(number: u64, options: &Options) -> Program {
    write(choices::Choices::seeded(number), options)
}

/// The program that follows from these choices.
pub fn replayed(list: Vec<u32>, options: &Options) -> Program {
    write(choices::Choices::replayed(list), options)
}

fn write(choices: choices::Choices, options: &Options) -> Program {
    let mut generator = generator::Generator::new(choices, options);
    let text = print::indented(&generator.program());
    let forms = generator.forms;
    let (choices, parts) = generator.choices.into_made();
    Program { text, choices, parts, forms }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{FORMS, Options, program, replayed, smaller};

    #[test]
    fn a_number_is_always_the_same_program() {
        let options = Options::default();
        let one = program(5, &options);
        assert_eq!(one.text, program(5, &options).text);
        assert_ne!(one.text, program(6, &options).text);
        assert_eq!(one.text, replayed(one.choices, &options).text);
    }

    #[test]
    fn every_form_occurs_often_enough() {
        let mut seen: BTreeMap<_, usize> = BTreeMap::new();
        for number in 0..300 {
            for form in program(number, &Options::default()).forms {
                *seen.entry(form).or_default() += 1;
            }
        }
        let seldom: Vec<_> = FORMS.iter().filter(|form| seen.get(form).copied().unwrap_or(0) < 3).collect();
        assert!(seldom.is_empty(), "{seldom:?} of {seen:?}");
    }

    #[test]
    fn what_is_smaller_is_a_program_too_and_comes_to_an_end() {
        let options = Options::default();
        let mut least = program(5, &options);
        let first = least.text.len();
        while let Some(next) = smaller(&least, &options).into_iter().next() {
            assert!(next.text.len() < least.text.len());
            least = next;
        }
        assert!(least.text.len() < first, "{}", least.text);
    }
}
