//! What is refused, and how errors read.
