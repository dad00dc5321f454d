//! Which types are plain as far as the source says: numbers, `bool` and `char`, and arrays and tuples of them.
//!
//! A name may be taken by something else, as in `struct u32(String)`. So what is found here is checked where it matters: a
//! slot for a plain variable asks that its type be one of these.
//!
//! How many bytes that makes is an estimate, and only decides what is given its place first.

use syn::{Expr, Lit, Type, UnOp};

const NAMES: [(&str, usize); 16] = [
    ("u8", 1),
    ("u16", 2),
    ("u32", 4),
    ("u64", 8),
    ("u128", 16),
    ("usize", 8),
    ("i8", 1),
    ("i16", 2),
    ("i32", 4),
    ("i64", 8),
    ("i128", 16),
    ("isize", 8),
    ("f32", 4),
    ("f64", 8),
    ("bool", 1),
    ("char", 4),
];

/// The longest tuple that the runtime knows as plain.
const LONGEST_TUPLE: usize = 12;

/// How many elements an array is taken to have if the source does not say.
const SOME_ELEMENTS: usize = 64;

/// The bytes of a plain type.
pub(crate) fn plain_type(ty: &Type) -> Option<usize> {
    match ty {
        Type::Path(ty) if ty.qself.is_none() => {
            let name = ty.path.get_ident()?;
            NAMES.iter().find(|(known, _)| name == known).map(|(_, bytes)| *bytes)
        }
        Type::Array(array) => Some(plain_type(&array.elem)?.saturating_mul(elements(&array.len))),
        Type::Tuple(tuple) if tuple.elems.len() <= LONGEST_TUPLE => tuple.elems.iter().map(plain_type).sum(),
        Type::Paren(inner) => plain_type(&inner.elem),
        Type::Group(inner) => plain_type(&inner.elem),
        _ => None,
    }
}

/// The bytes of a value whose type is plain whatever is around it.
// Input:  [0; 512]   (1, true)   -1   n as u64
pub(super) fn plain_value(value: &Expr) -> Option<usize> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Some(NAMES.iter().find(|(name, _)| number.suffix() == *name).map_or(4, |(_, n)| *n)),
            Lit::Float(_) => Some(8),
            Lit::Char(_) => Some(4),
            Lit::Bool(_) | Lit::Byte(_) => Some(1),
            _ => None,
        },
        Expr::Array(array) if !array.elems.is_empty() => array.elems.iter().map(plain_value).sum(),
        Expr::Repeat(array) => Some(plain_value(&array.expr)?.saturating_mul(elements(&array.len))),
        Expr::Tuple(tuple) if tuple.elems.len() <= LONGEST_TUPLE => tuple.elems.iter().map(plain_value).sum(),
        Expr::Cast(cast) => plain_type(&cast.ty),
        Expr::Paren(inner) => plain_value(&inner.expr),
        Expr::Group(inner) => plain_value(&inner.expr),
        // Of a literal, `-` and `!` are what they are; of anything else they may be what a crate has made of them.
        Expr::Unary(unary) if !matches!(unary.op, UnOp::Deref(_)) => plain_value(&unary.expr),
        _ => None,
    }
}

fn elements(len: &Expr) -> usize {
    match len {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().unwrap_or(SOME_ELEMENTS),
            _ => SOME_ELEMENTS,
        },
        _ => SOME_ELEMENTS,
    }
}
