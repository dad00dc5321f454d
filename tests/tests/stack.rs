//! How much stack a poll takes where nothing is optimised. Values that are handed down take less than natively. Each level
//! takes more: it is three functions, the machine's `poll`, the step and the slot's `poll`, where natively it is one.
//!
//! What is measured is the distance between the caller of `poll` and the innermost future, which says where on the stack it
//! is polled.

#![cfg(not(miri))]

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use desugar_tests::twice;

/// Gives the address of what is on the stack when it is polled.
struct Here;

impl Future for Here {
    type Output = usize;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<usize> {
        let here = 0u8;
        Poll::Ready(std::hint::black_box(&raw const here).addr())
    }
}

twice! {
    #[desugar]
    pub(crate) async fn wrap<F: Future<Output = usize>>(future: F) -> usize {
        future.await
    }

    #[desugar]
    pub(crate) async fn bottom(bytes: [u8; 256]) -> usize {
        let here = Here.await;
        here + usize::from(bytes[3])
    }

    #[desugar]
    pub(crate) async fn by_value(bytes: [u8; 256]) -> usize {
        bottom(bytes).await
    }

    #[desugar]
    pub(crate) async fn by_value_twice(bytes: [u8; 256]) -> usize {
        by_value(bytes).await
    }

    #[desugar]
    pub(crate) async fn by_value_thrice(bytes: [u8; 256]) -> usize {
        by_value_twice(bytes).await
    }

    #[desugar]
    pub(crate) async fn with_locals(n: usize) -> usize {
        let list = vec![n];
        let text = String::from("text");
        let here = wrap(Here).await;
        here + list.len() - text.len() + 3
    }
}

/// How far below the caller the innermost future is polled.
fn depth<F: Future<Output = usize>>(future: F) -> usize {
    let mut future = pin!(future);
    let here = 0u8;
    let top = std::hint::black_box(&raw const here).addr();
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(bottom) => top - bottom,
        Poll::Pending => panic!("it is ready at once"),
    }
}

#[test]
fn handing_values_down_takes_less_stack_than_natively() {
    use desugared as d;
    use native as n;
    let rows = [
        ("one", depth(n::wrap(Here)), depth(d::wrap(Here))),
        (
            "six",
            depth(n::wrap(n::wrap(n::wrap(n::wrap(n::wrap(n::wrap(Here))))))),
            depth(d::wrap(d::wrap(d::wrap(d::wrap(d::wrap(d::wrap(Here))))))),
        ),
        ("by value", depth(n::by_value_thrice([0; 256])), depth(d::by_value_thrice([0; 256]))),
        ("locals", depth(n::wrap(n::with_locals(1))), depth(d::wrap(d::with_locals(1)))),
    ];
    let mut table = String::new();
    for (name, native, desugared) in rows {
        table += &format!("{name:10} {native:6} {desugared:6}\n");
    }
    println!("bytes of stack, natively and desugared\n{table}");
    let within = |name: &str, times: usize| {
        let (_, native, desugared) = rows.iter().find(|row| row.0 == name).expect("it is measured");
        assert!(*desugared <= native * times, "{name}:\n{table}");
    };
    within("by value", 1);
    // So far.
    ["one", "six", "locals"].into_iter().for_each(|name| within(name, 3));
}
