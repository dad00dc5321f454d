//! A future that would await a box of its own type, which no type in its frame could be.

use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Path, Signature, Token};

use super::Resolver;
use crate::ids::path_ident;

/// How a function is called where it stands.
pub(super) struct Itself {
    name: Ident,
    method: bool,
}

impl Itself {
    pub(super) fn of(sig: &Signature) -> Self {
        Itself { name: sig.ident.clone(), method: sig.receiver().is_some() }
    }
}

impl Resolver {
    /// The `Box::pin` of an operand that boxes what the function itself returns.
    // Input:  Box::pin(walk(depth - 1))
    pub(super) fn boxes_itself<'e>(&self, operand: &'e Expr) -> Option<&'e Path> {
        let (path, arguments) = as_call(operand)?;
        let is_box = path.segments.iter().rev().map(|segment| &segment.ident).zip(["pin", "Box"]).all(|(a, b)| a == b);
        match arguments.first()? {
            boxed if is_box && path.segments.len() > 1 && self.is_itself(boxed) => Some(path),
            _ => None,
        }
    }

    fn is_itself(&self, call: &Expr) -> bool {
        let itself = match &self.itself {
            Some(itself) => itself,
            None => return false,
        };
        match call {
            Expr::MethodCall(node) => {
                itself.method && node.method == itself.name && path_ident(&node.receiver).is_some_and(|it| it == "self")
            }
            call => as_call(call).is_some_and(|(path, _)| match path.segments.len() {
                1 => {
                    !itself.method && path.segments[0].ident == itself.name && self.scopes.find(&itself.name).is_none()
                }
                2 => path.segments[0].ident == "Self" && path.segments[1].ident == itself.name,
                _ => false,
            }),
        }
    }
}

/// `path(arguments)`.
fn as_call(expr: &Expr) -> Option<(&Path, &Punctuated<Expr, Token![,]>)> {
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Path(func) => Some((&func.path, &call.args)),
            _ => None,
        },
        _ => None,
    }
}
