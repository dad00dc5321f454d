//! What `unfold` has written out: the body again, if it had any such macro.

use quote::ToTokens;

use super::source::{Detail, Source};
use super::Lines;
use crate::ids::Tables;
use crate::parse::Function;

pub(super) fn dump(parsed: &Function, unfolded: &Function) -> Option<String> {
    let has_changed = parsed.block.to_token_stream().to_string() != unfolded.block.to_token_stream().to_string();
    has_changed.then(|| {
        let source = Source { tables: &Tables::default(), detail: Detail::Names };
        let mut lines = Lines::default();
        lines.section("body", source.block(&unfolded.block).lines().map(str::to_owned));
        lines.text
    })
}
