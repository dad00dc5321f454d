//! Behaviour: every body compiled natively and desugared, equal traces.
