//! The macros that compile one source twice: the name `desugar` means `#[native]` in one copy, and itself in the other.

/// Compiles the items twice and compares every call, which makes a future, under every schedule.
///
/// Each call is one case. Functions to compare carry `#[desugar]`; other items in there are simply copied. A call may
/// borrow from temporaries: they live until the run is over.
#[macro_export]
macro_rules! compare {
    ($($call:expr),+ ; $($items:tt)*) => {
        $crate::compare_with!($crate::driver::compare, case; $($call),+ ; $($items)*)
    };
}

/// The same for a program that nobody wrote by hand: see [`driver::compare_program`](crate::driver::compare_program).
#[macro_export]
macro_rules! compare_program {
    ($($call:expr),+ ; $($items:tt)*) => {
        $crate::compare_with!($crate::driver::compare_program, plain_case; $($call),+ ; $($items)*)
    };
}

/// The native half alone: to see whether it compiles.
#[macro_export]
macro_rules! native_program {
    ($($call:expr),+ ; $($items:tt)*) => {{
        let _native = |this_run: &$crate::driver::Run| {
            #[allow(unused_imports)]
            use $crate::native as desugar;
            $($items)*
            $( $crate::plain_case!(this_run, $call); )+
        };
    }};
}

/// Compiles the items twice and hands both to the function.
#[macro_export]
#[doc(hidden)]
macro_rules! compare_with {
    ($compare:path, $case:ident; $($call:expr),+ ; $($items:tt)*) => {
        $compare(
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use $crate::native as desugar;
                $($items)*
                $( $crate::$case!(this_run, $call); )+
            },
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use $crate::desugared as desugar;
                $($items)*
                $( $crate::$case!(this_run, $call); )+
            },
        )
    };
}

/// Compiles the items twice, into `mod native` and `mod desugared`.
#[macro_export]
macro_rules! twice {
    ($($items:tt)*) => {
        /// The items with native `async fn`s.
        mod native {
            #[allow(unused_imports)]
            use super::*;
            use $crate::native as desugar;
            $($items)*
        }
        /// The items with desugared functions.
        mod desugared {
            #[allow(unused_imports)]
            use super::*;
            use $crate::desugared as desugar;
            $($items)*
        }
    };
}

/// Compares the calls, each one case, between the two modules that [`twice!`] made.
#[macro_export]
macro_rules! compare_modules {
    ($($call:expr),+ $(,)?) => {
        $crate::driver::compare(
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use self::native::*;
                $( $crate::case!(this_run, $call); )+
            },
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use self::desugared::*;
                $( $crate::case!(this_run, $call); )+
            },
        )
    };
}

/// Offers a call, which makes a future, as a case; the auto traits of the future are compared too.
#[macro_export]
#[doc(hidden)]
macro_rules! case {
    ($run:ident, $call:expr) => {
        $run.case(stringify!($call), |this_run| match $call {
            future => {
                this_run.has($crate::auto_traits_of!($crate::probe::Probe::like(&future)));
                this_run.drive(future)
            }
        });
    };
}

/// Offers a call as a case.
#[macro_export]
#[doc(hidden)]
macro_rules! plain_case {
    ($run:ident, $call:expr) => {
        $run.case(stringify!($call), |this_run| this_run.drive($call));
    };
}
