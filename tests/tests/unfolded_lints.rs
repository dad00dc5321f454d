//! What is written out for `select!`, `join!` and `pin!` is none of the user's: no lint speaks of it, and it may stand
//! where no unsafe code may. Compiling is the test.

#![forbid(unsafe_code)]
#![deny(warnings, unused, nonstandard_style, future_incompatible, rust_2018_idioms, rust_2021_compatibility)]
#![deny(rust_2024_compatibility, unused_qualifications, redundant_imports, unused_results, let_underscore_drop)]
#![deny(trivial_casts, unit_bindings, unused_lifetimes, single_use_lifetimes, variant_size_differences)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

use desugar::desugar;
use futures::future::FutureExt;
use std::future::ready;
use std::pin::{Pin, pin};
use tokio::{join, select, try_join};

#[desugar]
async fn joined(n: u32) -> Result<u32, String> {
    let (one, two) = join!(ready(n), ready(2));
    let (one, two) = tokio::try_join!(ready(Ok(one)), ready(Err::<u32, String>(two.to_string())))?;
    let (only,) = try_join!(biased; ready(Ok::<_, String>(one)))?;
    let (one, two) = futures::join!(ready(only), ready(two));
    tokio::join!(ready(()), ready(()));
    futures::try_join!(ready(Ok::<_, String>(one)), ready(Ok(two))).map(|(one, two)| one + two)
}

#[desugar]
async fn selected(list: &mut Vec<u32>, flag: bool) -> u32 {
    let mut rounds = 0;
    let value = select! {
        n = ready(1) => n,
        (_, m) = ready((1, 2)), if flag && !list.is_empty() => m,
        Some(n @ 1..=3) = ready(Some(2)), if flag => {
            ready(()).await;
            n
        }
        else => 0,
    };
    loop {
        tokio::select! {
            biased;
            Some(n) = ready(list.pop()) => rounds += n,
            else => break,
        }
    }
    tokio::select! {
        () = ready(()) => list.push(value),
    }
    rounds
}

#[desugar]
async fn selected_fused() -> u32 {
    let mut a = ready(1).fuse();
    futures::select! {
        n = a => n,
        n = ready(2).fuse() => {
            ready(()).await;
            n
        }
        complete => 3,
    }
}

#[desugar]
async fn pinned() -> u32 {
    let mut a = pin!(ready(1));
    let b = ready(2);
    tokio::pin!(b);
    let c = ready(3);
    futures::pin_mut!(c);
    let n = twice(pin!(ready(4))).await + a.as_mut().await;
    n + (&mut b).await + (&mut c).await
}

async fn twice(future: Pin<&mut impl Future<Output = u32>>) -> u32 {
    2 * future.await
}

#[test]
fn they_compile_and_run() {
    let mut list = vec![1, 2, 3];
    assert_eq!(desugar::block_on(joined(1)), Err("2".to_owned()));
    assert!(desugar::block_on(selected(&mut list, true)) == 6);
    assert!((1..3).contains(&desugar::block_on(selected_fused())));
    assert_eq!(desugar::block_on(pinned()), 14);
}
