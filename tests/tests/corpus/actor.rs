//! Actors: mailboxes, questions with answers, supervision, routing, states that become other states.

use crate::support::{sync::*, time::*, *};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    pin::Pin,
};
use tokio::sync::oneshot;

#[derive(Debug)]
pub enum AccountError {
    Insufficient { missing: u64 },
    Frozen(String),
    Gone,
    Timeout,
}

impl From<Closed<Message>> for AccountError {
    fn from(_: Closed<Message>) -> Self {
        AccountError::Gone
    }
}

impl From<oneshot::error::RecvError> for AccountError {
    fn from(_: oneshot::error::RecvError) -> Self {
        AccountError::Gone
    }
}

impl From<Elapsed> for AccountError {
    fn from(_: Elapsed) -> Self {
        AccountError::Timeout
    }
}

pub enum Message {
    Deposit(u64),
    Withdraw { amount: u64, reply: oneshot::Sender<Result<u64, AccountError>> },
    Freeze { why: String },
    Balance(oneshot::Sender<u64>),
    Stop,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Opened { owner: String },
    Changed(i64),
    Closed,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub owner: String,
    pub balance: i64,
    pub version: usize,
    pub closed: bool,
}

/// What a child of a supervisor ended with.
#[derive(Debug)]
pub enum Exit {
    Normal,
    Failed(String),
    Fatal,
}

/// Where an order is.
pub trait Stage: fmt::Debug + Send {
    fn next<'s>(
        self: Box<Self>,
        log: &'s mut Vec<String>,
    ) -> Pin<Box<dyn Future<Output = Option<Box<dyn Stage>>> + Send + 's>>;
}

twice! {
    pub struct Account {
        mailbox: Receiver<Message>,
        balance: u64,
        frozen: Option<String>,
        d: D,
    }

    impl Account {
        pub fn new(mailbox: Receiver<Message>) -> Self {
            Account { mailbox, balance: 10, frozen: None, d: D("account") }
        }

        /// Handles messages until it is stopped or nobody is left who could send any.
        #[desugar]
        pub async fn run(mut self) -> u64 {
            let mut handled = 0u32;
            while let Some(message) = self.mailbox.recv().await {
                handled += 1;
                match message {
                    Message::Deposit(amount @ 1..) => {
                        pause("persist").await;
                        self.balance += amount;
                    }
                    Message::Deposit(_) => continue,
                    Message::Withdraw { amount, reply } => {
                        let result = self.withdraw(amount).await;
                        if reply.send(result).is_err() {
                            debug!("nobody waits for the answer to message {handled}");
                        }
                    }
                    Message::Freeze { why } if self.frozen.is_none() => self.frozen = Some(why),
                    Message::Freeze { .. } => {}
                    Message::Balance(reply) => drop(reply.send(self.balance)),
                    Message::Stop => break,
                }
            }
            info!("{} handled {handled} messages", self.d);
            self.balance
        }

        #[desugar]
        async fn withdraw(&mut self, amount: u64) -> Result<u64, AccountError> {
            if let Some(why) = &self.frozen {
                return Err(AccountError::Frozen(why.clone()));
            }
            let Some(left) = self.balance.checked_sub(amount) else {
                return Err(AccountError::Insufficient { missing: amount - self.balance });
            };
            pause("persist").await;
            self.balance = left;
            Ok(self.balance)
        }
    }

    #[derive(Clone)]
    pub struct Handle {
        sender: Sender<Message>,
        patience: Duration,
    }

    impl Handle {
        #[desugar]
        pub async fn withdraw(&self, amount: u64) -> Result<u64, AccountError> {
            let (reply, answer) = oneshot::channel();
            self.sender.send(Message::Withdraw { amount, reply }).await?;
            timeout(self.patience, answer).await??
        }

        #[desugar]
        pub async fn balance(&self) -> Result<u64, AccountError> {
            let (reply, answer) = oneshot::channel();
            self.sender.send(Message::Balance(reply)).await?;
            Ok(answer.await?)
        }
    }

    #[desugar]
    async fn customer(handle: Handle, amounts: Vec<u64>) -> Result<Vec<u64>, AccountError> {
        let mut balances = vec![handle.balance().await?];
        for amount in amounts {
            match handle.withdraw(amount).await {
                Ok(left) => balances.push(left),
                Err(AccountError::Insufficient { missing }) if missing < 10 => {
                    handle.sender.send(Message::Deposit(missing)).await?;
                    balances.push(handle.withdraw(amount).await?);
                }
                Err(error) => return Err(error),
            }
        }
        handle.sender.send(Message::Stop).await?;
        Ok(balances)
    }

    #[desugar]
    pub async fn bank(amounts: Vec<u64>) -> (u64, Result<Vec<u64>, AccountError>) {
        let (sender, mailbox) = channel([]);
        let handle = Handle { sender, patience: Duration::from_millis(80) };
        futures::future::join(Account::new(mailbox).run(), customer(handle, amounts)).await
    }

    /// Starts the child again when it fails, but not too often.
    #[desugar]
    pub async fn supervise<F, C>(name: &str, start: F, max_restarts: usize, within: Duration) -> Result<usize, Exit>
    where
        F: Fn(usize) -> C,
        C: IntoFuture<Output = Exit>,
    {
        let mut restarts = VecDeque::with_capacity(max_restarts);
        let mut runs = 0;
        loop {
            let exit = start(runs).await;
            runs += 1;
            match exit {
                Exit::Normal => break Ok(runs),
                fatal @ Exit::Fatal => break Err(fatal),
                Exit::Failed(reason) => {
                    let now = Instant::now();
                    while restarts.front().is_some_and(|&at| now - at > within) {
                        restarts.pop_front();
                    }
                    if restarts.len() >= max_restarts {
                        break Err(Exit::Failed(format!("{name} fails too often: {reason}")));
                    }
                    warn!("{name} failed: {reason}");
                    restarts.push_back(now);
                    sleep(Duration::from_secs(1) * restarts.len() as u32).await;
                }
            }
        }
    }

    pub struct Router<M> {
        workers: Vec<(String, Sender<M>)>,
        next: usize,
    }

    impl<M: Send> Router<M> {
        /// Gives the message to the next worker that is still there.
        #[desugar]
        pub async fn route(&mut self, message: M) -> Result<&str, M> {
            let mut message = message;
            while !self.workers.is_empty() {
                let at = self.next % self.workers.len();
                match self.workers[at].1.send(message).await {
                    Ok(()) => {
                        self.next = at + 1;
                        return Ok(&self.workers[at].0);
                    }
                    Err(Closed(back)) => {
                        let (name, _) = self.workers.remove(at);
                        warn!("{name} is gone");
                        message = back;
                    }
                }
            }
            Err(message)
        }
    }

    #[desugar]
    pub async fn route_all(gone: usize) -> (Vec<String>, Option<D>) {
        let mut receivers = vec![];
        let mut router = Router { workers: vec![], next: 0 };
        for name in ["a", "b", "c"] {
            let (sender, receiver) = channel([]);
            router.workers.push((name.to_string(), sender));
            receivers.push(receiver);
        }
        receivers.truncate(3 - gone);
        let mut names = vec![];
        for n in 1..=3 {
            let message = D(format!("message {n}"));
            match router.route(message).await {
                Ok(name) => names.push(name.to_owned()),
                Err(message) => return (names, Some(message)),
            }
        }
        (names, None)
    }

    /// The state after the snapshot and the events behind it; a new snapshot after many events.
    #[cfg(feature = "pending")] // A part moved out of a variable, by `..base`.
    #[desugar]
    pub async fn restore<L>(load: L, every: usize) -> Result<(Snapshot, Option<usize>), String>
    where
        L: AsyncFn(usize) -> Option<Vec<Event>>,
    {
        let mut state = Snapshot {
            owner: String::from("nobody"),
            ..some("snapshot", Snapshot::default()).await.unwrap_or_default()
        };
        let from = state.version;
        while let Some(events) = load(state.version).await
            && !events.is_empty()
        {
            for event in events {
                state.version += 1;
                state = match event {
                    Event::Opened { owner } if !state.closed => Snapshot { owner, ..state },
                    Event::Changed(by) if state.balance + by >= 0 => Snapshot { balance: state.balance + by, ..state },
                    Event::Closed => Snapshot { closed: true, ..state },
                    wrong => return Err(format!("{wrong:?} at version {}", state.version)),
                };
            }
        }
        let saved = if state.version - from >= every { Some(value("save", state.version).await) } else { None };
        Ok((state, saved))
    }

    #[derive(Debug)]
    pub struct Ordered {
        items: Vec<D>,
    }

    #[derive(Debug)]
    pub struct Paid {
        items: Vec<D>,
        amount: usize,
    }

    impl Ordered {
        #[cfg(feature = "pending")] // A part moved out of a box, by `= *self`.
        #[desugar]
        async fn pay(self: Box<Self>, log: &mut Vec<String>) -> Option<Box<dyn Stage>> {
            if self.items.is_empty() {
                log.push("nothing ordered".to_string());
                return None;
            }
            let amount = value("price", self.items.len() * 5).await;
            log.push(format!("paid {amount} for {:?}", self.items[0]));
            let Ordered { items } = *self;
            Some(Box::new(Paid { items, amount }))
        }
    }

    impl Paid {
        #[desugar]
        async fn ship(mut self: Box<Self>, log: &mut Vec<String>) -> Option<Box<dyn Stage>> {
            while let Some(item) = self.items.pop() {
                item.peek().await;
                log.push(format!("shipped {item}, {} left", self.items.len()));
            }
            log.push(format!("{} in all", self.amount));
            None
        }
    }

    #[cfg(feature = "pending")] // Needs `pay`.
    impl Stage for Ordered {
        fn next<'s>(
            self: Box<Self>,
            log: &'s mut Vec<String>,
        ) -> Pin<Box<dyn Future<Output = Option<Box<dyn Stage>>> + Send + 's>> {
            Box::pin(self.pay(log))
        }
    }

    impl Stage for Paid {
        fn next<'s>(
            self: Box<Self>,
            log: &'s mut Vec<String>,
        ) -> Pin<Box<dyn Future<Output = Option<Box<dyn Stage>>> + Send + 's>> {
            Box::pin(self.ship(log))
        }
    }

    /// From stage to stage until the order is done.
    #[cfg(feature = "pending")] // Needs `pay`.
    #[desugar]
    pub async fn process(items: &[&str]) -> (usize, Vec<String>) {
        let mut log = Vec::new();
        let mut stage: Option<Box<dyn Stage>> =
            Some(Box::new(Ordered { items: items.iter().map(|name| D(*name)).collect() }));
        let mut steps = 0;
        while let Some(current) = stage.take() {
            steps += 1;
            stage = current.next(&mut log).await;
        }
        (steps, log)
    }

    pub struct Heartbeat<'s> {
        peers: BTreeMap<&'s str, u32>,
        limit: u32,
        d: D,
    }

    impl<'s> Heartbeat<'s> {
        /// One round: who answers is alive, who did not for too long is lost.
        #[desugar]
        pub async fn round(mut self: Pin<&mut Self>, answers: &[&'s str]) -> Vec<&'s str> {
            let limit = self.limit;
            for peer in answers {
                pause(&format!("answer of {peer}")).await;
                self.peers.insert(peer, 0);
            }
            let this = self.as_mut().get_mut();
            this.d.extend().await;
            this.peers.iter_mut().for_each(|(_, missed)| *missed += 1);
            let lost: Vec<_> =
                this.peers.iter().filter(|&(_, &missed)| missed > limit).map(|(&peer, _)| peer).collect();
            this.peers.retain(|_, missed| *missed <= limit);
            lost
        }
    }

    #[desugar]
    pub async fn rounds(all: &[&[&'static str]]) -> (Vec<String>, usize) {
        let mut heartbeat = Box::pin(Heartbeat { peers: BTreeMap::new(), limit: 1, d: D("heartbeat") });
        let mut lost = vec![];
        for (n, answers) in all.iter().enumerate() {
            let gone = heartbeat.as_mut().round(answers).await;
            lost.extend(gone.into_iter().map(|peer| format!("{peer} in round {n}")));
        }
        (lost, heartbeat.peers.len())
    }
}

#[test]
fn questions_and_answers() {
    compare_modules!(spawned(bank(vec![4])), spawned(bank(vec![15])), spawned(bank(vec![40])));
}

#[test]
fn a_mailbox() {
    let mail = || {
        let (reply, _) = oneshot::channel();
        let freeze = || Message::Freeze { why: "court".to_string() };
        vec![Message::Deposit(0), Message::Deposit(5), freeze(), freeze(), Message::Withdraw { amount: 1, reply }]
    };
    compare_modules!(
        spawned(Account::new(mailbox(mail())).run()),
        spawned(Account::new(mailbox([Message::Stop, Message::Deposit(1)])).run()),
    );
}

#[test]
fn supervision() {
    let second = Duration::from_secs(1);
    let failed = || Exit::Failed("oops".to_string());
    compare_modules!(
        sendable(supervise("child", |n| value("child", if n < 2 { failed() } else { Exit::Normal }), 2, second * 9)),
        sendable(supervise("child", |n| value("child", if n < 5 { failed() } else { Exit::Fatal }), 1, second * 9)),
        sendable(supervise("child", |n| value("child", if n < 3 { failed() } else { Exit::Fatal }), 2, second)),
    );
}

#[test]
fn routing() {
    compare_modules!(spawned(route_all(0)), spawned(route_all(2)), spawned(route_all(3)));
}

#[test]
#[cfg(feature = "pending")] // A part moved out of a variable, by `..base`.
fn events_and_snapshots() {
    async fn load(version: usize) -> Option<Vec<Event>> {
        pause("load").await;
        let events = [Event::Opened { owner: "ada".to_string() }, Event::Changed(5), Event::Changed(-2), Event::Closed];
        Some(events.into_iter().skip(version).take(2).collect())
    }
    async fn broken(version: usize) -> Option<Vec<Event>> {
        (version < 2).then(|| vec![Event::Changed(1), Event::Changed(-2)])
    }
    compare_modules!(restore(load, 4), restore(load, 9), restore(broken, 1));
}

#[test]
#[cfg(feature = "pending")] // A part moved out of a box, by `= *self`.
fn stages() {
    compare_modules!(sendable(process(&["a", "b"])), sendable(process(&[])));
}

#[test]
fn heartbeats() {
    compare_modules!(sendable(rounds(&[&["a", "b"], &["a"], &["b"]])), sendable(rounds(&[])));
}
