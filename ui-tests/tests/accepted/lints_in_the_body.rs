//! Lints that are allowed or expected in the body.
#![deny(warnings)]

use desugar::desugar;

#[desugar]
async fn body(n: u32) -> u32 {
    #[expect(unused_variables)]
    let unused = std::future::ready(n).await;
    #[allow(unused_must_use)]
    std::future::ready(Err::<u32, u32>(n)).await;
    #[expect(unused_parens)]
    let sum = (std::future::ready(n).await);
    #[expect(while_true)]
    while true {
        std::future::ready(()).await;
        break;
    }
    match n {
        0 | 1 => std::future::ready(sum).await,
        #[expect(unreachable_patterns)]
        1 => std::future::ready(2).await,
        _ => 0,
    }
}

fn main() {
    drop(body(1));
}
