//! What applications do with a database: transactions, repositories, migrations, batches, locks.

use crate::support::{db::*, report::Context as _, time::*, *};
use std::{collections::BTreeMap, fmt, pin::Pin, str::FromStr};

#[derive(Debug)]
pub enum BankError {
    Db(DbError),
    Insufficient { balance: i64, needed: i64 },
    SameAccount(u32),
    Conflict { attempts: usize },
}

impl From<DbError> for BankError {
    fn from(error: DbError) -> Self {
        BankError::Db(error)
    }
}

pub trait Entity: Sized {
    type Id: fmt::Display + FromStr + Copy + Send + Sync;
    const TABLE: &'static str;
    fn id(&self) -> Self::Id;
    fn name(&self) -> &str;
    fn from_row(row: &Row) -> Result<Self>;
}

#[derive(Clone, Debug, PartialEq)]
pub struct Author {
    pub id: u32,
    pub name: String,
}

impl Entity for Author {
    type Id = u32;
    const TABLE: &'static str = "authors";

    fn id(&self) -> u32 {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn from_row(row: &Row) -> Result<Self> {
        Ok(Author { id: row.try_get("id")?, name: row.try_get("name")? })
    }
}

pub struct Migration {
    pub version: u32,
    pub up: &'static [&'static str],
}

fn rows(rows: &[&str]) -> Result<Vec<Row>> {
    Ok(rows.iter().map(|text| row(text)).collect())
}

fn none() -> Result<Vec<Row>> {
    Ok(vec![])
}

fn ada() -> Author {
    Author { id: 1, name: "ada".to_string() }
}

twice! {
    /// Moves money; all of it or nothing.
    #[desugar]
    pub async fn transfer(db: &Db, from: u32, to: u32, amount: i64) -> Result<i64, BankError> {
        if from == to {
            return Err(BankError::SameAccount(from));
        }
        let mut tx = db.begin().await?;
        let balance: i64 = query("select balance from accounts where id = $1 for update")
            .bind(from)
            .fetch_one(&mut tx)
            .await?
            .get("balance");
        let Some(left) = balance.checked_sub(amount).filter(|left| *left >= 0) else {
            return Err(BankError::Insufficient { balance, needed: amount });
        };
        for (account, change) in [(from, -amount), (to, amount)] {
            query("update accounts set balance = balance + $1 where id = $2")
                .bind(change)
                .bind(account)
                .execute(&mut tx)
                .await?;
        }
        query("insert into ledger").bind(format!("{from} -> {to}: {amount}")).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(left)
    }

    /// Runs the migrations that are missing, each in a transaction of its own.
    #[desugar]
    pub async fn migrate(db: &Db, migrations: &[Migration]) -> report::Result<Vec<u32>> {
        query("create table if not exists migrations").execute(db).await.context("creating the table of migrations")?;
        let applied: Vec<u32> = query("select version from migrations")
            .fetch_all(db)
            .await?
            .iter()
            .map(|row| row.try_get("version"))
            .collect::<Result<_, _>>()
            .context("reading the versions")?;
        let mut done = vec![];
        for Migration { version, up } in migrations.iter().filter(|migration| !applied.contains(&migration.version)) {
            let mut tx = db.begin().await?;
            for (step, sql) in up.iter().enumerate() {
                query(sql).execute(&mut tx).await.with_context(|| format!("migration {version}, step {step}"))?;
            }
            query("insert into migrations").bind(version).execute(&mut tx).await?;
            tx.commit().await.with_context(|| format!("committing {version}"))?;
            done.push(*version);
        }
        Ok(done)
    }

    pub struct Repository<'d, T> {
        db: &'d Db,
        cache: BTreeMap<String, T>,
    }

    impl<'d, T> Repository<'d, T>
    where
        T: Entity + Clone + Send + Sync,
        <T as Entity>::Id: PartialEq,
    {
        pub fn new(db: &'d Db) -> Self {
            Repository { db, cache: BTreeMap::new() }
        }

        #[desugar]
        pub async fn find(&mut self, id: T::Id) -> Result<Option<&T>> {
            let key = id.to_string();
            if !self.cache.contains_key(&key) {
                let sql = format!("select * from {} where id = $1", T::TABLE);
                let Some(row) = query(&sql).bind(id).fetch_optional(self.db).await? else {
                    return Ok(None);
                };
                self.cache.insert(key.clone(), T::from_row(&row)?);
            }
            Ok(self.cache.get(&key))
        }

        #[desugar]
        pub async fn list<F>(&self, filter: F, limit: usize) -> Result<Vec<T>>
        where
            F: Fn(&T) -> bool,
        {
            let rows = query(&format!("select * from {} limit {limit}", T::TABLE)).fetch_all(self.db).await?;
            let mut entities = Vec::with_capacity(rows.len());
            for row in &rows {
                match T::from_row(row) {
                    Ok(entity) if filter(&entity) => entities.push(entity),
                    Ok(_) => {}
                    Err(DbError::Column(column)) => warn!("a row of {} without {column}", T::TABLE),
                    Err(error) => return Err(error),
                }
            }
            Ok(entities)
        }

        /// Inserts or updates; whether it was new.
        #[desugar]
        pub async fn save(&mut self, entity: T) -> Result<bool, (T, DbError)> {
            let sql = format!("insert into {}", T::TABLE);
            let inserted = query(&sql).bind(entity.id()).bind(entity.name()).execute(self.db).await;
            let new = match inserted {
                Ok(_) => true,
                Err(DbError::Unique(_)) => {
                    let sql = format!("update {} set name = $2 where id = $1", T::TABLE);
                    match query(&sql).bind(entity.id()).bind(entity.name()).execute(self.db).await {
                        Ok(_) => false,
                        Err(error) => return Err((entity, error)),
                    }
                }
                Err(error) => return Err((entity, error)),
            };
            self.cache.insert(entity.id().to_string(), entity);
            Ok(new)
        }
    }

    #[desugar]
    pub async fn find_twice(db: Db) -> Result<(Option<String>, bool)> {
        let mut authors = Repository::<Author>::new(&db);
        let name = authors.find(1).await?.map(|author| author.name.clone());
        let same = authors.find(1).await? == Some(&ada());
        Ok((name, same))
    }

    #[desugar]
    pub async fn save_and_list(db: Db) -> Result<(bool, Vec<Author>), (Author, DbError)> {
        let mut authors = Repository::new(&db);
        let new = authors.save(ada()).await?;
        let listed = authors.list(|author: &Author| author.id < 3, 10).await.map_err(|error| (ada(), error))?;
        Ok((new, listed))
    }

    /// Inserts so many at a time; a batch that fails is undone alone.
    #[desugar]
    pub async fn insert_batches(db: &Db, names: &[&str], size: usize) -> Result<(usize, Vec<String>)> {
        let mut conn = db.acquire().await?;
        let mut tx = conn.begin().await?;
        let (mut inserted, mut failed) = (0, Vec::new());
        'batches: for batch in names.chunks(size) {
            let mut savepoint = tx.begin().await?;
            for name in batch {
                if let Err(error @ (DbError::Unique(_) | DbError::Column(_))) =
                    query("insert into names").bind(name).execute(&mut savepoint).await
                {
                    failed.push(format!("{name}: {error}"));
                    savepoint.rollback().await?;
                    continue 'batches;
                }
            }
            savepoint.commit().await?;
            inserted += batch.len();
        }
        tx.commit().await?;
        Ok((inserted, failed))
    }

    /// Authors with the titles of their books: two queries.
    #[desugar]
    pub async fn load_with_books(db: &Db) -> Result<Vec<(Author, Vec<String>)>> {
        let authors = query("select * from authors").fetch_all(db).await?;
        let authors: Vec<Author> = authors.iter().map(Author::from_row).collect::<Result<_>>()?;
        let ids = authors.iter().map(|author| author.id.to_string()).collect::<Vec<_>>().join(",");
        let mut books: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for row in query(&format!("select * from books where author in ({ids})")).fetch_all(db).await? {
            books.entry(row.try_get("author")?).or_default().push(row.try_get("title")?);
        }
        Ok(authors
            .into_iter()
            .map(|author| {
                let titles = books.remove(&author.id).unwrap_or_default();
                (author, titles)
            })
            .collect())
    }

    /// Updates a row if nobody else did since it was read; tries again otherwise.
    #[desugar]
    pub async fn update_optimistically<F>(db: &Db, id: u32, mut change: F) -> Result<(u32, String), BankError>
    where
        F: FnMut(&str) -> String,
    {
        const ATTEMPTS: usize = 2;
        for attempt in 0..ATTEMPTS {
            let row = query("select value, version from settings").bind(id).fetch_one(db).await?;
            let (value, version): (String, u32) = (row.try_get("value")?, row.try_get("version")?);
            let value = change(&value);
            let conflict = query("update settings")
                .bind(&value)
                .bind(version + 1)
                .bind(version)
                .execute(db)
                .await
                .is_err_and(|error| error == DbError::RowNotFound);
            if !conflict {
                return Ok((version + 1, value));
            }
            sleep(Duration::from_millis(10 << attempt)).await;
        }
        Err(BankError::Conflict { attempts: ATTEMPTS })
    }

    /// Runs something in a transaction: committed if it is fine, else rolled back.
    #[desugar]
    pub async fn in_transaction<T, E, F>(db: &Db, run: F) -> Result<T, E>
    where
        E: From<DbError>,
        F: for<'t> FnOnce(&'t mut Tx<'_>) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>,
    {
        let mut tx = db.begin().await?;
        match run(&mut tx).await {
            Ok(value) => {
                tx.commit().await?;
                Ok(value)
            }
            Err(error) => {
                if let Err(second) = tx.rollback().await {
                    error!("cannot roll back: {second}");
                }
                Err(error)
            }
        }
    }

    /// The number behind the highest one of a table.
    #[desugar]
    pub async fn next_number(db: &Db, table: &str) -> Result<u32> {
        if let Some(row) = query(&format!("select max(id) as id from {table}")).fetch_all(db).await?.first() {
            return Ok(row.try_get::<u32>("id")? + 1);
        }
        let mut tx = db.begin().await?;
        while let [row, ..] = &query(&format!("select id from reserved for {table}")).fetch_all(&mut tx).await?[..] {
            query("delete from reserved").bind(row.get::<u32>("id")).execute(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(1)
    }

    /// Sends what is in the outbox, oldest first, and marks what was sent.
    #[desugar]
    pub async fn relay_outbox(
        db: &Db,
        send: &mut impl FnMut(&str) -> Leaf<Result<(), String>>,
    ) -> Result<usize, String> {
        let mut tx = db.begin().await.map_err(|error| error.to_string())?;
        let pending = query("select id, text from outbox for update skip locked").fetch_all(&mut tx).await;
        let mut sent = vec![];
        for row in pending.map_err(|error| format!("reading: {error}"))? {
            let (id, text) = (row.get::<u64>("id"), row.get::<String>("text"));
            match send(&text).await {
                Ok(()) => sent.push(id),
                Err(error) if sent.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        let ids = &sent.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        query("delete from outbox where id in").bind(ids).execute(&mut tx).await.map_err(|error| error.to_string())?;
        tx.commit().await.map(|()| sent.len()).map_err(|_| String::from("commit"))
    }
}

/// Charges an account inside of a transaction.
fn charge<'t>(tx: &'t mut Tx<'_>) -> Pin<Box<dyn Future<Output = Result<u64, BankError>> + Send + 't>> {
    Box::pin(async move { Ok(query("update accounts").bind(1).execute(tx).await?) })
}

#[test]
fn transfers() {
    let balance = || ("select balance", rows(&["balance=70"]));
    compare_modules!(
        sendable(transfer(&Db::new([balance()]), 1, 2, 50)),
        sendable(transfer(&Db::new([balance()]), 1, 2, 90)),
        sendable(transfer(&Db::new([balance(), ("insert", Err(DbError::Closed))]), 1, 2, 50)),
        sendable(transfer(&Db::new([]), 1, 2, 50)),
        sendable(transfer(&Db::new([]), 1, 1, 50)),
    );
}

#[test]
fn migrations() {
    let migrations = [
        Migration { version: 1, up: &["create table a"] },
        Migration { version: 2, up: &["alter table a", "create index b"] },
    ];
    compare_modules!(
        sendable(migrate(&Db::new([("select", rows(&["version=1"]))]), &migrations)),
        sendable(migrate(&Db::new([("create index", Err(DbError::Unique("b".to_string())))]), &migrations)),
        sendable(migrate(&Db::new([("select", rows(&["id=1"]))]), &migrations)),
    );
}

#[test]
fn a_generic_repository() {
    compare_modules!(
        spawned(find_twice(Db::new([("select", rows(&["id=1 name=ada"]))]))),
        spawned(find_twice(Db::new([("select", none()), ("select", rows(&["id=2 name=bob"]))]))),
        spawned(save_and_list(Db::new([("select", rows(&["id=1 name=ada", "id=2", "id=5 name=eve"]))]))),
        spawned(save_and_list(Db::new([("insert", Err(DbError::Unique("id".to_string())))]))),
        spawned(save_and_list(Db::new([("insert", Err(DbError::Closed))]))),
    );
}

#[test]
fn batches() {
    let unique = || ("insert", Err(DbError::Unique("name".to_string())));
    compare_modules!(
        sendable(insert_batches(&Db::new([]), &["a", "b", "c"], 2)),
        sendable(insert_batches(&Db::new([unique()]), &["a", "b"], 1)),
        sendable(insert_batches(&Db::new([("insert", Err(DbError::Closed))]), &["a"], 1)),
    );
}

#[test]
fn relations() {
    compare_modules!(
        sendable(load_with_books(&Db::new([
            ("select * from authors", rows(&["id=1 name=ada", "id=2 name=bob"])),
            ("select * from books", rows(&["author=1 title=a", "author=1 title=b"]))
        ]))),
        sendable(load_with_books(&Db::new([("select * from authors", rows(&["id=1"]))]))),
    );
}

#[test]
fn optimistic_locks() {
    let read = || ("select", rows(&["value=a version=3"]));
    let conflict = || ("update", Err(DbError::RowNotFound));
    compare_modules!(
        sendable(update_optimistically(&Db::new([read()]), 1, |text| text.to_uppercase())),
        sendable(update_optimistically(&Db::new([read(), conflict(), read()]), 1, |text| format!("{text}{text}"))),
        sendable(update_optimistically(&Db::new([read(), conflict(), read(), conflict()]), 1, str::to_string)),
    );
}

#[test]
fn something_in_a_transaction() {
    compare_modules!(
        sendable(in_transaction(&Db::new([]), |tx| charge(tx))),
        sendable(in_transaction(&Db::new([("update", Err(DbError::Closed))]), |tx| charge(tx))),
    );
}

#[test]
fn an_outbox() {
    let outbox = || Db::new([("select", rows(&["id=1 text=a", "id=2 text=b"]))]);
    let mut send = |text: &str| if text == "b" { failing(text) } else { success(text, ()) };
    compare_modules!(
        sendable(relay_outbox(&outbox(), &mut |text| success(text, ()))),
        sendable(relay_outbox(&outbox(), &mut |text| if text == "b" { failing(text) } else { success(text, ()) })),
        sendable(relay_outbox(&outbox(), &mut |_| failing("broker"))),
    );
}

#[test]
fn numbers() {
    compare_modules!(
        sendable(next_number(&Db::new([("select max", rows(&["id=7"]))]), "books")),
        sendable(next_number(&Db::new([("select id", rows(&["id=3", "id=4"]))]), "books")),
    );
}
