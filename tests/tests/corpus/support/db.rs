//! A database that answers from a script, with the surface of `sqlx`: `query(..).bind(..).fetch_one(&mut *tx)`.

use desugar_tests::{D, pause, tick, trace};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DbError {
    RowNotFound,
    Unique(String),
    Column(String),
    Closed,
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for DbError {}

pub type Result<T, E = DbError> = std::result::Result<T, E>;

/// Column names to values.
#[derive(Debug)]
pub struct Row(BTreeMap<String, String>, D);

/// `row("id=1 name=ada")`.
pub fn row(text: &str) -> Row {
    let columns = text.split(' ').filter_map(|pair| pair.split_once('='));
    Row(columns.map(|(name, value)| (name.into(), value.into())).collect(), D(format!("row {text}")))
}

impl Row {
    pub fn try_get<T: FromStr>(&self, column: &str) -> Result<T> {
        let missing = || DbError::Column(column.to_string());
        self.0.get(column).ok_or_else(missing)?.parse().map_err(|_| missing())
    }

    pub fn get<T: FromStr>(&self, column: &str) -> T {
        self.try_get(column).unwrap()
    }
}

/// What a statement is answered with, the first that it begins with; and what is answered to no one else.
type Script = VecDeque<(String, Result<Vec<Row>>)>;

/// A pool of connections to the same script.
#[derive(Clone)]
pub struct Db {
    script: Arc<Mutex<Script>>,
}

impl Db {
    pub fn new<const N: usize>(script: [(&str, Result<Vec<Row>>); N]) -> Self {
        let script = script.map(|(start, answer)| (start.to_string(), answer)).into();
        Db { script: Arc::new(Mutex::new(script)) }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Pending once.
    pub async fn begin(&self) -> Result<Tx<'_>> {
        pause("begin").await;
        Ok(Tx { db: self, open: true, d: D("tx") })
    }

    /// Pending once.
    pub async fn acquire(&self) -> Result<Conn> {
        pause("acquire").await;
        Ok(Conn { db: self.clone(), _d: D("conn") })
    }
}

/// A connection of its own.
pub struct Conn {
    db: Db,
    _d: D,
}

impl Conn {
    pub async fn begin(&mut self) -> Result<Tx<'_>> {
        self.db.begin().await
    }
}

/// A transaction: rolled back when it is dropped, if it was not committed.
pub struct Tx<'c> {
    db: &'c Db,
    open: bool,
    d: D,
}

impl Tx<'_> {
    pub async fn commit(mut self) -> Result<()> {
        pause("commit").await;
        self.open = false;
        trace::log("committed");
        Ok(())
    }

    pub async fn rollback(mut self) -> Result<()> {
        pause("rollback").await;
        self.open = false;
        trace::log("rolled back");
        Ok(())
    }

    pub async fn begin(&mut self) -> Result<Tx<'_>> {
        pause("savepoint").await;
        Ok(Tx { db: self.db, open: true, d: D("savepoint") })
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        if self.open {
            tick(&format!("roll back {}", self.d));
        }
    }
}

/// What runs statements: the pool, a connection, a transaction.
pub trait Executor: Send {
    fn db(&self) -> &Db;
}

impl Executor for &Db {
    fn db(&self) -> &Db {
        self
    }
}

impl Executor for &mut Conn {
    fn db(&self) -> &Db {
        &self.db
    }
}

impl Executor for &mut Tx<'_> {
    fn db(&self) -> &Db {
        self.db
    }
}

pub struct Query<'q> {
    sql: &'q str,
    arguments: Vec<String>,
}

pub fn query(sql: &str) -> Query<'_> {
    Query { sql, arguments: Vec::new() }
}

impl Query<'_> {
    pub fn bind(mut self, argument: impl fmt::Display) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    /// The rows, or one for each bound list of a statement without an answer; pending once.
    pub async fn fetch_all(self, executor: impl Executor) -> Result<Vec<Row>> {
        trace::log(format!("{} {:?}", self.sql, self.arguments));
        pause("query").await;
        let mut script = executor.db().script();
        match script.iter().position(|(start, _)| self.sql.starts_with(start)) {
            Some(at) => script.remove(at).unwrap().1,
            None => Ok(Vec::new()),
        }
    }

    pub async fn fetch_optional(self, executor: impl Executor) -> Result<Option<Row>> {
        Ok(self.fetch_all(executor).await?.into_iter().next())
    }

    pub async fn fetch_one(self, executor: impl Executor) -> Result<Row> {
        self.fetch_optional(executor).await?.ok_or(DbError::RowNotFound)
    }

    /// The number of rows that were changed: those of the script's answer, else one.
    pub async fn execute(self, executor: impl Executor) -> Result<u64> {
        Ok(self.fetch_all(executor).await?.len().max(1) as u64)
    }
}
