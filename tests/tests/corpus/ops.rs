//! Running services: metrics, probes, starts and stops in order, deployments, backups, flags.

use crate::support::{disk::*, http::*, report::*, sync::*, time::*, *};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::{self, Write as _},
    iter, mem,
    num::NonZeroU32,
};

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Metric {
    Counter(u64),
    Gauge(f64),
    Timing { sum: f64, count: NonZeroU32 },
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Metric::Counter(n) => write!(f, "{n}|c"),
            Metric::Gauge(x) => write!(f, "{x:.1}|g"),
            Metric::Timing { sum, count } => write!(f, "{:.1}|ms", sum / f64::from(count.get())),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Ok,
    Degraded,
    Down,
}

#[derive(Clone, Debug)]
pub enum Rule {
    Everyone,
    Percent(u8),
    User(u32),
    All(Vec<Rule>),
    Segment(&'static str),
}

/// Something that runs until it is stopped.
pub struct Component {
    pub name: &'static str,
    pub needs: &'static [&'static str],
    /// How many polls it takes to stop.
    pub slow: usize,
    pub d: D,
}

impl Component {
    pub fn new(name: &'static str, needs: &'static [&'static str]) -> Self {
        Component { name, needs, slow: 1, d: D(name) }
    }

    pub fn stop(&mut self) -> Leaf<()> {
        pauses(&format!("stop {}", self.name), self.slow)
    }
}

fn slow(name: &'static str, slow: usize) -> Component {
    Component { slow, ..Component::new(name, &[]) }
}

fn metrics() -> BTreeMap<String, Metric> {
    let timing = Metric::Timing { sum: 9.0, count: NonZeroU32::new(2).unwrap() };
    [("hits", Metric::Counter(3)), ("load", Metric::Gauge(0.5)), ("time", timing)]
        .map(|(k, v)| (k.to_string(), v))
        .into()
}

twice! {
    pub struct Reporter<'r> {
        prefix: &'r str,
        values: Lock<BTreeMap<String, Metric>>,
        max_packet: usize,
        d: D,
    }

    impl<'r> Reporter<'r> {
        /// Sends what was counted, in packets; what could not be sent is counted again.
        #[desugar]
        pub async fn flush<F>(&self, mut send: F) -> Result<usize, (String, usize)>
        where
            F: FnMut(String) -> Leaf<Result<usize, String>> + Send,
        {
            let mut values = mem::take(&mut *self.values.lock().await).into_iter().peekable();
            let mut packet = String::new();
            let mut packets = 0;
            while let Some((name, metric)) = values.next() {
                let start = packet.len();
                let _ = write!(packet, "{}{}.{name}:{metric}", if start > 0 { "\n" } else { "" }, self.prefix);
                let is_full = packet.len() > self.max_packet;
                if !is_full && values.peek().is_some() {
                    continue;
                }
                if let Err(error) = send(mem::take(&mut packet)).await {
                    let mut kept = self.values.lock().await;
                    let rest = iter::once((name, metric)).chain(values);
                    kept.extend(rest);
                    return Err((error, kept.len()));
                }
                packets += 1;
            }
            Ok(packets)
        }
    }

    #[desugar]
    pub async fn flush_twice(max_packet: usize, fails_at: usize) -> [Result<usize, (String, usize)>; 2] {
        let reporter = Reporter { prefix: "app", values: Lock::new(metrics()), max_packet, d: D("reporter") };
        let mut count = 0;
        let mut send = |packet: String| {
            count += 1;
            if count == fails_at { failing("send") } else { success(&packet, packet.len()) }
        };
        [reporter.flush(&mut send).await, reporter.flush(send).await]
    }

    /// Asks every part how it is; the worst answer counts, and one that takes too long is bad.
    #[desugar]
    pub async fn readiness<'n>(
        checks: impl IntoIterator<Item = (&'n str, Leaf<Result<Health, String>>), IntoIter: Send>,
        patience: Duration,
    ) -> (Health, String) {
        let mut worst = Health::Ok;
        let mut text = String::from("ready");
        for (name, check) in checks {
            let health = match timeout(patience, check).await {
                Ok(Ok(health)) => health,
                Ok(Err(ref error)) if error.contains("optional") => Health::Degraded,
                Ok(Err(error)) => {
                    warn!("{name}: {error}");
                    Health::Down
                }
                Err(_) => Health::Down,
            };
            if health > worst {
                worst = health;
                text = format!("{name} is {health:?}");
            }
        }
        (worst, text)
    }

    /// Starts what others need first; stops all that runs if one cannot start.
    #[desugar]
    pub async fn start_all<S>(
        mut waiting: Vec<Component>,
        start: S,
    ) -> Result<Vec<&'static str>, (String, Vec<&'static str>)>
    where
        S: Fn(&Component) -> Leaf<Result<(), String>>,
    {
        let mut running: Vec<Component> = vec![];
        let failure = 'start: {
            while !waiting.is_empty() {
                let ready = waiting.iter().position(|component| {
                    component.needs.iter().all(|need| running.iter().any(|other| other.name == *need))
                });
                let Some(at) = ready else {
                    let left = waiting.iter().map(|component| component.name).collect::<Vec<_>>();
                    break 'start format!("a circle, or something missing: {left:?}");
                };
                let component = waiting.remove(at);
                if let Err(error) = start(&component).await {
                    break 'start format!("{}: {error}", component.name);
                }
                running.push(component);
            }
            return Ok(running.iter().map(|component| component.name).collect());
        };
        let mut stopped = vec![];
        while let Some(mut component) = running.pop() {
            component.stop().await;
            stopped.push(component.name);
        }
        Err((failure, stopped))
    }

    /// Stops them, last one first, each with what is left of the time; who does not make it is named.
    #[cfg(feature = "pending")] // `..` in the pattern of a `while let`.
    #[desugar]
    pub async fn shut_down(components: &mut Vec<Component>, total: Duration) -> Result<Duration, Vec<String>> {
        let deadline = Instant::now() + total;
        let mut killed = Vec::new();
        while let Some(Component { name, mut d, slow, .. }) = components.pop() {
            let left = deadline - Instant::now();
            match timeout(left, pauses(&format!("stop {name}"), slow)).await {
                Ok(()) => d.rename(format!("{name} (stopped)")),
                Err(Elapsed) => {
                    error!("{name} does not stop within {left:?}");
                    killed.push(format!("{d}"));
                }
            }
        }
        if killed.is_empty() { Ok(deadline - Instant::now()) } else { Err(killed) }
    }

    pub struct Deployment<'c> {
        client: &'c Client,
        version: String,
        done: Vec<usize>,
    }

    impl<'c> Deployment<'c> {
        #[desugar]
        async fn set(&self, server: usize, version: &str) -> Result<(), HttpError> {
            let url = format!("/servers/{server}/version");
            self.client.request(Method::Put, &url).body(version).send().await?.error_for_status().map(drop)
        }

        /// Some servers at a time; looks after each group whether all is well, and goes back if not.
        #[desugar]
        pub async fn roll_out(
            &mut self,
            servers: &[usize],
            at_once: usize,
            old: &str,
        ) -> Result<usize, (HttpError, Vec<usize>)> {
            let version = self.version.clone();
            for group in servers.chunks(at_once) {
                let mut result = Ok(());
                for &server in group {
                    result = self.set(server, &version).await;
                    if result.is_err() {
                        break;
                    }
                    self.done.push(server);
                }
                if result.is_ok() {
                    sleep(Duration::from_secs(5)).await;
                    result = match self.client.get("/health").send().await {
                        Ok(response) => response.error_for_status().map(|_| ()),
                        Err(error) => Err(error),
                    };
                }
                if let Err(error) = result {
                    let mut back = vec![];
                    for server in mem::take(&mut self.done).into_iter().rev() {
                        if self.set(server, old).await.is_ok() {
                            back.push(server);
                        }
                    }
                    return Err((error, back));
                }
            }
            Ok(self.done.len())
        }
    }

    #[desugar]
    pub async fn deploy(client: Client, servers: &[usize]) -> Result<usize, (HttpError, Vec<usize>)> {
        Deployment { client: &client, version: "2".to_owned(), done: vec![] }.roll_out(servers, 2, "1").await
    }

    /// Copies the data away, and removes the oldest copies beyond those to keep.
    #[desugar]
    pub async fn back_up(disk: &Disk, number: u32, keep: usize) -> Result<Vec<String>> {
        ensure!(keep > 0, "at least one copy has to be kept, not {}", keep);
        let text = disk.read_to_string("/data").await.context("reading the data")?;
        disk.write(&format!("/backup/{number:03}"), text).await?;
        let mut names = BTreeSet::new();
        let mut dir = disk.read_dir("/backup").await?;
        while let Some(entry) = dir.next_entry().await? {
            if entry.name.bytes().all(|byte| byte.is_ascii_digit()) {
                names.insert(entry.path);
            }
        }
        while names.len() > keep {
            let Some(oldest) = names.pop_first() else { unreachable!() };
            disk.remove_file(&oldest).await.with_context(|| format!("removing {oldest}"))?;
        }
        Ok(names.into_iter().collect())
    }

    /// Whether a flag is set for a user; segments are looked up, once for each name.
    #[desugar]
    pub async fn is_enabled(rules: &[Rule], user: u32, segment: impl Fn(&str) -> Leaf<Option<bool>>) -> bool {
        let mut known: BTreeMap<&str, bool> = BTreeMap::new();
        let mut todo: VecDeque<&Rule> = rules.iter().collect();
        let mut open = 0usize;
        while let Some(rule) = todo.pop_front() {
            let fits = match rule {
                Rule::Everyone => true,
                Rule::User(id) => *id == user,
                &Rule::Percent(percent) => user % 100 < percent.into(),
                Rule::All(rules) => {
                    open += rules.len();
                    rules.iter().rev().for_each(|rule| todo.push_front(rule));
                    continue;
                }
                Rule::Segment(name) => match known.get(name) {
                    Some(known) => *known,
                    None => {
                        let is_in = segment(name).await.unwrap_or(false);
                        *known.entry(name).or_insert(is_in)
                    }
                },
            };
            match (open, fits) {
                (0, true) => return true,
                (1, true) => return true,
                (1.., true) => open -= 1,
                (1.., false) => {
                    todo.drain(..open - 1);
                    open = 0;
                }
                (0, false) => {}
            }
        }
        false
    }
}

#[test]
fn reported_metrics() {
    compare_modules!(spawned(flush_twice(10, 0)), spawned(flush_twice(40, 0)), spawned(flush_twice(10, 2)));
}

#[test]
fn probes() {
    let patience = Duration::from_millis(20);
    compare_modules!(
        sendable(readiness([("db", success("db", Health::Ok)), ("mail", failing("optional mail"))], patience)),
        sendable(readiness(vec![("db", failing("db")), ("disk", success("disk", Health::Degraded))], patience)),
        sendable(readiness([], patience)),
    );
}

#[test]
fn starts_in_order() {
    let all =
        || vec![Component::new("web", &["db", "cache"]), Component::new("db", &[]), Component::new("cache", &["db"])];
    compare_modules!(
        sendable(start_all(all(), |component| success(component.name, ()))),
        sendable(start_all(all(), |component| if component.name == "web" {
            failing("web")
        } else {
            success("start", ())
        })),
        sendable(start_all(vec![Component::new("web", &["db"])], |_| success("start", ()))),
    );
}

#[test]
#[cfg(feature = "pending")] // `..` in the pattern of a `while let`.
fn stops_in_order() {
    compare_modules!(
        sendable(shut_down(&mut vec![slow("a", 1), slow("b", 2)], Duration::from_millis(50))),
        sendable(shut_down(&mut vec![slow("a", 1), slow("b", 9)], Duration::from_millis(30))),
    );
}

#[test]
fn deployments() {
    let answer = |status| Ok(Response::new(status, ""));
    compare_modules!(
        sendable(deploy(Client::new([answer(200), answer(200), answer(200), answer(200), answer(200)]), &[1, 2, 3])),
        sendable(deploy(Client::new([answer(200), answer(200), answer(500), answer(200)]), &[1, 2, 3])),
        sendable(deploy(Client::new([answer(200), answer(404), answer(200)]), &[1, 2, 3])),
    );
}

#[test]
fn backups() {
    let disk = || Disk::new([("/data", "text"), ("/backup/001", "old"), ("/backup/readme", "x")]);
    compare_modules!(
        sendable(back_up(&disk(), 2, 1)),
        sendable(back_up(&disk(), 2, 0)),
        sendable(back_up(&Disk::new([]), 2, 1)),
    );
}

#[test]
fn flags() {
    let rules = [
        Rule::All(vec![Rule::Segment("beta"), Rule::Percent(50)]),
        Rule::Segment("beta"),
        Rule::User(99),
        Rule::All(vec![Rule::Everyone, Rule::User(60)]),
    ];
    compare_modules!(
        sendable(is_enabled(&rules, 7, |name| some(name, true))),
        sendable(is_enabled(&rules, 60, |name| some(name, name == "other"))),
        sendable(is_enabled(&rules[..1], 99, |name| missing(name))),
    );
}
