//! Is a value taken apart by a pattern that binds its parts, or does it have a destructor of its own?
//!
//! A pattern that moves parts leaves nothing of a value; one that only copies leaves the value where it is. Where all parts
//! are bound the two are alike, but for a type that implements `Drop` itself: of that a pattern can only copy, and its
//! destructor runs where the variable ends. The expansion asks with a method that two traits have: the first is found for
//! a type that implements `Drop`, the second, one reference further, for any.

use core::marker::PhantomData;

/// Asks for `T`.
pub struct Whole<T>(PhantomData<T>);

/// A `T` has a destructor of its own.
pub struct Drops;

/// A `T` has at most its parts' destructors.
pub struct Parts;

/// [`Drops`] or [`Parts`].
pub trait Kind {
    /// Whether there is a destructor of its own.
    const DROPS: bool;
}

impl Kind for Drops {
    const DROPS: bool = true;
}

impl Kind for Parts {
    const DROPS: bool = false;
}

impl<T> Whole<T> {
    /// What is asked of the value at a place.
    #[inline(always)]
    pub const fn of(_: *mut T) -> Self {
        Whole(PhantomData)
    }
}

impl<T> Whole<T> {
    /// What is asked of a value.
    #[inline(always)]
    pub const fn of_value(_: &T) -> Self {
        Whole(PhantomData)
    }
}

/// Asks for a value inside of another one, which a pattern leads to: the closure says of which type it is.
#[inline(always)]
pub const fn inner<T, K: Kind>(_: *mut T, _: impl FnOnce(T) -> K + Copy) -> Inner<K> {
    Inner(PhantomData)
}

/// What [`inner`] finds.
pub struct Inner<K>(PhantomData<K>);

impl<K: Kind> Kind for Inner<K> {
    const DROPS: bool = K::DROPS;
}

/// Of a value and one inside of it.
impl<A: Kind, B: Kind> Kind for (A, B) {
    const DROPS: bool = A::DROPS || B::DROPS;
}

/// Found first.
pub trait DropsItself {
    /// The answer.
    #[inline(always)]
    fn kind(&self) -> Drops {
        Drops
    }
}

#[allow(drop_bounds, reason = "whether there is an impl of `Drop` is the question")]
impl<T: Drop> DropsItself for Whole<T> {}

/// Found last.
pub trait DropsParts {
    /// The answer.
    #[inline(always)]
    fn kind(&self) -> Parts {
        Parts
    }
}

impl<T> DropsParts for &Whole<T> {}

/// Refuses what has a destructor of its own, and is taken apart.
#[inline(always)]
pub const fn check_parts<K: Kind>(_: &K) {
    const {
        assert!(
            !K::DROPS,
            "an argument with a destructor is not taken apart; mention it as a whole once: `let argument = &argument;`"
        );
    }
}

/// The same, by a pattern.
#[inline(always)]
pub(super) const fn assert_parts<K: Kind>(_: &K) {
    const {
        assert!(
            !K::DROPS,
            "this pattern takes nothing out of a value with a destructor; match on a reference to it: `match &value`"
        );
    }
}
