//! Several things at once: `join!` and `try_join!` of tokio and of `futures`.

use crate::support::{db::*, http::*, sync::*, time::*, *};
use std::collections::BTreeMap;

#[derive(Debug)]
pub enum PageError {
    Db(DbError),
    Http(HttpError),
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        PageError::Db(error)
    }
}

impl From<HttpError> for PageError {
    fn from(error: HttpError) -> Self {
        PageError::Http(error)
    }
}

fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(status, body))
}

#[test]
fn a_page_of_three_parts() {
    compare! {
        sendable(page(&Db::new([("select", Ok(vec![row("name=ada")]))]), &Client::new([answer(200, "sunny")]), 3)),
        sendable(page(&Db::new([]), &Client::new([answer(500, "")]), 3));

        #[desugar]
        async fn name(db: &Db, id: u32) -> Result<String, DbError> {
            query("select name from users").bind(id).fetch_one(db).await?.try_get("name")
        }

        #[desugar]
        async fn page(db: &Db, client: &Client, id: u32) -> Result<String, PageError> {
            let mut visits = Lock::new(0);
            let (name, weather, mut count) = tokio::join!(name(db, id), client.get("/weather").send(), visits.lock());
            *count += 1;
            let name = name.unwrap_or_else(|error| format!("user {id} ({error})"));
            let weather = weather?.error_for_status()?.text().await?;
            Ok(format!("{name}, {weather}, {}", *count))
        }
    }
}

#[test]
fn two_queries_or_an_error() {
    compare! {
        sendable(sums(&Db::new([("select a", Ok(vec![row("n=1"), row("n=2")])), ("select b", Ok(vec![row("n=5")]))]))),
        sendable(sums(&Db::new([("select b", Err(DbError::Closed))])));

        #[desugar]
        async fn numbers(db: &Db, table: &str) -> Result<Vec<u32>, DbError> {
            let rows = query(&format!("select {table}")).fetch_all(db).await?;
            rows.iter().map(|row| row.try_get("n")).collect()
        }

        #[desugar]
        async fn sums(db: &Db) -> Result<[u32; 2], PageError> {
            let guard = D("guard");
            let (a, b) = tokio::try_join!(numbers(db, "a"), numbers(db, "b"))?;
            guard.peek().await;
            Ok([a, b].map(|list| list.into_iter().sum()))
        }
    }
}

#[test]
fn a_producer_and_a_consumer() {
    compare! {
        sendable(run(3)), sendable(run(0));

        #[desugar]
        async fn produce(sender: Sender<D>, count: usize) -> Result<(), Closed<D>> {
            for n in 0..count {
                sender.send(D(format!("item {n}"))).await?;
            }
            Ok(())
        }

        #[desugar]
        async fn consume(mut receiver: Receiver<D>) -> Vec<String> {
            let mut names = vec![];
            while let Some(item) = receiver.recv().await {
                names.push(item.name());
            }
            names
        }

        #[desugar]
        async fn run(count: usize) -> Result<Vec<String>, String> {
            let (sender, receiver) = channel([]);
            let (sent, names) = futures::join!(produce(sender, count), consume(receiver));
            sent.map_err(|closed| format!("{closed}: {}", closed.0))?;
            Ok(names)
        }
    }
}

#[test]
fn pairs_of_downloads() {
    compare! {
        sendable(download(Client::new([answer(200, "a"), answer(200, "b"), answer(200, "c"), answer(200, "d")]), 2)),
        sendable(download(Client::new([answer(200, "a"), answer(404, "")]), 1));

        #[desugar]
        async fn part(client: &Client, n: usize) -> Result<String, HttpError> {
            client.get(format!("/{n}")).send().await?.error_for_status()?.text().await
        }

        #[desugar]
        async fn download(client: Client, pairs: usize) -> Result<String, (usize, HttpError)> {
            let mut whole = String::new();
            for n in (0..pairs).map(|pair| pair * 2) {
                let (left, right) = match futures::try_join!(part(&client, n), part(&client, n + 1)) {
                    Ok(parts) => parts,
                    Err(error) => return Err((n, error)),
                };
                whole = whole + &left + &right;
            }
            Ok(whole)
        }
    }
}

#[test]
fn blocks_that_share_a_variable() {
    compare! {
        sendable(warm_up(&["a", "b"])), sendable(warm_up(&[]));

        #[desugar]
        async fn warm_up(keys: &[&str]) -> (usize, BTreeMap<String, usize>) {
            let cache = Lock::new(BTreeMap::new());
            let fill = async {
                for key in keys {
                    let d = fetch(key).await;
                    cache.lock().await.insert(d.name(), d.peek().await);
                }
                keys.len()
            };
            let (count, _) = tokio::join!(fill, sleep(Duration::from_secs(1)));
            (count, cache.lock().await.clone())
        }
    }
}
