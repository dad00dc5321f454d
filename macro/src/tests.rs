//! Dumps and expansions: each fixture beside its snapshots; and unit tests of small functions with much to get wrong.

mod attributes;
mod captures;
mod fixtures;
mod labels;
mod lifetimes;
mod linear;
mod names;
mod source_text;
mod spans;
mod unfold;
