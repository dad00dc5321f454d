//! What clippy says natively, and with the attribute. `tests/clippy.rs` compares the two.

#![warn(clippy::all, clippy::pedantic, clippy::nursery, missing_docs, unused, unreachable_pub)]
#![forbid(unsafe_code)]

use core::future::ready;

/// Something with async methods.
#[derive(Debug)]
pub struct Thing {
    /// Its name.
    pub name: String,
    count: usize,
}

/// Control flow of every kind.
///
/// # Errors
/// If there is none.
#[cfg_attr(feature = "desugared", desugar::desugar)]
pub async fn control(n: usize) -> Result<usize, String> {
    ready(()).await;
    let mut sum = n;
    for i in 0..n {
        if i == 3 {
            continue;
        }
        sum += ready(i).await;
    }
    let Some(found) = ready(Some(sum)).await else {
        return Err(String::from("none"));
    };
    match ready(found).await {
        0 => ready(Ok(1)).await,
        other if other > 5 => Ok(other),
        other => {
            let text = format!("{other}");
            ready(()).await;
            Ok(text.len())
        }
    }
}

#[cfg_attr(feature = "desugared", desugar::desugar)]
impl Thing {
    /// Makes one.
    pub async fn new(name: String) -> Self {
        let thing = Self { name, count: 0 };
        ready(()).await;
        thing
    }

    /// Adds.
    pub async fn add(&mut self, list: &[usize]) -> usize {
        let unused = 1;
        for item in list {
            self.count += ready(*item).await;
        }
        while self.count > 100 {
            self.count -= 1;
            ready(()).await;
        }
        let length = self.name.len() as u32;
        drop(ready(length).await);
        self.count
    }

    async fn private(self, other: Self) -> bool {
        let both = async { ready(self.count).await + other.count }.await;
        let add = |x: usize| x + both;
        ready(()).await;
        add(2) == 3 && ready(true).await
    }
}

/// What lints are about.
#[cfg_attr(feature = "desugared", desugar::desugar)]
pub async fn lints(x: Option<usize>, text: &String) -> usize {
    let y = if let Some(n) = x { n } else { 0 };
    ready(()).await;
    let mut z = text.clone();
    ready(()).await;
    return y + z.len();
}
