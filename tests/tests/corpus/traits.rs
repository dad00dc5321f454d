//! Async methods of traits: stores and codecs, which borrow from two places or are generic, repositories, visitors.

use crate::support::*;
use std::{
    collections::BTreeMap,
    fmt::{Debug, Display},
    pin::Pin,
};

/// With methods that borrow from two places, that are generic, and that take themselves.
pub trait Store {
    type Error: Debug;

    async fn get(&self, key: &str) -> Result<Option<String>, Self::Error>;
    async fn put(&mut self, key: &str, value: &str) -> Result<(), Self::Error>;
}

pub trait Codec {
    async fn encode<T: Display>(&self, value: T) -> Vec<u8>;
}

pub trait Close {
    async fn close(self) -> usize;
}

pub trait Repository {
    type Entity: Debug;

    async fn count(&self) -> usize;
    async fn add(&mut self, entity: Self::Entity) -> Result<usize, Self::Entity>;
    async fn remove_all(&mut self) -> Vec<Self::Entity>;
}

/// A tree to be walked through.
#[derive(Debug)]
pub enum Node {
    Leaf(u32),
    Inner(Vec<Node>),
    Named(&'static str, Box<Node>),
}

pub trait Visitor {
    async fn enter(&mut self, depth: usize) -> bool;
    async fn leaf(&mut self, n: u32);
}

twice! {
    pub struct Memory {
        values: BTreeMap<String, String>,
        limit: usize,
    }

    impl Store for Memory {
        type Error = String;

        #[desugar]
        async fn get(&self, key: &str) -> Result<Option<String>, String> {
            pause("get").await;
            Ok(self.values.get(key).cloned())
        }

        #[desugar]
        async fn put(&mut self, key: &str, value: &str) -> Result<(), String> {
            if self.values.len() == self.limit && !self.values.contains_key(key) {
                return Err(format!("no room for {key}"));
            }
            pause("put").await;
            self.values.insert(key.to_string(), value.to_string());
            Ok(())
        }
    }

    /// Writes through to the second, reads from the first that has it.
    #[desugar]
    pub async fn copy_keys<A, B>(from: &A, to: &mut B, keys: &[&str]) -> Result<usize, (usize, String)>
    where
        A: Store,
        B: Store<Error = A::Error>,
        A::Error: Display,
    {
        let mut copied = 0;
        for key in keys {
            let Some(value) = from.get(key).await.map_err(|error| (copied, error.to_string()))? else { continue };
            if to.get(key).await.is_ok_and(|old| old.as_ref() == Some(&value)) {
                continue;
            }
            to.put(key, &value).await.map_err(|error| (copied, error.to_string()))?;
            copied += 1;
        }
        Ok(copied)
    }

    #[cfg(feature = "pending")] // Needs `Store for Memory`.
    #[desugar]
    pub async fn copy_between_memories(limit: usize) -> Result<usize, (usize, String)> {
        let values = ["a", "b"].map(|key| (key.to_string(), key.to_uppercase()));
        let from = Memory { values: values.into(), limit: 9 };
        let mut to = Memory { values: BTreeMap::new(), limit };
        copy_keys(&from, &mut to, &["a", "x", "b"]).await
    }

    pub struct Hex {
        pub prefix: D,
    }

    #[cfg(feature = "pending")] // A generic method of a trait.
    impl Codec for Hex {
        #[desugar]
        async fn encode<T: Display>(&self, value: T) -> Vec<u8> {
            let n = self.prefix.peek().await;
            let text = format!("{value:>n$}");
            text.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
        }
    }

    #[cfg(feature = "pending")] // A method of a trait that takes `self`.
    impl Close for Hex {
        #[desugar]
        async fn close(self) -> usize {
            pause("close").await;
            let Hex { prefix } = self;
            prefix.finish().await
        }
    }

    pub struct Shelf<T> {
        items: Vec<T>,
        room: usize,
    }

    impl<T: Debug + Send> Repository for Shelf<T> {
        type Entity = T;

        #[desugar]
        async fn count(&self) -> usize {
            pause("count").await;
            self.items.len()
        }

        #[desugar]
        async fn add(&mut self, entity: T) -> Result<usize, T> {
            let count = self.count().await;
            if count >= self.room {
                warn!("no room for {entity:?} beside {count} others");
                return Err(entity);
            }
            self.items.push(entity);
            Ok(count + 1)
        }

        #[desugar]
        async fn remove_all(&mut self) -> Vec<T> {
            let mut removed = Vec::with_capacity(self.items.len());
            while let Some(item) = self.items.pop() {
                pause("remove").await;
                removed.push(item);
            }
            removed
        }
    }

    /// Adds all; if one does not fit, it takes all of them back.
    #[desugar]
    pub async fn add_all<R: Repository>(
        repository: &mut R,
        entities: impl IntoIterator<Item = R::Entity>,
    ) -> Result<usize, Vec<R::Entity>> {
        let mut count = 0;
        for entity in entities {
            count = match repository.add(entity).await {
                Ok(count) => count,
                Err(entity) => {
                    let mut all = repository.remove_all().await;
                    all.insert(0, entity);
                    return Err(all);
                }
            };
        }
        assert_eq!(count, repository.count().await, "counted {count}");
        Ok(count)
    }

    #[desugar]
    pub async fn fill_a_shelf(room: usize) -> Result<usize, Vec<D>> {
        let mut shelf = Shelf { items: vec![], room };
        add_all(&mut shelf, ["a", "b"].map(D)).await
    }

    pub struct Sum {
        total: u32,
        max_depth: usize,
        d: D,
    }

    impl Visitor for Sum {
        #[desugar]
        async fn enter(&mut self, depth: usize) -> bool {
            self.d.peek().await;
            depth <= self.max_depth
        }

        #[desugar]
        async fn leaf(&mut self, n: u32) {
            let doubled = value("double", n * 2).await;
            self.total += doubled;
        }
    }

    /// Depth first.
    fn walk<'a, V: Visitor>(
        node: &'a Node,
        visitor: &'a mut V,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
        Box::pin(walk_inner(node, visitor, depth))
    }

    #[desugar]
    async fn walk_inner<'a, V: Visitor>(node: &'a Node, visitor: &'a mut V, depth: usize) -> usize {
        match node {
            Node::Leaf(n) => {
                visitor.leaf(*n).await;
                1
            }
            Node::Inner(nodes) => {
                if !visitor.enter(depth).await {
                    return 0;
                }
                let mut seen = 0;
                for node in nodes {
                    seen += walk(node, visitor, depth + 1).await;
                }
                seen
            }
            Node::Named(name, node) => {
                debug!("{name} at {depth}");
                walk(node, visitor, depth).await
            }
        }
    }

    #[desugar]
    pub async fn sum_of(node: Node, max_depth: usize) -> (usize, u32) {
        let mut sum = Sum { total: 0, max_depth, d: D("sum") };
        let seen = walk(&node, &mut sum, 0).await;
        (seen, sum.total)
    }
}

#[test]
#[cfg(feature = "pending")] // A method of a trait that borrows from two places.
fn stores() {
    compare_modules!(copy_between_memories(9), copy_between_memories(1));
}

#[test]
#[cfg(feature = "pending")] // A generic method of a trait, and one that takes `self`.
fn a_codec() {
    compare_modules!(Hex { prefix: D("four") }.encode(7), Hex { prefix: D("p") }.close());
}

#[test]
fn repositories() {
    compare_modules!(fill_a_shelf(2), fill_a_shelf(1));
}

#[test]
fn visitors() {
    let tree = || Node::Inner(vec![Node::Leaf(1), Node::Named("n", Box::new(Node::Inner(vec![Node::Leaf(2)])))]);
    compare_modules!(sum_of(tree(), 1), sum_of(tree(), 0), sum_of(Node::Inner(vec![]), 0));
}
