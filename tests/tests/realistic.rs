//! Bodies as they stand in applications: several features at once.

#![allow(unused, clippy::all, reason = "bodies show behaviour, in both copies; what is unused is there to be dropped")]

use desugar_tests::*;
use std::{
    collections::{HashMap, VecDeque},
    fmt::Write as _,
};

#[derive(Debug)]
enum Error {
    Closed,
    Refused(String),
    Number(std::num::ParseIntError),
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Error::Refused(text)
    }
}

impl From<std::num::ParseIntError> for Error {
    fn from(error: std::num::ParseIntError) -> Self {
        Error::Number(error)
    }
}

#[test]
fn retry_with_backoff() {
    compare! {
        body(1, 3), body(3, 2);

        async fn attempt(n: u32, succeeds_at: u32) -> Result<D, String> {
            let _socket = D(format!("socket {n}"));
            pause("connect").await;
            if n >= succeeds_at { Ok(D("connection")) } else { Err(format!("attempt {n}")) }
        }

        #[desugar]
        async fn body(succeeds_at: u32, limit: u32) -> Result<D, String> {
            let mut tries = 0;
            let mut delay = 1;
            loop {
                match attempt(tries, succeeds_at).await {
                    Ok(connection) => return Ok(connection),
                    Err(error) if tries + 1 >= limit => return Err(error),
                    Err(error) => {
                        tick(&error);
                        pauses("sleep", delay).await;
                        delay = (delay * 2).min(2);
                        tries += 1;
                    }
                }
            }
        }
    }
}

#[test]
fn line_reader() {
    compare! {
        body(Source::new("ab\nc\n", 3)), body(Source::new("tail", 2));

        #[desugar]
        async fn body(mut source: Source) -> Vec<String> {
            let mut lines = Vec::new();
            let mut pending = Vec::new();
            let mut buffer = [0u8; 4];
            loop {
                let n = source.read(&mut buffer).await;
                if n == 0 {
                    break;
                }
                for &byte in &buffer[..n] {
                    if byte == b'\n' {
                        lines.push(String::from_utf8(std::mem::take(&mut pending)).unwrap());
                    } else {
                        pending.push(byte);
                    }
                }
            }
            if !pending.is_empty() {
                lines.push(String::from_utf8_lossy(&pending).into_owned());
            }
            lines
        }
    }
}

#[test]
fn request_with_headers_and_body() {
    compare! {
        body(&mut Sink::default(), "/path", &[("a", "1"), ("b", "2")], Some("body")),
        body(&mut Sink::default(), "/path", &[("bad", "!")], None);

        #[desugar]
        async fn body(sink: &mut Sink, path: &str, headers: &[(&str, &str)], content: Option<&str>) -> Result<usize, Error> {
            let mut total = 0;
            let mut line = String::new();
            let _ = write!(line, "GET {path}");
            total += sink.write(line.as_bytes()).await?;
            for (name, value) in headers {
                line.clear();
                let _ = write!(line, "{name}: {value}");
                total += sink.write(line.as_bytes()).await?;
            }
            if let Some(content) = content {
                let length = content.len();
                total += sink.write(format!("length {length}").as_bytes()).await?;
                total += sink.write(content.as_bytes()).await?;
            }
            Ok(total)
        }
    }
}

#[test]
fn cache_in_front_of_a_fetch() {
    compare! {
        run();

        struct Cache {
            entries: HashMap<String, usize>,
            hits: u32,
        }

        impl Cache {
            #[desugar]
            async fn get(&mut self, key: &str) -> Result<usize, Error> {
                if let Some(n) = self.entries.get(key) {
                    self.hits += 1;
                    return Ok(*n);
                }
                let d = fetch(key).await;
                if d.name().is_empty() {
                    return Err(Error::Closed);
                }
                let n = d.peek().await;
                self.entries.insert(key.to_owned(), n);
                Ok(n)
            }
        }

        #[desugar]
        async fn run() -> (Vec<Result<usize, Error>>, u32) {
            let mut cache = Cache { entries: HashMap::new(), hits: 0 };
            let mut out = vec![];
            for key in ["a", "a", ""] {
                out.push(cache.get(key).await);
            }
            (out, cache.hits)
        }
    }
}

#[test]
fn work_queue() {
    compare! {
        body();

        enum Job {
            Print(D),
            Split(Vec<D>),
            Stop,
        }

        #[desugar]
        async fn body() -> usize {
            let mut queue = VecDeque::from([Job::Split(vec![D("a"), D("b")]), Job::Stop, Job::Print(D("never"))]);
            let mut done = 0;
            while let Some(job) = queue.pop_front() {
                match job {
                    Job::Print(d) => {
                        show(&d).await;
                        done += 1;
                    }
                    Job::Split(list) => {
                        for d in list {
                            pause("split").await;
                            queue.push_front(Job::Print(d));
                        }
                    }
                    Job::Stop => break,
                }
            }
            done
        }
    }
}

#[test]
fn shared_state_behind_a_mutex() {
    compare! {
        body();

        #[desugar]
        async fn body() -> (usize, u32) {
            let state = std::rc::Rc::new(Mutex::new(HashMap::new()));
            for key in ["a", "b", "a"] {
                let state = state.clone();
                let mut guard = state.lock().await;
                let count = guard.entry(key).or_insert(0u32);
                *count += 1;
                if *count == 2 {
                    drop(guard);
                    pause("twice").await;
                }
            }
            let guard = state.lock().await;
            (guard.len(), guard.values().sum())
        }
    }
}

#[test]
fn transaction_rolled_back_by_its_drop() {
    compare! {
        run(true), run(false);

        struct Transaction<'a> {
            log: &'a mut Vec<String>,
            committed: bool,
        }

        impl Drop for Transaction<'_> {
            fn drop(&mut self) {
                tick(if self.committed { "committed" } else { "rolled back" });
            }
        }

        impl<'a> Transaction<'a> {
            #[desugar]
            async fn begin(log: &'a mut Vec<String>) -> Transaction<'a> {
                pause("begin").await;
                Transaction { log, committed: false }
            }

            #[desugar]
            async fn execute(&mut self, text: &str) -> Result<(), String> {
                self.log.push(text.to_string());
                if text == "bad" { failing("execute").await } else { success("execute", ()).await }
            }

            #[desugar]
            async fn commit(mut self) {
                pause("commit").await;
                self.committed = true;
            }
        }

        #[desugar]
        async fn run(fails: bool) -> Result<usize, String> {
            let mut log = Vec::new();
            let mut transaction = Transaction::begin(&mut log).await;
            transaction.execute("first").await?;
            transaction.execute(if fails { "bad" } else { "good" }).await?;
            transaction.commit().await;
            Ok(log.len())
        }
    }
}

#[test]
fn parse_a_list_of_numbers() {
    compare! {
        body("1,2,3"), body("1,x"), body("");

        #[desugar]
        async fn body(text: &str) -> Result<u32, Error> {
            let mut sum = 0;
            for (i, word) in text.split(',').enumerate().filter(|(_, word)| !word.is_empty()) {
                let n = parse(word).await?;
                sum += n * (i as u32 + 1);
            }
            match sum {
                0 => Err(Error::Closed),
                sum => Ok(sum),
            }
        }
    }
}
