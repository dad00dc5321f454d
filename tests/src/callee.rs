//! What the bodies call: native async functions that borrow, mutate or take what they are given, and types with async
//! methods of every receiver.

use crate::{
    inject::tick,
    leaf::{Leaf, pause, value},
    tracked::D,
};

/// Borrows across its suspension.
pub async fn show(d: &D) -> String {
    tick("show");
    pause("show").await;
    format!("<{d}>")
}

/// Owns across its suspension.
pub async fn consume(d: D) -> usize {
    tick("consume");
    pause("consume").await;
    d.name().len()
}

/// Borrows mutably across its suspension.
pub async fn grow(list: &mut Vec<u32>, by: u32) -> usize {
    tick("grow");
    pause("grow").await;
    list.push(by);
    list.len()
}

/// Makes a tracked value.
pub async fn fetch(name: &str) -> D {
    tick("fetch");
    pause("fetch").await;
    D(name)
}

/// Fails on what is no number.
pub async fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    pause("parse").await;
    text.parse()
}

/// Something with connections in it, taken by value or by reference.
#[derive(Debug)]
pub struct Pool {
    d: D,
}

/// A builder: its methods take `self` and give it back.
#[derive(Debug)]
pub struct Parser {
    d: D,
    depth: u32,
}

impl Pool {
    /// A pool of that name.
    pub fn new(name: &str) -> Self {
        Pool { d: D(name) }
    }

    /// A connection that borrows the pool's name only for the moment.
    pub async fn get(&self) -> Result<Pool, String> {
        pause("get").await;
        Ok(Pool { d: self.d.twin() })
    }

    /// Borrows.
    pub async fn query(&self, n: u32) -> Result<u32, String> {
        tick("query");
        value("query", n + self.d.name().len() as u32).await.checked_sub(1).ok_or("zero".to_string())
    }

    /// Borrows mutably.
    pub async fn execute(&mut self, name: &str) -> usize {
        tick("execute");
        pause("execute").await;
        self.d.rename(name);
        name.len()
    }

    /// Takes itself.
    pub async fn close(self) -> usize {
        tick("close");
        pause("close").await;
        self.d.name().len()
    }

    /// Borrows, without a suspension of its own before the leaf.
    pub fn ping(&self) -> Leaf<usize, &D> {
        self.d.peek()
    }
}

impl Parser {
    /// A builder of that name.
    pub fn new(name: &str) -> Self {
        Parser { d: D(name), depth: 0 }
    }

    /// Takes itself and gives itself back.
    pub fn depth(mut self, depth: u32) -> Self {
        tick("depth");
        self.depth = depth;
        self
    }

    /// Borrows mutably and gives the borrow back.
    pub fn deeper(&mut self) -> &mut Self {
        tick("deeper");
        self.depth += 1;
        self
    }

    /// Takes itself.
    pub async fn run(self) -> String {
        tick("run");
        pause("run").await;
        format!("{} {}", self.d, self.depth)
    }

    /// Borrows.
    pub async fn look(&self) -> u32 {
        tick("look");
        pause("look").await;
        self.depth
    }
}
