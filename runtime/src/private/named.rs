//! What stands for a variable has its name, and is found by a macro whose string captures that name inline.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr;

use super::{Anchor, Guard, Place, Reached};

/// Stands for a variable in a macro that is not known, by the name that the source gives it: where what stands for it
/// elsewhere has another name, would outlast the macro, or cannot be lent as a width. That takes `Deref`, beside which rustc
/// infers no type of a variable from later uses.
#[derive(Clone, Copy)]
pub struct Alias<'p, T>(*mut T, PhantomData<&'p ()>);

// SAFETY: the macro may read or write through the place: what `&T` and what `&mut T` ask for together.
unsafe impl<T: Send + Sync> Send for Alias<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Alias<'_, T> {}

impl<'p, T> Alias<'p, T> {
    /// Stands for an ordinary local, which is only read.
    #[inline(always)]
    pub const fn of(local: &'p T) -> Self {
        Alias(ptr::from_ref(local).cast_mut(), PhantomData)
    }

    /// The variable's place.
    #[inline(always)]
    pub const fn ptr(&self) -> *mut T {
        self.0
    }
}

impl<T> Deref for Alias<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the variable has its value, and may be read: the checked copy has seen the mention.
        unsafe { &*self.0 }
    }
}

macro_rules! alias {
    ($($name:ident)*) => { $(
        impl<T> $name<'_, T> {
            /// The same for a macro, and for no longer than that.
            #[inline(always)]
            pub fn alias(&self) -> Alias<'_, T> {
                Alias(self.ptr(), PhantomData)
            }
        }
    )* };
}

alias! { Anchor Guard Place Reached }

macro_rules! forward_formatting {
    ($($name:ident)*) => { $(
        forward_formatting! { $name: Binary Debug Display LowerExp LowerHex Octal Pointer UpperExp UpperHex }
    )* };
    ($name:ident: $($trait:ident)*) => { $(
        impl<T: fmt::$trait> fmt::$trait for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // SAFETY: the variable has its value, and may be read: the checked copy has seen the mention.
                unsafe { (*self.ptr()).fmt(f) }
            }
        }
    )* };
}

forward_formatting! { Alias Anchor Guard Reached }
