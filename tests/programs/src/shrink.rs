//! Smaller programs: lists of choices in which a part is missing, or is as simple as can be.

use crate::{Options, Program, replayed};

/// Programs with fewer or smaller choices, no two alike, the ones most likely to help first.
pub fn smaller(program: &Program, options: &Options) -> Vec<Program> {
    let mut lists = Vec::new();
    let mut parts = program.parts.clone();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.dedup();
    for part in &parts {
        let mut without = program.choices.clone();
        without.drain(part.clone());
        lists.push(without);
        let mut simple = program.choices.clone();
        simple.splice(part.clone(), [0]);
        lists.push(simple);
    }
    // A part in the place of the one around it.
    for outer in &parts {
        let inside = |inner: &&std::ops::Range<usize>| inner.start > outer.start && inner.end <= outer.end;
        for inner in parts.iter().filter(inside).take(6) {
            let mut hoisted = program.choices.clone();
            hoisted.splice(outer.clone(), program.choices[inner.clone()].to_vec());
            lists.push(hoisted);
        }
    }
    for at in (0..program.choices.len()).filter(|&at| program.choices[at] > 0) {
        let mut zero = program.choices.clone();
        zero[at] = 0;
        lists.push(zero);
        let mut without = program.choices.clone();
        without.remove(at);
        lists.push(without);
    }
    let mut seen = std::collections::BTreeSet::from([program.text.clone()]);
    let size = |program: &Program| program.text.len();
    let programs = lists.into_iter().map(|list| replayed(list, options));
    let mut smaller: Vec<Program> =
        programs.filter(|other| size(other) < size(program) && seen.insert(other.text.clone())).collect();
    smaller.sort_by_key(size);
    smaller
}
