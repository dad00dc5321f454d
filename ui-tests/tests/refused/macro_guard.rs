//! A macro that declares a guard, above an await.

use desugar::desugar;

struct Done;

impl Drop for Done {
    fn drop(&mut self) {
        println!("done");
    }
}

macro_rules! defer_done {
    () => {
        let _done = Done;
    };
}

#[desugar]
async fn work() {
    defer_done!();
    std::future::ready(()).await;
}

#[desugar]
async fn without_an_await_below() {
    std::future::ready(()).await;
    {
        defer_done!();
        println!("working");
    }
}

fn main() {
    drop((work(), without_an_await_below()));
}
