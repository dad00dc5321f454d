//! What a user runs first, and the programs that are written once and compiled twice.
//!
//! The programs themselves stand in `examples/`; this library holds what more than one of them needs.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

pub mod callgrind;
pub mod kv;
pub mod tour;

/// Compiles the same async functions twice: in `mod native` as they stand, and in `mod desugared` with
/// `#[desugar]` on each.
///
/// Both modules see whatever the surrounding module imports and defines. A call from one of the functions to
/// another stays within its module, so the desugared half awaits desugared futures all the way down.
///
/// ```
/// desugar_examples::twice! {
///     /// Adds one, some time later.
///     pub async fn increment(number: u32) -> u32 {
///         std::future::ready(number).await + 1
///     }
/// }
///
/// let native = desugar::block_on(native::increment(1));
/// assert_eq!(desugar::block_on(desugared::increment(1)), native);
/// ```
#[macro_export]
macro_rules! twice {
    ($($function:item)*) => {
        /// The functions as rustc compiles them.
        pub mod native {
            #[allow(unused_imports, reason = "the functions may need nothing from outside")]
            use super::*;
            $($function)*
        }

        /// The same functions, desugared.
        pub mod desugared {
            #[allow(unused_imports, reason = "the functions may need nothing from outside")]
            use super::*;
            $(#[::desugar::desugar] $function)*
        }
    };
}
