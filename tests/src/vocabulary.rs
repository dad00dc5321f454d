//! What the programs that nobody wrote by hand are written with: functions that borrow, take, hand on, fail, at once or
//! later, and a few types. Each leaves a remark.

use crate::{
    inject::tick,
    leaf::{Leaf, pause, value},
    tracked::D,
};

/// A struct of something that is dropped and something that is copied.
#[derive(Debug)]
pub struct Item {
    /// A part with a destructor.
    pub d: D,
    /// A copy.
    pub n: usize,
}

/// An enum of such.
#[derive(Debug)]
pub enum Shape {
    /// Nothing.
    Empty,
    /// Without names.
    One(D),
    /// With names.
    Two {
        /// A part with a destructor.
        d: D,
        /// A copy.
        n: usize,
    },
}

/// For generic arguments.
#[expect(async_fn_in_trait, reason = "the programs do not ask for Send")]
pub trait Named {
    /// Borrows.
    fn label_len(&self) -> usize;
    /// Borrows across its suspension.
    async fn label_later(&self) -> usize;
    /// Takes itself.
    async fn spend(self) -> usize;
}

impl Named for D {
    fn label_len(&self) -> usize {
        tick("label_len");
        self.name().len()
    }

    async fn label_later(&self) -> usize {
        pause("label_later").await;
        self.name().len()
    }

    async fn spend(self) -> usize {
        pause("spend").await;
        self.name().len()
    }
}

impl Item {
    /// Borrows a whole item.
    pub fn weight(&self) -> usize {
        tick("weight");
        self.d.name().len() + self.n
    }

    /// Borrows a whole item across its suspension.
    pub async fn weight_later(&self) -> usize {
        pause("weight_later").await;
        self.d.name().len() + self.n
    }

    /// Changes an item across its suspension.
    pub async fn add(&mut self, n: usize) -> usize {
        pause("add").await;
        self.n += n;
        self.n
    }

    /// Takes an item.
    pub fn into_d(self) -> D {
        tick("into_d");
        self.d
    }
}

/// Passes on what it is given.
#[macro_export]
macro_rules! pass {
    ($value:expr) => {
        $value
    };
}

/// Borrows one.
pub fn len(d: &D) -> usize {
    tick("len");
    d.name().len()
}

/// Borrows one, copies the other.
pub fn weigh(d: &D, n: usize) -> usize {
    tick("weigh");
    d.name().len() + n
}

/// Takes one.
pub fn weigh_owned(d: D, n: usize) -> usize {
    tick("weigh_owned");
    d.name().len() + n
}

/// Borrows two.
pub fn both(one: &D, two: &D) -> usize {
    tick("both");
    one.name().len() * 2 + two.name().len()
}

/// Borrows a list.
pub fn count(list: &[D]) -> usize {
    tick("count");
    list.len()
}

/// Whether the name is long.
pub fn is_long(d: &D) -> bool {
    tick("is_long");
    d.name().len() > 1
}

/// Hands on a reference.
pub fn same(d: &D) -> &D {
    tick("same");
    d
}

/// Hands on a value.
pub fn keep(d: D, n: usize) -> D {
    tick(&format!("keep {n}"));
    d
}

/// Hands on the second of two.
pub fn later_of(first: D, second: D) -> D {
    tick("later_of");
    drop(first);
    second
}

/// Fails for every fourth number.
pub fn checked<T>(value: T, n: usize) -> Result<T, String> {
    tick("checked");
    if n % 4 == 3 { Err(format!("{n} is too much")) } else { Ok(value) }
}

/// Borrows one across its suspension.
pub async fn measure(d: &D) -> usize {
    tick("measure");
    pause("measure").await;
    d.name().len()
}

/// The same, with a number first.
pub async fn weigh_later(n: usize, d: &D) -> usize {
    tick("weigh_later");
    pause("weigh_later").await;
    d.name().len() + n
}

/// Changes what it borrows across its suspension.
pub async fn grow_by(d: &mut D, n: usize) -> usize {
    tick("grow_by");
    pause("grow_by").await;
    let longer = format!("{}{}", d.name(), "+".repeat(n.min(2)));
    d.rename(longer);
    n
}

/// Borrows a number across its suspension, and is given another.
pub async fn add_later(one: &usize, two: usize) -> usize {
    tick("add_later");
    pause("add_later").await;
    (*one + two) % 16
}

/// Changes a number that it borrows, after its suspension.
pub async fn count_up(n: &mut usize, by: usize) -> usize {
    tick("count_up");
    pause("count_up").await;
    *n = (*n + by) % 16;
    *n
}

/// Borrows two across its suspension.
pub async fn both_later(one: &D, two: &D) -> usize {
    tick("both_later");
    pause("both_later").await;
    one.name().len() * 2 + two.name().len()
}

/// Borrows a list of references across its suspension.
pub async fn sum_later(list: &[&D]) -> usize {
    tick("sum_later");
    pause("sum_later").await;
    list.iter().map(|d| d.name().len()).sum()
}

/// Takes one and borrows another, across its suspension.
pub async fn send(parcel: D, n: usize, to: &D) -> usize {
    tick("send");
    pause("send").await;
    parcel.name().len() + n + to.name().len()
}

/// Whether the name is short, later.
pub async fn ask(d: &D) -> bool {
    tick("ask");
    pause("ask").await;
    d.name().len() % 2 == 1
}

/// Whether the number is even, later.
pub fn ask_number(n: usize) -> Leaf<bool> {
    tick("ask_number");
    value("ask_number", n.is_multiple_of(2))
}

/// Hands on a reference, later.
pub async fn lend(d: &D) -> &D {
    tick("lend");
    pause("lend").await;
    d
}

/// Hands on a value, later.
pub async fn keep_later(d: D, n: usize) -> D {
    tick("keep_later");
    value("keep_later", n).await;
    d
}

/// Takes the last one of a list, later.
pub async fn pop_later(list: &mut Vec<D>) -> Option<D> {
    tick("pop_later");
    pause("pop_later").await;
    list.pop()
}

/// Fails for every fourth number, later.
pub async fn checked_later<T>(n: usize, value: T) -> Result<T, String> {
    tick("checked_later");
    pause("checked_later").await;
    if n % 4 == 3 { Err(format!("{n} is too much")) } else { Ok(value) }
}

/// Keeps a value forever, where nothing lives long enough.
pub fn kept<T>(value: T) -> &'static T {
    kept_mut(value)
}

/// The same, to be changed.
pub fn kept_mut<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}
