//! A pool of connections: checkout, idle connections, health checks, draining.

use crate::support::{net::*, sync::*, time::*, *};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Debug)]
pub enum PoolError {
    Timeout,
    Closed,
    Unhealthy { host: String, answer: u8 },
    Connect(io::Error),
}

impl From<io::Error> for PoolError {
    fn from(error: io::Error) -> Self {
        PoolError::Connect(error)
    }
}

impl From<Elapsed> for PoolError {
    fn from(_: Elapsed) -> Self {
        PoolError::Timeout
    }
}

#[derive(Clone, Debug)]
pub struct Options {
    pub max: usize,
    pub min_idle: usize,
    pub max_idle_time: Duration,
    pub acquire_timeout: Duration,
    pub test_on_checkout: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            max: 2,
            min_idle: 1,
            max_idle_time: Duration::from_secs(60),
            acquire_timeout: Duration::from_millis(100),
            test_on_checkout: true,
        }
    }
}

pub struct Idle {
    wire: Wire,
    since: Instant,
}

fn network(replies: &[&str]) -> Network {
    Network::new([
        ("db-1", Wire::new("one", replies)),
        ("db-2", Wire::new("two", ["+"])),
        ("db-1", Wire::new("three", ["+"])),
    ])
}

fn hosts() -> Vec<String> {
    ["db-0", "db-1", "db-2"].map(String::from).to_vec()
}

twice! {
    pub struct Pool {
        network: Network,
        hosts: Vec<String>,
        idle: Lock<Vec<Idle>>,
        permits: Semaphore,
        closed: AtomicBool,
        options: Options,
    }

    pub struct Pooled<'p> {
        wire: Option<Wire>,
        pool: &'p Pool,
        _permit: Permit,
    }

    impl Drop for Pooled<'_> {
        fn drop(&mut self) {
            let Some(wire) = self.wire.take() else { return };
            match self.pool.idle.try_lock() {
                Some(mut idle) if !self.pool.closed.load(Ordering::Relaxed) => {
                    idle.push(Idle { wire, since: Instant::now() })
                }
                _ => drop(wire),
            }
        }
    }

    impl Pool {
        pub fn new(network: Network, hosts: Vec<String>, options: Options) -> Self {
            let permits = Semaphore::new(options.max);
            Pool { network, hosts, idle: Lock::new(Vec::new()), permits, closed: AtomicBool::new(false), options }
        }

        /// A checked connection: an idle one if there is one, else a new one.
        #[desugar]
        pub async fn get(&self) -> Result<Pooled<'_>, PoolError> {
            if self.closed.load(Ordering::Acquire) {
                return Err(PoolError::Closed);
            }
            let permit = timeout(self.options.acquire_timeout, self.permits.acquire()).await?;
            let started = Instant::now();
            while let Some(Idle { mut wire, since }) = self.idle.lock().await.pop() {
                if since.elapsed() > self.options.max_idle_time {
                    debug!(host = wire.name(), "too old");
                    continue;
                }
                if self.options.test_on_checkout
                    && let Err(error) = self.ping(&mut wire).await
                {
                    warn!("dropping {}: {error:?}", wire.name());
                    continue;
                }
                return Ok(Pooled { wire: Some(wire), pool: self, _permit: permit });
            }
            let wire = self.connect().await?;
            info!(waited = ?started.elapsed(), "connected");
            Ok(Pooled { wire: Some(wire), pool: self, _permit: permit })
        }

        /// One byte there, one byte back.
        #[desugar]
        async fn ping(&self, wire: &mut Wire) -> Result<(), PoolError> {
            wire.write_all(b"?").await?;
            match wire.read_u8().await? {
                b'+' => Ok(()),
                answer => Err(PoolError::Unhealthy { host: wire.name().to_owned(), answer }),
            }
        }

        /// The first host that lets us in.
        #[desugar]
        async fn connect(&self) -> Result<Wire, PoolError> {
            let mut last_error = None;
            for (attempt, host) in self.hosts.iter().enumerate() {
                match self.network.connect(host).await {
                    Ok(mut wire) => match self.ping(&mut wire).await {
                        Ok(()) => return Ok(wire),
                        Err(PoolError::Unhealthy { answer, .. }) if answer == b'!' => break,
                        Err(error) => last_error = Some(error),
                    },
                    Err(error) => {
                        warn!("attempt {attempt} to connect to {host}: {}", error.kind());
                        last_error.get_or_insert(error.into());
                    }
                }
            }
            Err(last_error.unwrap_or(PoolError::Closed))
        }

        /// Opens connections until enough are idle.
        #[desugar]
        pub async fn warm_up(&self) -> Result<usize, PoolError> {
            let missing = {
                let idle = self.idle.lock().await;
                self.options.min_idle.saturating_sub(idle.len())
            };
            for n in 0..missing {
                let wire = match self.connect().await {
                    Ok(wire) => wire,
                    Err(_) if n > 0 => return Ok(n),
                    Err(error) => return Err(error),
                };
                self.idle.lock().await.push(Idle { wire, since: Instant::now() });
            }
            Ok(missing)
        }

        /// Closes what was not used for long, and keeps half of the least number.
        #[cfg(feature = "pending")] // `..` in the pattern of a `for` loop.
        #[desugar]
        pub async fn reap(self: Arc<Self>, period: Duration, rounds: usize) -> usize {
            let mut interval = interval(period);
            let mut reaped = 0;
            for _ in 0..rounds {
                interval.tick().await;
                let mut idle = self.idle.lock().await;
                let spare = idle.len().saturating_sub(self.options.min_idle / 2);
                let (old, fresh): (Vec<_>, Vec<_>) = std::mem::take(&mut *idle)
                    .into_iter()
                    .partition(|connection| connection.since.elapsed() >= self.options.max_idle_time);
                *idle = fresh;
                let mut old = old;
                let kept = old.split_off(spare.min(old.len()));
                idle.extend(kept);
                drop(idle);
                for Idle { mut wire, .. } in old {
                    let _ = wire.shutdown().await;
                    reaped += 1;
                }
            }
            reaped
        }

        /// Runs something on a connection; after an error, the connection is not given back.
        #[desugar]
        pub async fn run<T, F>(&self, statement: &str, parse: F) -> Result<T, PoolError>
        where
            F: FnOnce(&str) -> Option<T>,
            T: Default,
        {
            let mut pooled = self.get().await?;
            let mut answer = String::new();
            let wire = pooled.wire.as_mut().expect("just checked out");
            let result = match wire.write_all(format!("{statement}\n").as_bytes()).await {
                Ok(()) => wire.read_to_string(&mut answer).await,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                pooled.wire = None;
                return Err(error.into());
            }
            Ok(parse(answer.trim_end()).unwrap_or_default())
        }

        /// Lets nobody in any more, and waits until everybody is out.
        #[desugar]
        pub async fn close(&self, patience: u32) -> Result<(), u32> {
            self.closed.store(true, Ordering::Release);
            let idle = std::mem::take(&mut *self.idle.lock().await);
            for mut idle in idle {
                if idle.wire.shutdown().await.is_err() {
                    error!("{} is gone already", idle.wire.name());
                }
            }
            let mut left = patience;
            while self.permits.available() < self.options.max {
                if left == 0 {
                    return Err(patience);
                }
                left -= 1;
                sleep(Duration::from_millis(10)).await;
            }
            Ok(())
        }
    }

    /// A new connection, if the old one is not fresh any more.
    #[desugar]
    pub async fn renew(network: Network, since: Instant, max: Duration) -> Result<Option<String>, PoolError> {
        let host = String::from("db-1");
        sleep(Duration::from_secs(30)).await;
        if since.elapsed() > max {
            let mut wire = network.connect(&host).await?;
            wire.flush().await?;
            return Ok(Some(wire.name().to_string()));
        }
        let names = hosts();
        pause("look at the hosts").await;
        if names.len() == 3 && !host.is_empty() {
            sleep(max).await;
        }
        Ok(None)
    }

    #[desugar]
    pub async fn checkout_twice(pool: Pool) -> Result<(String, bool), PoolError> {
        let first = pool.get().await?;
        let name = first.wire.as_ref().map(|wire| wire.name().to_string()).unwrap_or_default();
        drop(first);
        let again = pool.get().await?;
        let same = matches!(&again.wire, Some(wire) if wire.name() == name);
        Ok((name, same))
    }

    #[desugar]
    pub async fn exhaust(pool: Pool) -> Vec<Result<usize, PoolError>> {
        let held = pool.get().await;
        let mut out = vec![held.as_ref().map(|_| 0).map_err(|_| PoolError::Closed)];
        out.push(pool.get().await.map(|_| pool.permits.available()));
        if let Err(patience) = pool.close(1).await {
            out.push(Ok(patience as usize));
        }
        out.push(pool.get().await.map(|_| 9));
        out
    }

    #[cfg(feature = "pending")] // `reap` is.
    #[desugar]
    pub async fn warm_up_and_reap(pool: Arc<Pool>) -> Result<[usize; 3], PoolError> {
        let opened = pool.warm_up().await?;
        sleep(Duration::from_secs(90)).await;
        let reaped = Arc::clone(&pool).reap(Duration::from_secs(1), 2).await;
        let left = pool.idle.lock().await.len();
        Ok([opened, reaped, left])
    }
}

#[test]
fn a_connection_goes_back_and_is_checked_again() {
    compare_modules!(
        spawned(checkout_twice(Pool::new(network(&["+", "+"]), hosts(), Options::default()))),
        spawned(checkout_twice(Pool::new(network(&["+", "-"]), hosts(), Options::default()))),
        spawned(checkout_twice(Pool::new(network(&["!reset"]), hosts(), Options::default()))),
    );
}

#[test]
fn an_exhausted_pool() {
    compare_modules!(
        spawned(exhaust(Pool::new(network(&["+"]), hosts(), Options { max: 1, ..Options::default() }))),
        spawned(exhaust(Pool::new(network(&["!"]), hosts(), Options::default()))),
    );
}

#[test]
#[cfg(feature = "pending")] // `..` in the pattern of a `for` loop.
fn idle_connections() {
    compare_modules!(
        spawned(warm_up_and_reap(Arc::new(Pool::new(network(&["+"]), hosts(), Options::default())))),
        spawned(warm_up_and_reap(Arc::new(Pool::new(
            network(&["+"]),
            hosts(),
            Options { min_idle: 2, ..Options::default() }
        )))),
    );
}

#[test]
fn something_is_run_on_a_connection() {
    compare_modules!(
        sendable(
            Pool::new(network(&["+", "7"]), hosts(), Options::default()).run("select", |text| text.parse::<u32>().ok())
        ),
        sendable(
            Pool::new(network(&["+", "x", "!reset"]), hosts(), Options::default())
                .run("select", |text| Some(text.to_string()))
        ),
    );
}

#[test]
fn renewals() {
    compare_modules!(
        spawned(renew(network(&["+"]), Instant::now(), Duration::from_secs(20))),
        spawned(renew(network(&["+"]), Instant::now(), Duration::from_secs(60))),
        spawned(renew(Network::new([]), Instant::now(), Duration::from_secs(20))),
    );
}
