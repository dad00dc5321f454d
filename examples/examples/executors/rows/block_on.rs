//! A future that yields again and again. An operation is one yield.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::{Contender, Row};

pub(super) const ROW: Row = Row {
    name: "block_on",
    operations: 200_000,
    threads: false,
    contenders: &[
        Contender { name: "desugar", run: |count| desugar::block_on(Yields(count)) },
        Contender { name: "futures-lite", run: |count| futures_lite::future::block_on(Yields(count)) },
        Contender { name: "futures", run: |count| futures::executor::block_on(Yields(count)) },
        Contender { name: "pollster", run: |count| pollster::block_on(Yields(count)) },
        Contender {
            name: "tokio",
            run: |count| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().expect("one without drivers");
                runtime.block_on(Yields(count));
            },
        },
    ],
};

struct Yields(u64);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
