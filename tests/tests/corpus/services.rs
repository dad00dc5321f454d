//! Traits as libraries have them: services and layers, boxed futures, plugins, generic repositories, visitors.

use crate::support::{db::*, http::*, sync::*, time::*, *};
use std::{
    any::Any,
    collections::BTreeMap,
    error::Error as StdError,
    fmt::{self, Debug, Display},
    future::{Future, IntoFuture, poll_fn},
    marker::PhantomData,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// As in tower.
pub trait Service<Request> {
    type Response;
    type Error;
    type Future: Future<Output = Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>>;
    fn call(&mut self, request: Request) -> Self::Future;
}

/// Is ready at the second time that it is asked, before each call.
#[derive(Debug)]
pub struct Upper {
    pub asked: bool,
    pub calls: usize,
    pub d: D,
}

impl Upper {
    pub fn new() -> Self {
        Upper { asked: false, calls: 0, d: D("upper") }
    }
}

impl Service<String> for Upper {
    type Response = String;
    type Error = String;
    type Future = Leaf<Result<String, String>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        tick("poll_ready");
        self.asked = !self.asked;
        if self.asked {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(if self.calls < 2 { Ok(()) } else { Err("worn out".to_string()) })
    }

    fn call(&mut self, request: String) -> Self::Future {
        self.calls += 1;
        if request.is_empty() { failing("call") } else { success("call", request.to_uppercase()) }
    }
}

/// What handlers of events are.
pub trait Plugin: Send + Sync {
    fn name(&self) -> &str;
    fn handle<'a>(&'a self, event: &'a Event) -> BoxFuture<'a, Result<Outcome, BoxError>>;
}

#[derive(Debug)]
pub struct Event {
    pub kind: &'static str,
    pub payload: D,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Pass,
    Handled(String),
    Stop,
}

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
    /// Waits until the service is ready, then calls it.
    #[desugar]
    pub async fn oneshot<S, R>(mut service: S, request: R) -> Result<(S, S::Response), S::Error>
    where
        S: Service<R>,
    {
        poll_fn(|cx| service.poll_ready(cx)).await?;
        let response = service.call(request).await?;
        Ok((service, response))
    }

    #[desugar]
    pub async fn call_all(texts: &[&str]) -> (Vec<String>, Option<String>) {
        let mut service = Upper::new();
        let mut out = vec![];
        for text in texts {
            (service, _) = match oneshot(service, text.to_string()).await {
                Ok((service, answer)) => {
                    out.push(answer);
                    (service, ())
                }
                Err(error) => return (out, Some(error)),
            };
        }
        (out, None)
    }

    pub struct Auth {
        key: D,
    }

    pub struct Audit {
        log: Lock<Vec<String>>,
    }

    impl Auth {
        #[desugar]
        async fn check<'a>(&'a self, event: &'a Event) -> Result<Outcome, BoxError> {
            let length = self.key.peek().await;
            match event.kind {
                "forbidden" => Err(format!("{} is forbidden", event.payload).into()),
                "secret" if event.payload.name().len() != length => Ok(Outcome::Stop),
                _ => Ok(Outcome::Pass),
            }
        }
    }

    impl Audit {
        #[desugar]
        async fn write(&self, event: &Event) -> Result<Outcome, BoxError> {
            let n: u32 = event.payload.name().parse()?;
            let mut log = self.log.lock().await;
            log.push(format!("{}: {n}", event.kind));
            Ok(Outcome::Handled(format!("entry {}", log.len())))
        }
    }

    impl Plugin for Auth {
        fn name(&self) -> &str {
            "auth"
        }

        fn handle<'a>(&'a self, event: &'a Event) -> BoxFuture<'a, Result<Outcome, BoxError>> {
            Box::pin(self.check(event))
        }
    }

    impl Plugin for Audit {
        fn name(&self) -> &str {
            "audit"
        }

        fn handle<'a>(&'a self, event: &'a Event) -> BoxFuture<'a, Result<Outcome, BoxError>> {
            Box::pin(self.write(event))
        }
    }

    /// Gives the event to one plugin after the other, until one has handled or stopped it.
    #[desugar]
    pub async fn dispatch(plugins: &[Box<dyn Plugin>], event: Event) -> Result<Option<String>, (String, BoxError)> {
        for plugin in plugins {
            let outcome = plugin.handle(&event).await.map_err(|error| (plugin.name().to_owned(), error))?;
            match outcome {
                Outcome::Pass => continue,
                Outcome::Handled(text) => return Ok(Some(text)),
                Outcome::Stop => break,
            }
        }
        Ok(None)
    }

    pub fn plugins() -> Vec<Box<dyn Plugin>> {
        vec![Box::new(Auth { key: D("key") }), Box::new(Audit { log: Lock::new(vec![]) })]
    }

    pub struct Memory {
        values: BTreeMap<String, String>,
        limit: usize,
    }

    #[cfg(feature = "pending")] // A method of a trait that borrows from two places.
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

    pub struct Fetch<'c> {
        client: &'c Client,
        url: String,
        retries: u32,
        timeout: Duration,
    }

    impl<'c> Fetch<'c> {
        pub fn new(client: &'c Client, url: &str) -> Self {
            Fetch { client, url: url.to_string(), retries: 0, timeout: Duration::from_secs(1) }
        }

        pub fn retries(self, retries: u32) -> Self {
            Fetch { retries, ..self }
        }

        #[desugar]
        async fn send(self) -> Result<String, HttpError> {
            let Fetch { client, url, retries, timeout: limit } = self;
            for left in (0..=retries).rev() {
                match timeout(limit, client.get(&url).send()).await {
                    Ok(Ok(response)) => return response.text().await,
                    Ok(Err(error)) if left == 0 => return Err(error),
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            Err(HttpError::Timeout)
        }
    }

    impl<'c> IntoFuture for Fetch<'c> {
        type Output = Result<String, HttpError>;
        type IntoFuture = BoxFuture<'c, Result<String, HttpError>>;

        fn into_future(self) -> Self::IntoFuture {
            tick("into_future");
            Box::pin(self.send())
        }
    }

    /// Awaits a builder.
    #[desugar]
    pub async fn fetch_two(client: Client) -> Result<(String, usize), HttpError> {
        let first = Fetch::new(&client, "/a").retries(1).await?;
        let (rest, length) = (Fetch::new(&client, &format!("/{first}")).await?, first.len());
        Ok((first + &rest, length))
    }

    pub trait Handler<A>: Send {
        fn call(&self, arguments: A) -> BoxFuture<'static, String>;
    }

    impl<F, Fut, A> Handler<(A,)> for F
    where
        F: Fn(A) -> Fut + Send,
        Fut: Future<Output = String> + Send + 'static,
    {
        fn call(&self, (a,): (A,)) -> BoxFuture<'static, String> {
            Box::pin(self(a))
        }
    }

    #[desugar]
    async fn shout(text: String) -> String {
        let text = value("shout", text).await;
        format!("{}!", text.to_uppercase())
    }

    #[desugar]
    async fn double(n: u32) -> String {
        (value("double", n).await * 2).to_string()
    }

    /// Functions of different arguments in one table.
    #[desugar]
    pub async fn through_the_table(names: &[&str]) -> Vec<Option<String>> {
        let texts: BTreeMap<&str, Box<dyn Handler<(String,)>>> = BTreeMap::from([("shout", Box::new(shout) as Box<_>)]);
        let numbers: [(&str, &dyn Handler<(u32,)>); 1] = [("double", &double)];
        let mut out = Vec::with_capacity(names.len());
        for &name in names {
            let answer = if let Some(handler) = texts.get(name) {
                Some(handler.call((name.to_string(),)).await)
            } else if let Some((_, handler)) = numbers.iter().find(|(other, _)| *other == name) {
                Some(handler.call((name.len() as u32,)).await)
            } else {
                None
            };
            out.push(answer);
        }
        out
    }
}

#[test]
fn a_service_that_is_not_always_ready() {
    compare_modules!(sendable(call_all(&["a", "b", "c"])), sendable(call_all(&["a", ""])));
}

#[test]
fn plugins_in_a_row() {
    let event = |kind, payload: &str| Event { kind, payload: D(payload) };
    compare_modules!(
        sendable(dispatch(&plugins(), event("count", "12"))),
        sendable(dispatch(&plugins(), event("count", "x"))),
        sendable(dispatch(&plugins(), event("forbidden", "12"))),
        sendable(dispatch(&plugins(), event("secret", "four"))),
    );
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

#[test]
fn a_builder_that_is_awaited() {
    let ok = |text: &str| Ok(Response::new(200, text));
    compare_modules!(
        spawned(fetch_two(Client::new([Err(HttpError::Timeout), ok("a"), ok("b")]))),
        spawned(fetch_two(Client::new([ok("a"), Err(HttpError::Timeout)]))),
    );
}

#[test]
fn a_table_of_functions() {
    compare_modules!(through_the_table(&["shout", "double", "none"]));
}
