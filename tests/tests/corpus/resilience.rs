//! Keeping going: retries, rate limits, circuit breakers, bulkheads, budgets of time, fallbacks.

use crate::support::{sync::*, time::*, *};
use std::{
    collections::BTreeMap,
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

#[derive(Debug, PartialEq)]
pub enum CallError<E> {
    Open { until: Duration },
    Rejected,
    Timeout,
    Inner(E),
}

impl<E> From<Elapsed> for CallError<E> {
    fn from(_: Elapsed) -> Self {
        CallError::Timeout
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Circuit {
    Closed { failures: u32 },
    Open { since: Instant },
    HalfOpen,
}

/// Waiting times that double up to a limit.
#[derive(Clone, Debug)]
pub struct Backoff {
    pub next: Duration,
    pub max: Duration,
    pub left: u32,
}

impl Iterator for Backoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let next = self.next;
        self.next = (next * 2).min(self.max);
        Some(next)
    }
}

fn backoff(left: u32) -> Backoff {
    Backoff { next: Duration::from_millis(10), max: Duration::from_millis(30), left }
}

/// Fails so often, then gives the number of the call.
fn flaky(failures: u32) -> impl FnMut() -> Leaf<Result<u32, String>> {
    let mut calls = 0;
    move || {
        calls += 1;
        if calls > failures { success("call", calls) } else { failing("call") }
    }
}

twice! {
    /// Runs it again after each pause, until it works or there are no more pauses.
    #[desugar]
    pub async fn retry<T, E, F, Fut>(mut pauses: impl Iterator<Item = Duration>, mut run: F) -> Result<T, (u32, E)>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: fmt::Display,
    {
        let mut attempts = 1;
        loop {
            match (run().await, pauses.next()) {
                (Ok(value), _) => return Ok(value),
                (Err(error), None) => return Err((attempts, error)),
                (Err(error), Some(pause)) => {
                    debug!("attempt {attempts}: {error}");
                    sleep(pause).await;
                }
            }
            attempts += 1;
        }
    }

    pub struct TokenBucket {
        tokens: Lock<(f64, Instant)>,
        per_second: f64,
        burst: f64,
    }

    impl TokenBucket {
        pub fn new(per_second: f64, burst: f64) -> Self {
            TokenBucket { tokens: Lock::new((burst, Instant::now())), per_second, burst }
        }

        /// Waits until there are so many tokens, and takes them; how long that was.
        #[desugar]
        pub async fn take(&self, wanted: f64) -> Option<Duration> {
            if wanted > self.burst {
                return None;
            }
            let started = Instant::now();
            loop {
                let missing = {
                    let mut guard = self.tokens.lock().await;
                    let (tokens, last) = &mut *guard;
                    *tokens = (*tokens + last.elapsed().as_secs_f64() * self.per_second).min(self.burst);
                    *last = Instant::now();
                    if *tokens >= wanted {
                        *tokens -= wanted;
                        return Some(started.elapsed());
                    }
                    wanted - *tokens
                };
                sleep(Duration::from_secs_f64(missing / self.per_second)).await;
            }
        }
    }

    #[desugar]
    pub async fn take_all(bucket: TokenBucket, amounts: &[f64]) -> Vec<Option<u128>> {
        let mut waited = Vec::with_capacity(amounts.len());
        for &amount in amounts {
            let took = bucket.take(amount).await.map(|duration| duration.as_millis());
            waited.push(took);
        }
        waited
    }

    pub struct Breaker {
        pub state: Lock<Circuit>,
        pub threshold: u32,
        pub cool_down: Duration,
    }

    impl Breaker {
        /// Runs the call, unless too many failed of late.
        #[desugar]
        pub async fn call<T, E, F>(&self, call: F) -> Result<T, CallError<E>>
        where
            F: IntoFuture<Output = Result<T, E>>,
        {
            {
                let mut state = self.state.lock().await;
                match *state {
                    Circuit::Open { since } if since.elapsed() >= self.cool_down => *state = Circuit::HalfOpen,
                    Circuit::Open { since } => {
                        return Err(CallError::Open { until: self.cool_down - since.elapsed() });
                    }
                    Circuit::Closed { .. } | Circuit::HalfOpen => {}
                }
            }
            let result = call.await;
            let mut state = self.state.lock().await;
            *state = match (&result, *state) {
                (Ok(_), _) => Circuit::Closed { failures: 0 },
                (Err(_), Circuit::Closed { failures }) if failures + 1 < self.threshold => {
                    Circuit::Closed { failures: failures + 1 }
                }
                (Err(_), _) => Circuit::Open { since: Instant::now() },
            };
            result.map_err(CallError::Inner)
        }
    }

    #[desugar]
    pub async fn through_the_breaker(breaker: Breaker, results: &[bool]) -> Vec<Result<usize, CallError<String>>> {
        let mut out = Vec::new();
        for (n, &fine) in results.iter().enumerate() {
            let call = if fine { success("call", n) } else { failing("call") };
            let result = breaker.call(call).await;
            if let Err(CallError::Open { until }) = &result {
                sleep(*until).await;
            }
            out.push(result);
        }
        out
    }

    pub struct Bulkhead {
        permits: Semaphore,
        waiting: AtomicU32,
        max_waiting: u32,
    }

    impl Bulkhead {
        /// At most so many at once, and at most so many that wait for that.
        #[desugar]
        pub async fn run<R, F: FnOnce(usize) -> Leaf<R>>(self: &Arc<Self>, run: F) -> Result<R, CallError<String>> {
            struct Waiting<'b>(&'b AtomicU32);

            impl Drop for Waiting<'_> {
                fn drop(&mut self) {
                    tick("waits no more");
                    self.0.fetch_sub(1, Ordering::Relaxed);
                }
            }

            let before = self.waiting.fetch_add(1, Ordering::Relaxed);
            let waiting = Waiting(&self.waiting);
            if before >= self.max_waiting {
                return Err(CallError::Rejected);
            }
            let permit = match self.permits.try_acquire() {
                Some(permit) => permit,
                None => timeout(Duration::from_millis(30), self.permits.acquire()).await?,
            };
            drop(waiting);
            let result = run(self.permits.available()).await;
            drop(permit);
            Ok(result)
        }
    }

    #[desugar]
    pub async fn through_the_bulkhead(permits: usize, max_waiting: u32) -> [Result<usize, CallError<String>>; 2] {
        let bulkhead = Arc::new(Bulkhead { permits: Semaphore::new(permits), waiting: AtomicU32::new(0), max_waiting });
        let held = bulkhead.permits.try_acquire();
        let first = bulkhead.run(|free| value("first", free)).await;
        drop(held);
        [first, bulkhead.clone().run(|free| value("second", free)).await]
    }

    /// What is left of the time for a request, over all that it does.
    pub struct Budget {
        deadline: Instant,
        spent: BTreeMap<&'static str, Duration>,
    }

    impl Budget {
        #[desugar]
        pub async fn spend<T>(
            &mut self,
            what: &'static str,
            at_most: Duration,
            work: impl Future<Output = T>,
        ) -> Option<T> {
            let started = Instant::now();
            let left = (self.deadline - started).min(at_most);
            if left.is_zero() {
                return None;
            }
            let result = timeout(left, work).await.ok();
            *self.spent.entry(what).or_default() += started.elapsed();
            result
        }
    }

    #[desugar]
    pub async fn answer_in_time(millis: u64) -> Result<(usize, usize), (&'static str, Vec<u128>)> {
        let limit = Duration::from_millis(millis);
        let mut budget = Budget { deadline: Instant::now() + limit, spent: BTreeMap::new() };
        let spent = |budget: &Budget| budget.spent.values().map(Duration::as_millis).collect();
        let Some(user) = budget.spend("user", limit / 2, fetch("user")).await else {
            return Err(("user", spent(&budget)));
        };
        let posts = match budget.spend("posts", limit, pauses("posts", 3)).await {
            Some(()) => user.peek().await,
            None if millis > 20 => 0,
            None => return Err(("posts", spent(&budget))),
        };
        Ok((user.name().len(), posts))
    }

    /// The first source that has it, and what the others said.
    #[desugar]
    pub async fn first_of<T>(
        sources: Vec<(&str, Leaf<Result<Option<T>, String>>)>,
        default: impl FnOnce() -> T,
    ) -> (T, BTreeMap<String, String>)
    where
        T: fmt::Debug,
    {
        let mut said = BTreeMap::new();
        let found = 'sources: {
            for (name, source) in sources {
                let remark = match source.await {
                    Ok(Some(value)) => break 'sources Some(value),
                    Ok(None) => String::from("nothing"),
                    Err(ref error) if error.is_empty() => continue,
                    Err(error) => error,
                };
                said.insert(name.to_string(), remark);
            }
            None
        };
        (found.unwrap_or_else(default), said)
    }

    /// Does it all in order, and goes on after errors that are not of the first kind.
    #[desugar]
    pub async fn all_that_work<'e, I>(jobs: I) -> Result<Vec<u32>, Box<dyn Error + Send + Sync + 'e>>
    where
        I: IntoIterator<Item = (&'e str, Leaf<Result<&'e str, String>>)>,
        I::IntoIter: ExactSizeIterator + Send,
    {
        let jobs = jobs.into_iter();
        let mut done = Vec::with_capacity(jobs.len());
        for (index, (name, job)) in jobs.enumerate() {
            let Ok(text) = job.await else {
                if index == 0 {
                    return Err(format!("{name} has to work").into());
                }
                continue;
            };
            done.push(text.trim().parse()?);
        }
        Ok(done)
    }
}

#[test]
fn retries() {
    compare_modules!(
        sendable(retry(backoff(3), flaky(2))),
        sendable(retry(backoff(1), flaky(2))),
        sendable(retry([Duration::ZERO; 0].into_iter(), flaky(0))),
    );
}

#[test]
fn a_bucket_of_tokens() {
    compare_modules!(
        sendable(take_all(TokenBucket::new(10.0, 2.0), &[1.0, 1.0, 1.0])),
        sendable(take_all(TokenBucket::new(10.0, 2.0), &[3.0, 2.0])),
    );
}

#[test]
fn a_circuit_breaker() {
    let closed = || Lock::new(Circuit::Closed { failures: 0 });
    let cool_down = Duration::from_secs(5);
    compare_modules!(
        sendable(through_the_breaker(Breaker { state: closed(), threshold: 2, cool_down }, &[true, false, false])),
        sendable(through_the_breaker(Breaker { state: closed(), threshold: 1, cool_down }, &[false, true, true])),
    );
}

#[test]
fn a_bulkhead() {
    compare_modules!(
        spawned(through_the_bulkhead(2, 1)),
        spawned(through_the_bulkhead(1, 1)),
        spawned(through_the_bulkhead(2, 0)),
    );
}

#[test]
fn a_budget_of_time() {
    compare_modules!(
        spawned(answer_in_time(100)),
        spawned(answer_in_time(30)),
        spawned(answer_in_time(20)),
        spawned(answer_in_time(10))
    );
}

#[test]
fn fallbacks() {
    compare_modules!(
        sendable(first_of(vec![("a", failing("a")), ("b", success("b", None)), ("c", success("c", Some(1)))], || 9)),
        sendable(first_of(vec![("a", value("a", Err(String::new())))], || 9)),
    );
}

#[test]
fn what_works() {
    compare_modules!(
        sendable(all_that_work([("a", success("a", " 1")), ("b", failing("b")), ("c", success("c", "2"))])),
        sendable(all_that_work([("a", failing("a"))])),
        sendable(all_that_work(vec![("a", success("a", "x"))])),
    );
}
