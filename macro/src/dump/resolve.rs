//! What `resolve` has found: every binding, and the body with every mention spelled out.

use super::source::{Detail, Source};
use super::{binding, Lines};
use crate::ids::{Binding, BindingId, Reach};
use crate::resolve::Resolved;

pub(super) fn dump(resolved: &Resolved) -> String {
    let tables = &resolved.tables;
    let mut lines = Lines::default();
    lines.section(
        "bindings",
        tables.bindings.iter().enumerate().map(|(index, info)| {
            let id = BindingId(index);
            format!("{}{}", binding(tables, id), flags(info))
        }),
    );
    let source = Source { tables, detail: Detail::Modes };
    lines.section(
        "parameters taken apart",
        resolved.parameters.iter().filter_map(|parameter| {
            let pattern = parameter.pattern.as_ref()?;
            Some(format!("{} = {}", source.pat(pattern, None), binding(tables, parameter.argument)))
        }),
    );
    lines.section("body", source.block(&resolved.body).lines().map(str::to_owned));
    lines.text
}

fn flags(binding: &Binding) -> String {
    let Binding { name: _, mutable, receiver, parameter, hidden, reference, shared, plain, bytes: _, outer, fields: _ } =
        binding;
    let reached = [Reach::Shared, Reach::Unique, Reach::Open].map(|reach| *outer == Some(reach));
    let flags = [
        (parameter, " parameter"),
        (mutable, " mut"),
        (receiver, " receiver"),
        (shared, " shared"),
        (reference, " reference"),
        (plain, " plain"),
        (hidden, " hidden"),
        (&reached[0], " outer, shared"),
        (&reached[1], " outer, unique"),
        (&reached[2], " outer, open"),
    ];
    flags.iter().filter(|(set, _)| **set).map(|(_, text)| *text).collect()
}
