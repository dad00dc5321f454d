//! A crate that forbids unsafe code can use the attribute.

#![forbid(unsafe_code)]

use desugar_tests::*;

#[test]
fn in_a_crate_that_forbids_unsafe_code() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) -> usize {
            let d = D("d");
            show(&d).await;
            let mut list = vec![1];
            for i in 0..2 {
                grow(&mut list, i).await;
            }
            list.len() + consume(a).await
        }
    }
}
