//! A value that is no future, but can be awaited: `into_future` leaves a remark.

use crate::{inject::tick, leaf::Leaf, tracked::D};

/// Becomes a leaf at the await.
pub struct Deferred {
    name: &'static str,
    tracked: D,
}

/// Makes a deferred leaf.
pub fn deferred(name: &'static str) -> Deferred {
    Deferred { name, tracked: D(format!("deferred {name}")) }
}

impl IntoFuture for Deferred {
    type Output = usize;
    type IntoFuture = Leaf<usize, D>;

    fn into_future(self) -> Self::IntoFuture {
        tick(&format!("into_future {}", self.name));
        Leaf::holding(self.name, 1, self.name.len(), self.tracked)
    }
}
