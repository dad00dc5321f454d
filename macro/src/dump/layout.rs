//! What `layout` has laid out: the frame, where everything in it is in each state and why, and what everything is called.

use std::collections::BTreeMap;

use super::liveness::storage_name;
use super::{binding, suspension, Lines};
use crate::layout::{Layout, Place, Step};
use crate::liveness::{Liveness, Storage, Tenant};
use crate::mark::Marked;

pub(super) fn dump(marked: &Marked, liveness: &Liveness, layout: &Layout) -> String {
    let tables = &marked.tables;
    let name = |tenant: &Tenant| match tenant {
        Tenant::Binding(id) => binding(tables, *id),
        Tenant::Awaitee(id) => suspension(*id),
    };
    let at = |tenant: Tenant| {
        let steps = layout.places.paths[&tenant].iter().map(|step| match step {
            Step::Field(name) => name.to_string(),
            Step::Index(index) => index.to_string(),
        });
        format!("{} at {}", name(&tenant), steps.collect::<Vec<_>>().join("."))
    };
    let mut lines = Lines::default();
    lines.section(
        "types",
        layout.fields.iter().chain(&layout.arguments).map(|field| {
            let storage = if field.storage == Storage::Local { "waits" } else { storage_name(field.storage) };
            format!("{}: {} {}, for {}", field.name, storage, field.ty, binding(tables, field.binding))
        }),
    );
    lines.section(
        "awaitees",
        layout.suspensions.iter().map(|place| {
            format!("{}: {}, {} for {}", place.name, place.ty, place.variant, suspension(place.suspension))
        }),
    );
    lines.line(format!("frame {}, state {}", layout.frame, layout.state));
    lines.inside(|lines| layout.places.fields.iter().for_each(|(field, place)| room(lines, field, place, &name)));
    let places = |tenants: Vec<Tenant>| tenants.into_iter().map(at).collect::<Vec<_>>().join(", ");
    let parameters = marked.parameters.iter().map(|parameter| Tenant::Binding(parameter.argument));
    let parameters = parameters.filter(|tenant| layout.places.paths.contains_key(tenant)).collect();
    let states = layout.suspensions.iter().map(|place| {
        let alive = liveness.alive.get(&place.suspension).into_iter().flatten();
        let alive = alive.map(|binding| Tenant::Binding(*binding)).chain([Tenant::Awaitee(place.suspension)]);
        format!("{}: {}", place.variant, places(alive.collect()))
    });
    lines.section("full in", std::iter::once(format!("NeverPolled: {}", places(parameters))).chain(states));
    let mut filled: BTreeMap<Tenant, Vec<String>> = BTreeMap::new();
    for ((a, b), later) in &liveness.conflicts {
        filled.entry(*later).or_default().push(name(if a == later { b } else { a }));
    }
    lines.section(
        "apart, as it begins beside",
        filled.iter().map(|(tenant, beside)| format!("{}: {}", name(tenant), beside.join(", "))),
    );
    lines.section("names", layout.names.iter().map(|(id, name)| format!("{}: {}", binding(tables, *id), name)));
    lines.text
}

fn room(lines: &mut Lines, field: &proc_macro2::Ident, place: &Place, name: &dyn Fn(&Tenant) -> String) {
    let union = match place {
        Place::Slot(tenant) => return lines.line(format!("{}: {}", field, name(tenant))),
        Place::Union(union) => union,
    };
    lines.line(format!("{}: {}, one of", field, union.ty));
    lines.inside(|lines| {
        for member in &union.members {
            match &member.places[..] {
                [only] => room(lines, &member.name, only, name),
                places => {
                    lines.line(format!("{}: all of", member.name));
                    lines.inside(|lines| {
                        for (index, place) in places.iter().enumerate() {
                            room(lines, &quote::format_ident!("_{}", index), place, name);
                        }
                    });
                }
            }
        }
    });
}
