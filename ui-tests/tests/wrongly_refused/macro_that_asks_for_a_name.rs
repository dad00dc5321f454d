//! A macro with an arm for a name and one for an expression is handed an expression, in the copy that is checked as in
//! the machine; one with an arm for a name alone is not satisfied.

use desugar::desugar;

macro_rules! name {
    ($name:ident) => {
        $name + 1
    };
}

#[desugar]
async fn next(n: u32) -> u32 {
    std::future::ready(()).await;
    let m = name!(n);
    std::future::ready(()).await;
    m + n
}

fn main() {}
