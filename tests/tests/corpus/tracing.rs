//! Functions that log as one does with `tracing`: fields, shorthands, captures, spans that are entered.

use crate::support::{db::*, http::*, report::*, time::*, *};
use std::{collections::BTreeMap, fmt::Display};

type Result<T, E = Report> = std::result::Result<T, E>;

/// A span; entered as long as it is there.
pub struct Span {
    name: &'static str,
    fields: BTreeMap<&'static str, String>,
    _d: D,
}

impl Span {
    pub fn new(name: &'static str) -> Self {
        Span { name, fields: BTreeMap::new(), _d: D(format!("span {name}")) }
    }

    pub fn record(&mut self, key: &'static str, value: impl Display) -> &mut Self {
        tick(&format!("{} {key}={value}", self.name));
        self.fields.insert(key, value.to_string());
        self
    }
}

macro_rules! span {
    ($name:literal $(, $key:ident = $value:expr)* $(,)?) => {{
        let mut span = Span::new($name);
        $(span.record(stringify!($key), $value);)*
        span
    }};
}

fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(status, body))
}

twice! {
    /// Fields with names, and the format string behind them.
    #[desugar]
    pub async fn fields(client: &Client, user: u32) -> Result<usize> {
        let started = Instant::now();
        let response = client.get(format!("/users/{user}")).send().await?;
        let status = response.status();
        info!(user = user, status = ?status, elapsed = ?started.elapsed(), "answered");
        let text = response.text().await.context("reading the body")?;
        let length = text.len();
        debug!(bytes = length, body = %text, "user {}", user);
        if length == 0 {
            warn!(code = status.0, "nothing for {}", user);
            bail!("nothing for {}", user);
        }
        Ok(length)
    }

    /// Shorthands.
    #[desugar]
    pub async fn shorthands(client: &Client, user: u32) -> Result<usize> {
        let response = client.get(format!("/users/{user}")).send().await?;
        let status = response.status();
        info!(user, ?status, "answered");
        let text = response.text().await?;
        debug!(%text, length = text.len());
        Ok(text.len())
    }

    /// Captures behind fields.
    #[desugar]
    pub async fn captures(client: &Client, urls: &[&str]) -> Result<usize> {
        let mut total = 0;
        for (attempt, url) in urls.iter().enumerate() {
            let response = client.get(url).send().await.with_context(|| format!("asking for {url}"))?;
            let length = response.text().await?.len();
            info!(bytes = length, "attempt {attempt} at {url}");
            total += length;
        }
        Ok(total)
    }

    /// Captures in errors.
    #[desugar]
    pub async fn captures_in_errors(db: &Db, name: &str, limit: u32) -> Result<u32> {
        let row = query("select n from numbers").bind(name).fetch_optional(db).await?;
        let Some(row) = row else {
            return Err(anyhow!("no number of the name {name}"));
        };
        let n: u32 = row.try_get("n")?;
        pause("check").await;
        if n > limit {
            bail!("{n} of {name} is more than {limit}");
        }
        Ok(n)
    }

    /// A span over the whole function, and one in each turn.
    #[desugar]
    pub async fn spans(db: &Db, names: &[&str]) -> Result<u32> {
        let mut outer = span!("outer", names = names.len());
        let mut sum = 0;
        for name in names {
            let _turn = span!("turn", name = name, before = sum);
            let row = query("select n from numbers").bind(name).fetch_one(db).await.context(name)?;
            let n: u32 = row.try_get("n")?;
            sum += n;
            outer.record("sum", sum);
        }
        drop(outer);
        pause("after").await;
        Ok(sum)
    }

    /// Says how long each step took, whatever it ends with.
    #[desugar]
    pub async fn timed<T, E: Display>(name: &str, step: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let started = Instant::now();
        let _span = span!("timed", name = name);
        let result = step.await;
        let took = started.elapsed();
        match &result {
            Ok(_) if took > Duration::from_secs(1) => warn!("{name} took {took:?}"),
            Ok(_) => debug!("{name} took {took:?}"),
            Err(error) => error!(error = %error, took = ?took, "{} failed", name),
        }
        result
    }

    #[desugar]
    pub async fn timed_steps(db: &Db) -> Result<(u64, Option<u32>), DbError> {
        let inserted = timed("insert", query("insert into numbers").bind(7).execute(db)).await?;
        timed("sleep", slow(2)).await?;
        let row = timed("select", query("select n from numbers").fetch_optional(db)).await?;
        Ok((inserted, row.map(|row| row.get("n"))))
    }

    #[desugar]
    async fn slow(seconds: u64) -> Result<(), DbError> {
        sleep(Duration::from_secs(seconds)).await;
        if seconds > 5 { Err(DbError::Closed) } else { Ok(()) }
    }
}

#[test]
fn fields_with_names() {
    compare_modules!(
        sendable(fields(&Client::new([answer(200, "text")]), 7)),
        sendable(fields(&Client::new([answer(404, "")]), 7)),
        sendable(fields(&Client::new([]), 7)),
    );
}

#[test]
fn fields_without_names() {
    compare_modules!(sendable(shorthands(&Client::new([answer(200, "text")]), 7)));
}

#[test]
fn captures_behind_fields() {
    compare_modules!(
        sendable(captures(&Client::new([answer(200, "a"), answer(200, "bc")]), &["/a", "/b"])),
        sendable(captures(&Client::new([answer(200, "a")]), &["/a", "/b"])),
    );
}

#[test]
fn captures_of_an_error() {
    let db = || Db::new([("select", Ok(vec![row("n=7")]))]);
    compare_modules!(
        sendable(captures_in_errors(&db(), "ada", 9)),
        sendable(captures_in_errors(&db(), "ada", 5)),
        sendable(captures_in_errors(&Db::new([]), "ada", 5)),
    );
}

#[test]
fn spans_that_are_entered() {
    let db = || Db::new([("select", Ok(vec![row("n=7")])), ("select", Ok(vec![row("n=8")]))]);
    compare_modules!(sendable(spans(&db(), &["a", "b"])), sendable(spans(&db(), &["a", "b", "c"])));
}

#[test]
fn steps_that_are_timed() {
    compare_modules!(
        sendable(timed_steps(&Db::new([("select", Ok(vec![row("n=7")]))]))),
        sendable(timed_steps(&Db::new([("insert", Err(DbError::Closed))]))),
    );
}
