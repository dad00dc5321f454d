//! Text: indentation, and files of many programs.

/// What a file of programs begins with.
pub const HEADER: &str = "\
#![allow(warnings, clippy::all)]

use desugar_tests::vocabulary::*;
use desugar_tests::*;
";

/// One program as a function of that name, which panics if the two versions differ.
pub fn module(name: &str, text: &str, is_test: bool) -> String {
    let attribute = if is_test { "#[test]\n" } else { "" };
    indented(&format!("{attribute}pub fn {name}() {{\ncompare_program! {{\n{text}}}\n}}\n"))
}

/// The same lines, indented by the brackets that are open.
pub(crate) fn indented(text: &str) -> String {
    let mut indented = String::new();
    // For each line that has left brackets open: how many.
    let mut open: Vec<usize> = Vec::new();
    for line in text.lines().map(str::trim) {
        let mut balance = 0usize;
        let mut closed = 0usize;
        for letter in outside_of_strings(line) {
            match letter {
                '{' | '(' | '[' => balance += 1,
                '}' | ')' | ']' if balance > 0 => balance -= 1,
                '}' | ')' | ']' => closed += 1,
                _ => {}
            }
        }
        while closed > 0 {
            let Some(last) = open.last_mut() else { break };
            let here = closed.min(*last);
            *last -= here;
            closed -= here;
            if *last == 0 {
                open.pop();
            }
        }
        if !line.is_empty() {
            indented += &"    ".repeat(open.len());
            indented += line;
        }
        indented.push('\n');
        if balance > 0 {
            open.push(balance);
        }
    }
    indented
}

fn outside_of_strings(line: &str) -> impl Iterator<Item = char> {
    let mut in_string = false;
    line.chars().filter(move |letter| {
        in_string ^= *letter == '"';
        !in_string
    })
}
