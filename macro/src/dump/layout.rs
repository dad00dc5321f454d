//! What `layout` has laid out: the frame, the states, and what everything is called.

use super::liveness::storage_name;
use super::{binding, suspension, Lines};
use crate::layout::Layout;
use crate::mark::Marked;

pub(super) fn dump(marked: &Marked, layout: &Layout) -> String {
    let tables = &marked.tables;
    let mut lines = Lines::default();
    lines.section(
        &format!("frame {}", layout.frame),
        layout.fields.iter().map(|field| {
            let (name, ty, storage) = (&field.name, &field.ty, storage_name(field.storage));
            format!("{}: {} {}, for {}", name, storage, ty, binding(tables, field.binding))
        }),
    );
    lines.section(
        "arguments",
        layout
            .arguments
            .iter()
            .map(|field| format!("{}: {}, for {}", field.name, field.ty, binding(tables, field.binding))),
    );
    lines.section(
        &format!("awaitee {}", layout.awaitee),
        layout.suspensions.iter().map(|place| format!("{}: {}", place.name, place.ty)),
    );
    lines.section(
        &format!("state {}", layout.state),
        layout.suspensions.iter().map(|place| format!("{}, for {}", place.variant, suspension(place.suspension))),
    );
    lines.section("names", layout.names.iter().map(|(id, name)| format!("{}: {}", binding(tables, *id), name)));
    lines.text
}
