//! Work in the background: queues, leases, schedules, leaders, progress, cancellation between steps.

use crate::support::{db::*, report::bail, sync::*, time::*, *};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    pub id: u32,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Email { to: String, template: &'static str },
    Resize { width: u32, height: u32 },
    Cleanup,
}

#[derive(Debug)]
pub enum JobError {
    Transient(String),
    Permanent(String),
    Cancelled { done: usize },
}

impl From<String> for JobError {
    fn from(text: String) -> Self {
        JobError::Transient(text)
    }
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Closed => JobError::Transient("database".to_string()),
            error => JobError::Permanent(error.to_string()),
        }
    }
}

/// Set from outside; looked at between steps.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// Is set once it was asked so often.
    pub fn after(asked: usize) -> Self {
        Stop(Arc::new(AtomicUsize::new(asked)))
    }

    pub fn is_set(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

fn email(id: u32, to: &str) -> Job {
    Job { id, kind: Kind::Email { to: to.to_string(), template: "hello" } }
}

fn resize(id: u32, width: u32, height: u32) -> Job {
    Job { id, kind: Kind::Resize { width, height } }
}

fn job_row(text: &str) -> (&'static str, Result<Vec<Row>, DbError>) {
    ("update jobs", Ok(vec![row(text)]))
}

twice! {
    #[desugar]
    pub async fn run_job(job: &Job) -> Result<String, JobError> {
        match &job.kind {
            Kind::Email { to, .. } if !to.contains('@') => Err(JobError::Permanent(format!("no address: {to}"))),
            Kind::Email { to, template } => {
                let text = value("render", format!("{template} {to}")).await;
                match to.split_once('@') {
                    Some((_, "down")) => Err(failing::<()>("smtp").await.unwrap_err().into()),
                    _ => success("smtp", text).await.map_err(JobError::from),
                }
            }
            &Kind::Resize { width: 0, .. } | &Kind::Resize { height: 0, .. } => {
                Err(JobError::Permanent(String::from("nothing is left")))
            }
            &Kind::Resize { width, height } => {
                let pixels = { value("decode", width).await * value("scale", height).await };
                Ok(format!("{pixels} pixels"))
            }
            Kind::Cleanup => Ok(pauses("cleanup", 2).await).map(|()| String::new()),
        }
    }

    /// Works until the queue is empty: what fails for now goes to its end, a few times.
    #[desugar]
    pub async fn work(
        mut queue: VecDeque<Job>,
        max_attempts: u8,
        stop: Stop,
    ) -> Result<BTreeMap<u32, String>, JobError> {
        let mut attempts: BTreeMap<u32, u8> = BTreeMap::new();
        let mut results = BTreeMap::new();
        while let Some(job) = queue.pop_front() {
            if stop.is_set() {
                return Err(JobError::Cancelled { done: results.len() });
            }
            let id = job.id;
            let attempt = attempts.entry(id).and_modify(|n| *n += 1).or_insert(1);
            let outcome = match run_job(&job).await {
                Ok(text) => text,
                Err(JobError::Transient(why)) if *attempt < max_attempts => {
                    debug!("job {id}, attempt {attempt}: {why}");
                    queue.push_back(job);
                    continue;
                }
                Err(JobError::Transient(why) | JobError::Permanent(why)) => format!("failed: {why}"),
                Err(error @ JobError::Cancelled { .. }) => return Err(error),
            };
            results.insert(id, outcome);
        }
        Ok(results)
    }

    pub struct Lease<'d> {
        db: &'d Db,
        id: u32,
        d: D,
    }

    impl<'d> Lease<'d> {
        /// The next job that nobody works on.
        #[desugar]
        pub async fn take(db: &'d Db, worker: &str) -> Result<Option<Lease<'d>>, JobError> {
            let sql = "update jobs set worker = $1 where worker is null returning id";
            let Some(row) = query(sql).bind(worker).fetch_optional(db).await? else {
                return Ok(None);
            };
            let id = row.try_get("id")?;
            Ok(Some(Lease { db, id, d: D(format!("lease {id}")) }))
        }

        /// Does the work in steps, and keeps the lease alive between them.
        #[desugar]
        pub async fn run<S>(self, steps: S) -> Result<usize, (JobError, Self)>
        where
            S: IntoIterator<Item = Leaf<Result<usize, String>>>,
        {
            let mut total = 0;
            for step in steps {
                match step.await {
                    Ok(n) => total += n,
                    Err(text) => return Err((text.into(), self)),
                }
                let alive = query("update jobs set beat").bind(self.id).execute(self.db).await;
                if let Err(error) = alive {
                    return Err((error.into(), self));
                }
            }
            match query("delete from jobs").bind(self.id).execute(self.db).await {
                Ok(_) => Ok(total),
                Err(error) => Err((error.into(), self)),
            }
        }
    }

    #[desugar]
    pub async fn take_and_run(db: Db, fails: bool) -> Result<(usize, usize), JobError> {
        let (mut done, mut total) = (0, 0);
        while let Some(lease) = Lease::take(&db, "worker").await? {
            let steps = (0..2).map(|n| if fails && n == 1 { failing("step") } else { success("step", n + 1) });
            match lease.run(steps).await {
                Ok(n) => total += n,
                Err((JobError::Transient(why), lease)) => {
                    warn!("{} is given back: {why}", lease.d);
                    query("update jobs set worker = null").bind(lease.id).execute(&db).await?;
                    break;
                }
                Err((error, _)) => return Err(error),
            }
            done += 1;
        }
        Ok((done, total))
    }

    /// Runs each task when it is due, and puts those that repeat back.
    #[desugar]
    pub async fn schedule<F>(tasks: &[(u64, Option<u64>, &str)], run: F, until: Duration) -> Vec<String>
    where
        F: Fn(&str) -> Leaf<usize>,
    {
        let start = Instant::now();
        let mut due: BinaryHeap<Reverse<(Duration, usize)>> =
            tasks.iter().enumerate().map(|(index, &(at, ..))| Reverse((Duration::from_secs(at), index))).collect();
        let mut ran = Vec::new();
        while let Some(Reverse((at, index))) = due.pop() {
            if at > until {
                break;
            }
            sleep_until(start + at).await;
            let (_, period, name) = tasks[index];
            ran.push(format!("{name} {} at {:?}", run(name).await, start.elapsed()));
            if let Some(period @ 1..) = period {
                due.push(Reverse((at + Duration::from_secs(period), index)));
            }
        }
        ran
    }

    /// Stands for election, leads while the lease can be renewed, and follows otherwise.
    #[desugar]
    pub async fn lead<L>(me: &str, terms: u32, mut lock: L) -> report::Result<Vec<String>>
    where
        L: FnMut(u32) -> Leaf<Option<String>>,
    {
        enum Role {
            Follower { of: String },
            Candidate,
            Leader { since: u32 },
        }

        let mut role = Role::Candidate;
        let mut story = vec![];
        for term in 0..terms {
            let holder = lock(term).await;
            role = match (role, holder.as_deref()) {
                (Role::Leader { since }, Some(holder)) if holder == me => Role::Leader { since },
                (Role::Leader { since }, _) => {
                    story.push(format!("led {} terms", term - since));
                    sleep(Duration::from_secs(1)).await;
                    Role::Candidate
                }
                (_, Some(holder)) if holder == me => Role::Leader { since: term },
                (Role::Follower { of }, Some(holder)) if of != holder => bail!("{of} and then {holder} in term {term}"),
                (_, Some(holder)) => Role::Follower { of: holder.to_owned() },
                (_, None) => Role::Candidate,
            };
        }
        if let Role::Leader { since } = &role {
            story.push(format!("leads since {since}"));
        }
        Ok(story)
    }

    pub struct Progress<'p, P: FnMut(usize, usize) + Send> {
        done: usize,
        total: usize,
        report: &'p mut P,
    }

    impl<P: FnMut(usize, usize) + Send> Progress<'_, P> {
        #[desugar]
        pub async fn step<T>(&mut self, work: impl Future<Output = T> + Send) -> T {
            let result = work.await;
            self.done += 1;
            (self.report)(self.done, self.total);
            result
        }
    }

    /// Imports lines; says how far it is, and gathers what is wrong.
    #[desugar]
    pub async fn import<P>(text: &str, mut report: P, stop: &Stop) -> Result<(u32, Vec<(usize, String)>), JobError>
    where
        P: FnMut(usize, usize) + Send,
    {
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut progress = Progress { done: 0, total: lines.len(), report: &mut report };
        let (mut sum, mut errors) = (0, vec![]);
        for (number, &line) in (1..).zip(&lines) {
            if stop.is_set() {
                return Err(JobError::Cancelled { done: progress.done });
            }
            let Some((name, amount)) = line.split_once(';') else {
                errors.push((number, format!("no amount: {line}")));
                continue;
            };
            match progress.step(parse(amount)).await {
                Ok(amount @ ..1000) => sum += amount,
                Ok(amount) => errors.push((number, format!("{name}: {amount} is too much"))),
                Err(error) => errors.push((number, format!("{name}: {error}"))),
            }
        }
        Ok((sum, errors))
    }

    /// Does each unit once, whoever asks for it, and remembers the result under its key.
    #[desugar]
    pub async fn once<K, T>(done: &Lock<BTreeMap<K, T>>, key: K, work: impl IntoFuture<Output = T>) -> (T, bool)
    where
        K: Ord + Display + Clone,
        T: Clone + Display,
    {
        let mut done = done.lock().await;
        if let Some(result) = done.get(&key) {
            return (result.clone(), false);
        }
        let label = format!("{key:>3}");
        let result = work.await;
        info!("{label}: {result}");
        (done.entry(key).or_insert(result).clone(), true)
    }

    #[desugar]
    pub async fn all_once(keys: &[u8]) -> (usize, Vec<usize>) {
        let done = Lock::new(BTreeMap::new());
        let mut computed = 0;
        for &key in keys {
            let (_, new) = once(&done, key, deferred(if key == 0 { "zero" } else { "more" })).await;
            computed += new as usize;
        }
        let results = done.lock().await.values().copied().collect();
        (computed, results)
    }
}

#[test]
fn a_queue() {
    compare_modules!(
        spawned(work([email(1, "ada@home"), resize(2, 3, 4), resize(3, 0, 4)].into(), 2, Stop::after(9))),
        spawned(work([email(1, "ada@down"), email(2, "ada")].into(), 2, Stop::after(9))),
        spawned(work([Job { id: 1, kind: Kind::Cleanup }, resize(2, 3, 4)].into(), 2, Stop::after(1))),
    );
}

#[test]
fn leases() {
    compare_modules!(
        spawned(take_and_run(Db::new([job_row("id=1")]), false)),
        spawned(take_and_run(Db::new([job_row("id=1")]), true)),
        spawned(take_and_run(Db::new([job_row("id=1"), ("update jobs set beat", Err(DbError::RowNotFound))]), false)),
        spawned(take_and_run(Db::new([job_row("name=1")]), false)),
    );
}

#[test]
fn a_schedule() {
    compare_modules!(
        sendable(schedule(
            &[(1, Some(2), "a"), (2, None, "b")],
            |name| value(name, name.len()),
            Duration::from_secs(4)
        )),
        sendable(schedule(&[(9, None, "late")], |name| value(name, 1), Duration::from_secs(4))),
    );
}

#[test]
fn an_election() {
    let holders = |list: &'static [&str]| {
        move |term: u32| {
            value("lock", list.get(term as usize).filter(|name| !name.is_empty()).map(|name| name.to_string()))
        }
    };
    compare_modules!(
        sendable(lead("me", 4, holders(&["me", "me", "you", "me"]))),
        sendable(lead("me", 3, holders(&["you", "you", ""]))),
        sendable(lead("me", 3, holders(&["you", "them"]))),
    );
}

#[test]
fn an_import() {
    compare_modules!(
        sendable(import("a;1\nb;2000\n\nc\nd;x", |done, total| tick(&format!("{done}/{total}")), &Stop::after(9))),
        sendable(import("a;1\nb;2", |_, _| (), &Stop::after(1))),
    );
}

#[test]
fn results_that_are_remembered() {
    compare_modules!(all_once(&[0, 1, 0]), all_once(&[]));
}
