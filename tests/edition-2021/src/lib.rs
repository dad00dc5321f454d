//! The behaviour tests once more, as a crate of edition 2021 sees them.
