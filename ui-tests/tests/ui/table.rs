//! Every refusal has a program of its name, and every program a refusal.

use std::collections::BTreeSet;
use std::fs;

/// The variants of `enum Refusal`, in snake case.
fn refusals() -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../macro/src/refusal.rs");
    let source = fs::read_to_string(path).unwrap();
    let (_, after) = source.split_once("enum Refusal {").unwrap();
    let (variants, _) = after.split_once('}').unwrap();
    let lines = variants.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.map(|line| snake_case(line.trim_end_matches(','))).collect()
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[test]
fn every_refusal_has_a_program_of_its_name() {
    let programs: BTreeSet<String> = super::natively::programs("refused").into_iter().collect();
    assert_eq!(refusals(), programs);
}
