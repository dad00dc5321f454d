//! Publishers and subscribers: fan-out, topics, acknowledgements, dead letters, chat rooms, requests by correlation.

use crate::support::{net::*, sync::*, time::*, *};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    io,
    ops::ControlFlow,
    sync::Arc,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub struct Envelope {
    pub id: u32,
    pub topic: String,
    pub body: D,
    pub attempts: u32,
}

fn envelope(id: u32, topic: &str) -> Envelope {
    Envelope { id, topic: topic.to_string(), body: D(format!("body {id}")), attempts: 0 }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ack,
    Retry { after: Duration },
    Reject,
}

#[derive(Debug)]
pub enum ChatError {
    Io(io::Error),
    Taken(String),
    Kicked { by: String },
}

impl From<io::Error> for ChatError {
    fn from(error: io::Error) -> Self {
        ChatError::Io(error)
    }
}

/// Whether a topic fits a pattern: `*` is one word, `#` is the rest.
fn fits(pattern: &str, topic: &str) -> bool {
    let mut words = topic.split('.');
    for part in pattern.split('.') {
        match (part, words.next()) {
            ("#", _) => return true,
            ("*", Some(_)) => {}
            (part, word) if Some(part) == word => {}
            _ => return false,
        }
    }
    words.next().is_none()
}

fn chat(lines: &[&str]) -> BufReader<Wire> {
    BufReader::new(Wire::new("chatter", lines))
}

twice! {
    #[derive(Default)]
    pub struct Broker {
        subscribers: Vec<(String, Sender<Arc<D>>)>,
        retained: BTreeMap<String, Arc<D>>,
    }

    impl Broker {
        /// Gives the message to everyone whose pattern fits, and forgets who is gone.
        #[desugar]
        pub async fn publish(&mut self, topic: &str, message: D, retain: bool) -> usize {
            let message = Arc::new(message);
            if retain {
                self.retained.insert(topic.to_owned(), Arc::clone(&message));
            }
            let mut gone = Vec::new();
            let mut reached = 0;
            for (index, (pattern, sender)) in self.subscribers.iter().enumerate() {
                if !fits(pattern, topic) {
                    continue;
                }
                if sender.send(message.clone()).await.is_ok() {
                    reached += 1;
                } else {
                    gone.push(index);
                }
            }
            for index in gone.into_iter().rev() {
                let (pattern, _) = self.subscribers.swap_remove(index);
                info!("nobody listens to {pattern}");
            }
            reached
        }

        /// A new subscription, which begins with what was retained.
        #[desugar]
        pub async fn subscribe(&mut self, pattern: &str) -> Receiver<Arc<D>> {
            let (sender, receiver) = channel([]);
            for (_, message) in self.retained.iter().filter(|(topic, _)| fits(pattern, topic)) {
                sender.send(Arc::clone(message)).await.expect("the receiver is here");
            }
            self.subscribers.push((pattern.to_string(), sender));
            receiver
        }
    }

    #[desugar]
    pub async fn news() -> (usize, usize, Vec<String>) {
        let mut broker = Broker::default();
        broker.publish("news.local", D("old"), true).await;
        let mut all = broker.subscribe("news.#").await;
        let local = broker.subscribe("*.local").await;
        let both = broker.publish("news.local", D("fair"), false).await;
        drop(local);
        let one = broker.publish("news.local", D("rain"), false).await;
        drop(broker);
        let mut heard = vec![];
        while let Some(message) = all.recv().await {
            heard.push(message.to_string());
        }
        (both, one, heard)
    }

    /// Handles messages; what fails too often ends among the dead letters.
    #[desugar]
    pub async fn consume_all<H>(
        mut queue: VecDeque<Envelope>,
        handle: H,
        max_attempts: u32,
    ) -> (Vec<u32>, Vec<Envelope>)
    where
        H: Fn(&Envelope) -> Leaf<Verdict>,
    {
        let mut acknowledged = Vec::new();
        let mut dead = Vec::new();
        while let Some(mut message) = queue.pop_front() {
            message.attempts += 1;
            match handle(&message).await {
                Verdict::Ack => acknowledged.push(message.id),
                Verdict::Retry { after } if message.attempts < max_attempts => {
                    if !after.is_zero() {
                        sleep(after).await;
                    }
                    queue.push_back(message);
                }
                verdict @ (Verdict::Retry { .. } | Verdict::Reject) => {
                    warn!("{} is dead after {} attempts: {verdict:?}", message.body, message.attempts);
                    dead.push(message);
                }
            }
        }
        (acknowledged, dead)
    }

    /// Replays a log from an offset, batch by batch, and says where to go on.
    #[desugar]
    pub async fn replay<'l, F>(
        log: &'l [Envelope],
        offsets: std::ops::Range<usize>,
        batch: usize,
        mut each: F,
    ) -> ControlFlow<&'l Envelope, usize>
    where
        F: FnMut(&'l Envelope) -> ControlFlow<()>,
    {
        let mut next = offsets.start;
        let mut batches = 0;
        'batches: while next < offsets.end.min(log.len()) {
            let end = (next + batch).min(offsets.end).min(log.len());
            batches += 1;
            pause(&format!("batch {batches}: {next}..{end}")).await;
            for message in &log[next..end] {
                if message.topic.starts_with('_') {
                    next = end;
                    continue 'batches;
                }
                if each(message).is_break() {
                    return ControlFlow::Break(message);
                }
            }
            next = end;
        }
        ControlFlow::Continue(next)
    }

    pub struct Room {
        members: Lock<BTreeMap<String, Sender<String>>>,
    }

    impl Room {
        #[desugar]
        async fn broadcast(&self, from: &str, text: &str) -> usize {
            let members = self.members.lock().await;
            let others = members.iter().filter(|(name, _)| *name != from);
            let mut heard = 0;
            for (_, sender) in others {
                heard += usize::from(sender.send(format!("{from}: {text}")).await.is_ok());
            }
            heard
        }

        /// One chatter, from the greeting to the end of the connection.
        #[desugar]
        pub async fn session(&self, mut io: BufReader<Wire>) -> Result<(String, u32), ChatError> {
            io.write_all(b"name?\n").await?;
            let mut line = String::new();
            io.read_line(&mut line).await?;
            let name = line.trim().to_owned();
            let (sender, mut inbox) = channel([]);
            {
                let mut members = self.members.lock().await;
                if members.contains_key(&name) || name.is_empty() {
                    io.write_all(b"taken\n").await?;
                    return Err(ChatError::Taken(name));
                }
                members.insert(name.clone(), sender);
            }
            let mut said = 0;
            let result = loop {
                while let Some(message) = inbox.try_recv() {
                    io.write_all(format!("{message}\n").as_bytes()).await?;
                }
                line.clear();
                match io.read_line(&mut line).await {
                    Ok(0) => break Ok(()),
                    Ok(_) => {}
                    Err(error) => break Err(error.into()),
                }
                let (command, argument) = match line.trim().strip_prefix('/') {
                    Some(command) => command.split_once(' ').unwrap_or((command, "")),
                    None => ("say", line.trim()),
                };
                match command {
                    "say" if argument.is_empty() => {}
                    "say" | "me" => {
                        said += 1;
                        let heard = self.broadcast(&name, argument).await;
                        io.write_all(format!("heard by {heard}\n").as_bytes()).await?;
                    }
                    "kick" => {
                        if self.members.lock().await.remove(argument).is_some() {
                            break Err(ChatError::Kicked { by: name.clone() });
                        }
                    }
                    "quit" => break Ok(()),
                    other => io.write_all(format!("no command {other}\n").as_bytes()).await?,
                }
            };
            self.members.lock().await.remove(&name);
            result.map(|()| (format!("{name}: {}", io.get_ref().sent().replace('\n', "|")), said))
        }
    }

    #[desugar]
    pub async fn one_chatter(io: BufReader<Wire>) -> (Result<(String, u32), ChatError>, Vec<String>) {
        let (bob, mut heard) = channel([]);
        let room = Room { members: Lock::new(BTreeMap::from([("bob".to_string(), bob)])) };
        let result = room.session(io).await;
        drop(room);
        let mut lines = vec![];
        while let Some(line) = heard.recv().await {
            lines.push(line);
        }
        (result, lines)
    }

    /// Sends requests all at once, and gives each answer to the request with its id.
    #[desugar]
    pub async fn correlate(
        requests: &[(u32, &str)],
        answers: &mut Receiver<(u32, D)>,
    ) -> Result<Vec<(String, D)>, Vec<u32>> {
        let mut open: BTreeMap<u32, &str> = requests.iter().copied().collect();
        let mut late = 0;
        let mut done = Vec::with_capacity(open.len());
        while !open.is_empty() {
            let Ok(answer) = timeout(Duration::from_millis(40), answers.recv()).await else {
                break;
            };
            let Some((id, body)) = answer else { break };
            match open.remove(&id) {
                Some(question) => done.push((question.to_string(), body)),
                None if late < 1 => late += 1,
                None => return Err(vec![id]),
            }
        }
        if open.is_empty() { Ok(done) } else { Err(open.into_keys().collect()) }
    }

    /// Who is there: joins and leaves in one text, with a pause so that many come together.
    #[desugar]
    pub async fn presence(mut events: Receiver<(&'static str, bool)>) -> Vec<String> {
        let mut present = BTreeSet::new();
        let mut texts = vec![];
        while let Some(first) = events.recv().await {
            sleep(Duration::from_millis(100)).await;
            let mut text = String::new();
            let mut next = Some(first);
            while let Some((name, joins)) = next.take() {
                let changed = if joins { present.insert(name) } else { present.remove(name) };
                if changed {
                    let _ = write!(text, "{}{name} ", if joins { '+' } else { '-' });
                }
                if text.len() < 6 {
                    next = events.try_recv();
                }
            }
            texts.push(format!("{text}({})", present.len()));
        }
        texts
    }
}

#[test]
fn a_broker() {
    compare_modules!(spawned(news()));
}

#[test]
fn acknowledgements() {
    let queue = || VecDeque::from([envelope(1, "a"), envelope(2, "b")]);
    let after = Duration::from_millis(5);
    compare_modules!(
        sendable(consume_all(queue(), |_| value("handle", Verdict::Ack), 2)),
        sendable(consume_all(
            queue(),
            |m| value("handle", if m.id == 1 { Verdict::Retry { after } } else { Verdict::Reject }),
            2
        )),
        sendable(consume_all(queue(), |_| value("handle", Verdict::Retry { after: Duration::ZERO }), 1)),
    );
}

#[test]
fn a_replay() {
    let log = || [envelope(1, "a"), envelope(2, "_internal"), envelope(3, "c"), envelope(4, "d")];
    let stop = |id| {
        move |message: &Envelope| if message.id == id { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    compare_modules!(
        sendable(replay(&log(), 0..9, 2, stop(9))),
        sendable(replay(&log(), 1..4, 1, stop(4))),
        sendable(replay(&log(), 4..9, 1, stop(4))),
    );
}

#[test]
fn a_chat() {
    compare_modules!(
        sendable(one_chatter(chat(&["ada\n", "hello\n/me waves\n", "/dance\n"]))),
        sendable(one_chatter(chat(&["ada\n\n/kick bob\n"]))),
        sendable(one_chatter(chat(&["bob\n"]))),
        sendable(one_chatter(chat(&["ada\n/quit\n"]))),
        sendable(one_chatter(chat(&["ada\n", "!reset"]))),
    );
}

#[test]
fn answers_by_correlation() {
    let requests = [(1, "one"), (2, "two")];
    compare_modules!(
        sendable(correlate(&requests, &mut mailbox([(2, D("2")), (5, D("5")), (1, D("1"))]))),
        sendable(correlate(&requests, &mut mailbox([(2, D("2"))]))),
        sendable(correlate(&requests, &mut mailbox([(3, D("3")), (4, D("4"))]))),
    );
}

#[test]
fn who_is_there() {
    compare_modules!(
        spawned(presence(mailbox([("ada", true), ("bob", true), ("bob", true), ("ada", false)]))),
        spawned(presence(mailbox([]))),
    );
}
