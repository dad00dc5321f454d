//! The types that a source can name and the macro knows: what has one of these holds no borrow, and needs no dropping.

/// A number, `bool` or `char`, or an array or tuple of such. The macro sees only names; this asks what they are.
pub trait Plain: Copy {}

macro_rules! plain {
    ($($ty:ident)*) => { $(impl Plain for $ty {})* };
}

plain!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char);

impl<T: Plain, const N: usize> Plain for [T; N] {}

macro_rules! plain_tuples {
    () => { impl Plain for () {} };
    ($first:ident $($rest:ident)*) => {
        impl<$first: Plain, $($rest: Plain),*> Plain for ($first, $($rest,)*) {}
        plain_tuples!($($rest)*);
    };
}

plain_tuples!(A B C D E F G H I J K L);
