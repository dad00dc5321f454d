//! Traits as libraries have them: services and layers, boxed futures, plugins, handlers.

use crate::support::{db::*, http::*, sync::*, time::*, *};
use std::{
    collections::BTreeMap,
    error::Error as StdError,
    fmt::Debug,
    future::{Future, IntoFuture, poll_fn},
    pin::Pin,
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
