//! What `liveness` has decided: where survivors live, what each suspension leaves alive, and what each mention does.

use super::source::mode;
use super::{binding, bindings, suspension, Lines};
use crate::ids::{SiteId, SuspensionId};
use crate::liveness::{Liveness, State, Storage, Target};
use crate::mark::Marked;

pub(super) fn dump(marked: &Marked, liveness: &Liveness) -> String {
    let tables = &marked.tables;
    let mut lines = Lines::default();
    lines.section(
        "storage",
        liveness.storage.iter().map(|(id, storage)| format!("{}: {}", binding(tables, *id), storage_name(*storage))),
    );
    lines.section(
        "alive, outermost first",
        liveness
            .alive
            .iter()
            .map(|(id, alive)| format!("{}: {}", suspension(*id), bindings(tables, alive.iter().copied()))),
    );
    lines.section("mentions", (0..tables.sites.len()).map(|index| mention(marked, liveness, SiteId(index))));
    let targets = |targets: &std::collections::BTreeSet<Target>| {
        let names: Vec<String> = targets.iter().map(target).collect();
        names.join(", ")
    };
    let start = std::iter::once(format!("start -> {}", targets(&liveness.transitions.from_start)));
    let others = liveness
        .transitions
        .from_suspension
        .iter()
        .enumerate()
        .map(|(index, next)| format!("{} -> {}", suspension(SuspensionId(index)), targets(next)));
    lines.section("transitions", start.chain(others));
    lines.text
}

pub(super) fn storage_name(storage: Storage) -> &'static str {
    match storage {
        Storage::Slot => "slot",
        Storage::Flagged => "flagged",
        Storage::Outer => "outer",
        Storage::Local => "local",
    }
}

// `4:9 buf#2 receiver, last, open`
fn mention(marked: &Marked, liveness: &Liveness, id: SiteId) -> String {
    let site = marked.tables.site(id);
    let at = site.span.start();
    let flags: String = [
        (site.awaited_arguments, ", awaited arguments"),
        (liveness.last.contains(&id), ", last"),
        (liveness.taken.contains(&id), ", taken"),
        (liveness.open.contains(&id), ", open"),
    ]
    .iter()
    .filter(|(set, _)| *set)
    .map(|(_, text)| *text)
    .collect();
    let before = liveness.assigned.get(&id).map_or("", |state| match state {
        State::Empty => ", was empty",
        State::Full => ", was full",
        State::Maybe => ", was full or empty",
    });
    let name = binding(&marked.tables, site.binding);
    format!("{}:{} {} {}{}{}", at.line, at.column + 1, name, mode(site.mode), flags, before)
}

fn target(target: &Target) -> String {
    match target {
        Target::Suspension(id) => suspension(*id),
        Target::Finished => "finished".to_owned(),
    }
}
