//! Bodies without branches: an await in each position of a statement.

use desugar_tests::*;

#[test]
fn await_as_statement() {
    compare! {
        body(D("a"));

        #[desugar]
        async fn body(a: D) {
            tick("before");
            pause("p").await;
            tick("after");
            drop(a);
        }
    }
}

#[test]
fn no_await_at_all() {
    compare! {
        body(D("a"), 3);

        #[desugar]
        async fn body(_a: D, n: u32) -> u32 {
            let b = D("b");
            tick("only");
            n + b.name().len() as u32
        }
    }
}
