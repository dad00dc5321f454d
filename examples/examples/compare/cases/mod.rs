//! The cases: each function once for native and desugared, and by hand as an enum with its own `poll`.

#![allow(clippy::large_enum_variant, reason = "a future in place is what these are about")]

pub(crate) mod arguments;
pub(crate) mod calls;
pub(crate) mod futures;
pub(crate) mod locals;
pub(crate) mod sequences;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// `impl Future` for an enum that need not be pinned: what it does when it is polled.
macro_rules! step {
    ($name:ident $(<$($parameter:ident),+>)?, |$this:ident, $cx:ident| -> $output:ty $body:block) => {
        impl $(<$($parameter: Future<Output = u64> + Unpin),+>)? Future for $name $(<$($parameter),+>)? {
            type Output = $output;

            #[inline]
            fn poll(self: Pin<&mut Self>, $cx: &mut Context<'_>) -> Poll<$output> {
                let $this = self.get_mut();
                $body
            }
        }
    };
}

use step;

/// Polls what need not be pinned.
#[inline]
fn poll<F: Future + Unpin>(future: &mut F, cx: &mut Context<'_>) -> Poll<F::Output> {
    Pin::new(future).poll(cx)
}

/// What a machine says that is polled once more.
#[cold]
fn over() -> ! {
    panic!("polled after it was ready")
}
