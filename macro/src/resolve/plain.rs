//! Which types are plain as far as the source says: numbers, `bool` and `char`, and arrays and tuples of them.
//!
//! A name may be taken by something else, as in `struct u32(String)`. So what is found here is checked where it matters: a
//! slot for a plain variable asks that its type be `Copy`.

use syn::{Expr, Lit, Type, UnOp};

const NAMES: [&str; 16] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool",
    "char",
];

pub(crate) fn is_plain_type(ty: &Type) -> bool {
    match ty {
        Type::Path(ty) => ty.qself.is_none() && ty.path.get_ident().is_some_and(|name| NAMES.iter().any(|n| name == n)),
        Type::Array(array) => is_plain_type(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_plain_type),
        Type::Paren(inner) => is_plain_type(&inner.elem),
        Type::Group(inner) => is_plain_type(&inner.elem),
        _ => false,
    }
}

/// A value whose type is plain whatever is around it.
// Input:  [0; 512]   (1, true)   -1   n as u64
pub(super) fn is_plain_value(value: &Expr) -> bool {
    match value {
        Expr::Lit(literal) => {
            matches!(literal.lit, Lit::Int(_) | Lit::Float(_) | Lit::Bool(_) | Lit::Char(_) | Lit::Byte(_))
        }
        Expr::Array(array) => !array.elems.is_empty() && array.elems.iter().all(is_plain_value),
        Expr::Repeat(array) => is_plain_value(&array.expr),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_plain_value),
        Expr::Cast(cast) => is_plain_type(&cast.ty),
        Expr::Paren(inner) => is_plain_value(&inner.expr),
        Expr::Group(inner) => is_plain_value(&inner.expr),
        // `!` and `-` of a literal; of anything else they may be what a crate has made of them.
        Expr::Unary(unary) => !matches!(unary.op, UnOp::Deref(_)) && is_plain_value(&unary.expr),
        _ => false,
    }
}
