//! What a user runs first.
