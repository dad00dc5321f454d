//! The types of the programs.

/// A type. `Owned` is the tracked value `D`; all but the copies have a destructor that leaves a remark, or may have one
/// inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    /// `()`
    Unit,
    /// `usize`
    Num,
    /// `bool`
    Bool,
    /// `D`
    Owned,
    /// `String`
    Text,
    /// `Item { d: D, n: usize }`
    Item,
    /// `enum Shape { Empty, One(D), Two { d: D, n: usize } }`
    Shape,
    /// `Option<_>`
    Opt(Box<Ty>),
    /// `Result<_, String>`
    Res(Box<Ty>),
    /// `(_, _)`
    Pair(Box<Ty>, Box<Ty>),
    /// `Vec<_>`
    List(Box<Ty>),
    /// `[_; 2]`
    Array(Box<Ty>),
    /// `Box<_>`
    Boxed(Box<Ty>),
    /// `&_`
    Ref(Box<Ty>),
    /// `&mut _`
    Mut(Box<Ty>),
    /// A future that was made and not awaited: an async block.
    Future(Box<Ty>),
    /// `Mutex<usize>`
    Lock,
    /// `Guard<'_, usize>`: what a lock gives.
    Guard,
    /// The type parameter `T: Named`.
    Named,
    /// `Rc<RefCell<D>>`
    Cell,
    /// A closure behind `dyn`, in a box.
    Object { changes: bool },
    /// A closure from a number to a number; `changes`: an `FnMut`.
    Closure { changes: bool },
}

impl Ty {
    pub(crate) fn opt(ty: Ty) -> Ty {
        Ty::Opt(Box::new(ty))
    }

    pub(crate) fn list(ty: Ty) -> Ty {
        Ty::List(Box::new(ty))
    }

    pub(crate) fn reference(ty: Ty) -> Ty {
        Ty::Ref(Box::new(ty))
    }

    /// Whether a value is copied where it is used.
    pub(crate) fn is_copy(&self) -> bool {
        match self {
            Ty::Unit | Ty::Num | Ty::Bool | Ty::Ref(_) => true,
            Ty::Opt(ty) | Ty::Array(ty) => ty.is_copy(),
            Ty::Pair(left, right) => left.is_copy() && right.is_copy(),
            _ => false,
        }
    }

    /// Whether the end of a value may use what it has borrowed.
    pub(crate) fn holds_on(&self) -> bool {
        matches!(self, Ty::Future(_) | Ty::Guard | Ty::Object { .. })
    }

    /// Its parts that may be moved or borrowed one by one: how they are named, and their types.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Ty)> {
        match self {
            Ty::Item => vec![("d", Ty::Owned), ("n", Ty::Num)],
            Ty::Pair(left, right) => vec![("0", (**left).clone()), ("1", (**right).clone())],
            _ => Vec::new(),
        }
    }

    /// As the programs write it.
    pub(crate) fn name(&self) -> String {
        match self {
            Ty::Unit => "()".into(),
            Ty::Num => "usize".into(),
            Ty::Bool => "bool".into(),
            Ty::Owned => "D".into(),
            Ty::Text => "String".into(),
            Ty::Item => "Item".into(),
            Ty::Shape => "Shape".into(),
            Ty::Opt(ty) => format!("Option<{}>", ty.name()),
            Ty::Res(ty) => format!("Result<{}, String>", ty.name()),
            Ty::Pair(left, right) => format!("({}, {})", left.name(), right.name()),
            Ty::List(ty) => format!("Vec<{}>", ty.name()),
            Ty::Array(ty) => format!("[{}; 2]", ty.name()),
            Ty::Boxed(ty) => format!("Box<{}>", ty.name()),
            Ty::Ref(ty) => format!("&{}", ty.name()),
            Ty::Mut(ty) => format!("&mut {}", ty.name()),
            Ty::Lock => "Mutex<usize>".into(),
            Ty::Named => "T".into(),
            Ty::Cell => "std::rc::Rc<std::cell::RefCell<D>>".into(),
            Ty::Future(_) | Ty::Closure { .. } | Ty::Object { .. } | Ty::Guard => "_".into(),
        }
    }
}
