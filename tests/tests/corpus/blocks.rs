//! Async blocks and async closures: in closures that are called again, in streams, as a way to gather errors, boxed.

use crate::support::{db::*, http::*, sync::*, time::*, *};
use futures::{FutureExt, StreamExt, TryStreamExt, future, stream};
use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

/// What a spawned future gave, once all of them are polled together.
pub struct Tasks<T> {
    tasks: Vec<Pin<Box<dyn Future<Output = T> + Send>>>,
}

impl<T> Tasks<T> {
    pub fn new() -> Self {
        Tasks { tasks: Vec::new() }
    }

    pub fn spawn(&mut self, task: impl Future<Output = T> + Send + 'static) {
        self.tasks.push(Box::pin(task));
    }

    pub async fn join_all(self) -> Vec<T> {
        future::join_all(self.tasks).await
    }
}

fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(status, body))
}

#[test]
fn a_retried_block() {
    compare! {
        sendable(read(&Client::new([answer(500, ""), answer(200, "7")]), "/n")),
        sendable(read(&Client::new([answer(500, "")]), "/n"));

        #[desugar]
        async fn retry<T, E, F>(times: u32, mut run: impl FnMut(u32) -> F) -> Result<T, E>
        where
            F: Future<Output = Result<T, E>>,
        {
            let mut attempt = 1;
            loop {
                match run(attempt).await {
                    Err(_) if attempt < times => attempt += 1,
                    result => return result,
                }
                sleep(Duration::from_secs(1)).await;
            }
        }

        #[desugar]
        async fn read(client: &Client, url: &str) -> Result<u32, HttpError> {
            let text = retry(2, |attempt| async move {
                debug!("attempt {attempt}");
                let response = client.get(url).send().await?.error_for_status()?;
                response.text().await
            })
            .await?;
            text.parse().map_err(|_| HttpError::Decode(text))
        }
    }
}

#[test]
fn a_stream_of_requests() {
    compare! {
        sendable(sizes(Client::new([answer(200, "abc"), answer(200, "d")]), vec!["/a".into(), "/b".into()])),
        sendable(sizes(Client::new([answer(200, "abc"), answer(404, "")]), vec!["/a".into(), "/b".into()]));

        #[desugar]
        async fn sizes(client: Client, urls: Vec<String>) -> Result<BTreeMap<String, usize>, HttpError> {
            stream::iter(urls)
                .then(|url| {
                    let client = client.clone();
                    async move {
                        let text = client.get(&url).send().await?.error_for_status()?.text().await?;
                        Ok::<_, HttpError>((url, text.len()))
                    }
                })
                .try_collect()
                .await
        }
    }
}

#[test]
fn one_result_of_many_steps() {
    compare! {
        sendable(save(&Db::new([]), "ada")),
        sendable(save(&Db::new([("insert", Err(DbError::Unique("name".into())))]), "ada"));

        #[desugar]
        async fn save(db: &Db, name: &str) -> String {
            let mut steps = 0;
            let result: Result<u64, DbError> = async {
                let mut tx = db.begin().await?;
                steps += 1;
                let n = query("insert into users").bind(name).execute(&mut tx).await?;
                steps += 1;
                tx.commit().await?;
                Ok(n)
            }
            .await;
            match result {
                Ok(n) => format!("{n} rows in {steps} steps"),
                Err(error) => format!("{error} after {steps} steps"),
            }
        }
    }
}

#[test]
#[cfg(feature = "pending")] // Async blocks that are spawned.
fn spawned_tasks() {
    compare! {
        spawned(count_all(vec![3, 4])), spawned(count_all(vec![]));

        #[desugar]
        async fn count_all(amounts: Vec<u32>) -> (Vec<Result<u32, String>>, u32) {
            let total = Arc::new(Lock::new(0));
            let mut tasks = Tasks::new();
            for (n, amount) in amounts.into_iter().enumerate() {
                let total = Arc::clone(&total);
                tasks.spawn(async move {
                    let amount = success(&format!("task {n}"), amount).await?;
                    if amount > 3 {
                        return Err(format!("{amount} is too much"));
                    }
                    let mut total = total.lock().await;
                    *total += amount;
                    Ok(*total)
                });
            }
            let results = tasks.join_all().await;
            let total = *total.lock().await;
            (results, total)
        }
    }
}

#[test]
#[cfg(feature = "pending")] // An async block in a box, in a closure.
fn a_block_in_a_transaction() {
    compare! {
        sendable(rename(&Db::new([]), 3, "ada")),
        sendable(rename(&Db::new([("update", Err(DbError::Closed))]), 3, "ada"));

        #[desugar]
        async fn in_transaction<'d, T, F>(db: &'d Db, run: F) -> Result<T, DbError>
        where
            F: for<'t> FnOnce(&'t mut Tx<'d>) -> Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 't>> + Send,
        {
            let mut tx = db.begin().await?;
            let value = run(&mut tx).await?;
            tx.commit().await?;
            Ok(value)
        }

        #[desugar]
        async fn rename(db: &Db, id: u32, name: &str) -> Result<u64, DbError> {
            let name = name.to_string();
            in_transaction(db, move |tx| {
                async move {
                    query("insert into renames").bind(id).execute(&mut *tx).await?;
                    let changed = query("update users").bind(name).bind(id).execute(&mut *tx).await?;
                    Ok(changed)
                }
                .boxed()
            })
            .await
        }
    }
}

#[test]
#[cfg(feature = "pending")] // An async closure.
fn an_async_closure() {
    compare! {
        total(&[1, 2, 3]), total(&[4, 5]);

        #[desugar]
        async fn each<F>(numbers: &[u32], mut run: F) -> bool
        where
            F: AsyncFnMut(u32) -> bool,
        {
            for &n in numbers {
                if !run(n).await {
                    return false;
                }
            }
            true
        }

        #[desugar]
        async fn total(numbers: &[u32]) -> (u32, bool) {
            let mut sum = 0;
            let limit = value("limit", 6).await;
            let all = each(numbers, async |n| {
                sum += value("n", n).await;
                sum <= limit
            })
            .await;
            (sum, all)
        }
    }
}

#[test]
fn a_loop_with_a_limit_of_time() {
    compare! {
        sendable(wait_for(3)), sendable(wait_for(9));

        #[desugar]
        async fn wait_for(ready_at: u32) -> Result<u32, Elapsed> {
            let mut asked = 0;
            let polls = timeout(Duration::from_millis(45), async {
                while asked < ready_at {
                    pause("ask").await;
                    asked += 1;
                }
                asked * 10
            })
            .await?;
            Ok(polls + asked)
        }
    }
}
