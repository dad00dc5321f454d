//! Which auto traits a value's type has, asked of the compiler without demanding them.

/// Stands for the type of a value, which need not be made: give it a function that would make one.
pub struct Probe<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// A probe of what the function returns.
    pub fn of(_make: impl FnOnce() -> T) -> Self {
        Probe(std::marker::PhantomData)
    }

    /// A probe of the type of this value.
    pub fn like(_value: &T) -> Self {
        Probe(std::marker::PhantomData)
    }

    /// The size of the type.
    pub fn size(&self) -> usize {
        size_of::<T>()
    }
}

/// The answer of a type that lacks the trait: found by method lookup only where the inherent method does not apply.
pub trait Lacks {
    /// Not `Send`.
    fn is_send(&self) -> bool {
        false
    }
    /// Not `Sync`.
    fn is_sync(&self) -> bool {
        false
    }
    /// Not `Unpin`.
    fn is_unpin(&self) -> bool {
        false
    }
    /// Not `UnwindSafe`.
    fn is_unwind_safe(&self) -> bool {
        false
    }
    /// Not `RefUnwindSafe`.
    fn is_ref_unwind_safe(&self) -> bool {
        false
    }
}

impl<T> Lacks for Probe<T> {}

macro_rules! has {
    ($($method:ident: $bound:path),+ $(,)?) => {
        $(
            impl<T: $bound> Probe<T> {
                #[doc = concat!("`", stringify!($bound), "`")]
                pub fn $method(&self) -> bool {
                    true
                }
            }
        )+
    };
}

has! {
    is_send: Send,
    is_sync: Sync,
    is_unpin: Unpin,
    is_unwind_safe: std::panic::UnwindSafe,
    is_ref_unwind_safe: std::panic::RefUnwindSafe,
}

/// The auto traits of what the expression makes, as one word of letters: `S`end, s`Y`nc, `U`npin, un`W`ind safe,
/// `R`ef unwind safe; `-` for each that is missing. The expression is compiled, never run.
#[macro_export]
macro_rules! auto_traits {
    ($make:expr) => {{
        #[allow(unused_imports)]
        use $crate::probe::Probe;
        $crate::auto_traits_of!(Probe::of(|| $make))
    }};
}

/// The same of what the probe is about.
#[macro_export]
#[doc(hidden)]
macro_rules! auto_traits_of {
    ($probe:expr) => {{
        #[allow(unused_imports)]
        use $crate::probe::Lacks as _;
        let probe = $probe;
        [
            (probe.is_send(), 'S'),
            (probe.is_sync(), 'Y'),
            (probe.is_unpin(), 'U'),
            (probe.is_unwind_safe(), 'W'),
            (probe.is_ref_unwind_safe(), 'R'),
        ]
        .iter()
        .map(|&(has, letter)| if has { letter } else { '-' })
        .collect::<String>()
    }};
}
