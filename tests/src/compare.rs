//! The macros that compile one source twice: the name `desugar` means `#[native]` in one copy, and itself in the other.

/// Compiles the items twice and compares every call, which makes a future, under every schedule.
///
/// Each call is one case. Functions to compare carry `#[desugar]`; other items in there are simply copied. A call may
/// borrow from temporaries: they live until the run is over.
#[macro_export]
macro_rules! compare {
    ($($call:expr),+ ; $($items:tt)*) => {
        $crate::driver::compare(
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
