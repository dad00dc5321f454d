// differs: the result of an await has its caret on the operand, and comes again on the attribute
#![deny(unused)]
#![allow(dead_code)]

use desugar::desugar;

#[must_use]
fn important() -> u32 {
    1
}

#[desugar]
async fn results(text: String) {
    important();
    std::future::ready(()).await;
    important();
    std::future::ready(important());
    std::future::ready(Ok::<u32, u32>(1)).await;
    1 + 1;
    || 1;
    text;
}

fn main() {}
