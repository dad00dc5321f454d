//! The macros that compile one source twice: the name `desugar` means `#[native]` in one copy, and itself in the other.

/// Compiles the items twice and compares every call, which makes a future, under every schedule.
///
/// Each call is one case. Functions to compare carry `#[desugar]`; other items in there are simply copied. A call may
/// borrow from temporaries: they live until the run is over.
#[macro_export]
macro_rules! compare {
    ($($call:expr),+ ; $($items:tt)*) => {
        $crate::compare_with!($crate::driver::compare; $($call),+ ; $($items)*)
    };
}

/// The same for a program that nobody wrote by hand: see [`driver::compare_program`](crate::driver::compare_program).
#[macro_export]
macro_rules! compare_program {
    ($($call:expr),+ ; $($items:tt)*) => {
        $crate::compare_with!($crate::driver::compare_program; $($call),+ ; $($items)*)
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
            $( this_run.case(stringify!($call), |this_run| this_run.drive($call)); )+
        };
    }};
}

/// Compiles the items twice and hands both to the function.
#[macro_export]
#[doc(hidden)]
macro_rules! compare_with {
    ($compare:path; $($call:expr),+ ; $($items:tt)*) => {
        $compare(
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use $crate::native as desugar;
                $($items)*
                $( this_run.case(stringify!($call), |this_run| this_run.drive($call)); )+
            },
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use $crate::desugared as desugar;
                $($items)*
                $( this_run.case(stringify!($call), |this_run| this_run.drive($call)); )+
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
                $( this_run.case(stringify!($call), |this_run| this_run.drive($call)); )+
            },
            &|this_run: &$crate::driver::Run| {
                #[allow(unused_imports)]
                use self::desugared::*;
                $( this_run.case(stringify!($call), |this_run| this_run.drive($call)); )+
            },
        )
    };
}
