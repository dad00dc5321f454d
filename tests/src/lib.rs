//! Behaviour: every body compiled natively and desugared, equal traces.
//!
//! A test writes its body once, inside [`compare!`]; the macro compiles it as a native `async fn` and under
//! `#[desugar]`, and the [driver] runs both through every schedule: to the end, cancelled after each poll, with a panic
//! at each [`tick`] and at each tracked drop, with spurious polls, polled once more when it is over. What happens is
//! written down in one [trace] per run. Native is the judge: equal traces, or the test fails and prints both.
//!
//! Under Miri (`MIRIFLAGS=-Zmiri-ignore-leaks cargo +nightly miri test -p desugar-tests`) a selection of the desugared
//! runs is looked at for undefined behaviour. Leaks are ignored there because native leaks what an async function
//! returns when the drop of a local panics; the leak of a `D` is seen in the trace.
//!
//! ```
//! use desugar_tests::*;
//!
//! compare! {
//!     body(D("a"), 2);
//!
//!     #[desugar]
//!     async fn body(a: D, n: u32) -> u32 {
//!         let doubled = value("leaf", n * 2).await;
//!         tick("after");
//!         drop(a);
//!         doubled
//!     }
//! }
//! ```

mod bytes;
mod callee;
mod compare;
mod deferred;
mod deviations;
pub mod driver;
mod inject;
mod leaf;
mod mutex;
mod order;
pub mod probe;
mod quiet;
mod schedule;
pub mod trace;
mod tracked;
pub mod vocabulary;
mod waker;

pub use bytes::{Sink, Source};
pub use callee::{Parser, Pool, consume, fetch, grow, parse, show};
pub use deferred::{Deferred, deferred};
pub use desugar::desugar as desugared;
pub use desugar_tests_native::native;
pub use inject::tick;
pub use leaf::{Leaf, failing, missing, pause, pauses, ready, some, success, value};
pub use mutex::{Guard, Mutex};
pub use order::note;
pub use schedule::{Injection, Schedule};
pub use tracked::D;

/// What `desugar::` means in the desugared copy of a body.
pub mod desugared {
    pub use desugar::{block, block_on};
}

/// What `desugar::` means in the native copy.
pub mod native {
    pub use desugar::block_on;

    /// The block as the compiler itself understands it.
    #[macro_export]
    #[doc(hidden)]
    macro_rules! native_block {
        ($block:expr) => {
            $block
        };
    }

    pub use crate::native_block as block;
}
