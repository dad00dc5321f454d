//! Streams and sinks of the crate `futures`: batches, windows, merges, reconnections, adapters by hand.

use crate::support::{streams::*, time::*, *};
use futures::{Sink, SinkExt, Stream, StreamExt, TryStreamExt, stream::FusedStream};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Debug,
    future::poll_fn,
    ops::ControlFlow,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

#[derive(Debug, PartialEq)]
pub enum StreamError {
    TooMuch { limit: usize },
    Source(String),
    Sink(Full),
}

impl From<Full> for StreamError {
    fn from(full: Full) -> Self {
        StreamError::Sink(full)
    }
}

impl From<String> for StreamError {
    fn from(text: String) -> Self {
        StreamError::Source(text)
    }
}

fn lines(name: &'static str, lines: &[&'static str]) -> Items<Result<&'static str, String>> {
    items(
        name,
        lines.iter().map(|&line| if line == "!" { Err("broken".to_string()) } else { Ok(line) }).collect::<Vec<_>>(),
    )
}

twice! {
    /// Batches of at most so many items, earlier if the next one takes too long.
    #[desugar]
    pub async fn batches<S>(mut stream: S, size: usize, patience: Duration) -> Vec<Vec<S::Item>>
    where
        S: Stream + Unpin,
        S::Item: Debug,
    {
        let mut all = Vec::new();
        let mut batch = Vec::with_capacity(size);
        loop {
            match timeout(patience, stream.next()).await {
                Ok(Some(item)) => {
                    batch.push(item);
                    if batch.len() < size {
                        continue;
                    }
                }
                Ok(None) if batch.is_empty() => break all,
                Ok(None) => {
                    all.push(batch);
                    break all;
                }
                Err(Elapsed) if batch.is_empty() => continue,
                Err(Elapsed) => debug!("early: {batch:?}"),
            }
            all.push(std::mem::replace(&mut batch, Vec::with_capacity(size)));
        }
    }

    /// Means over the last few numbers.
    #[desugar]
    pub async fn moving_average(stream: impl Stream<Item = f64> + Send, window: usize) -> Vec<f64> {
        let mut stream = Box::pin(stream);
        let mut last: VecDeque<f64> = VecDeque::new();
        let mut means = Vec::new();
        while let Some(n) = stream.next().await {
            if last.len() == window {
                last.pop_front();
            }
            last.push_back(n);
            let mean = last.iter().sum::<f64>() / last.len() as f64;
            means.push((mean * 100.0).round() / 100.0);
        }
        means
    }

    /// Two sorted streams as one.
    #[desugar]
    pub async fn merge_sorted<T, A, B>(mut a: A, mut b: B) -> Vec<T>
    where
        T: Ord,
        A: Stream<Item = T> + Unpin,
        B: Stream<Item = T> + Unpin,
    {
        let mut out = vec![];
        let (mut left, mut right) = (a.next().await, b.next().await);
        loop {
            match (left, right) {
                (Some(l), Some(r)) if l <= r => {
                    out.push(l);
                    (left, right) = (a.next().await, Some(r));
                }
                (l, Some(r)) => {
                    out.push(r);
                    (left, right) = (l, b.next().await);
                }
                (Some(l), None) => {
                    out.push(l);
                    left = a.next().await;
                    right = None;
                }
                (None, None) => return out,
            }
        }
    }

    /// The first item of each run of equal keys.
    #[desugar]
    pub async fn dedup_by_key<S, K, F>(stream: S, mut key: F) -> Vec<S::Item>
    where
        S: Stream,
        F: FnMut(&S::Item) -> K,
        K: PartialEq,
    {
        let mut stream = pin!(stream);
        let mut out = vec![];
        let mut last = None;
        while let Some(item) = stream.next().await {
            let this = Some(key(&item));
            if this != last {
                out.push(item);
                last = this;
            }
        }
        out
    }

    /// The same with the macro of tokio.
    #[desugar]
    pub async fn count_where<S: Stream>(stream: S, test: impl Fn(&S::Item) -> bool) -> usize {
        tokio::pin!(stream);
        let mut count = 0;
        while let Some(item) = stream.as_mut().next().await {
            count += usize::from(test(&item));
        }
        count
    }

    /// From the source to the sink, at most so many, and nothing after an error.
    #[desugar]
    pub async fn forward<S, K, T>(source: &mut S, sink: &mut K, limit: usize) -> Result<usize, StreamError>
    where
        S: Stream<Item = Result<T, String>> + Unpin,
        K: Sink<T> + Unpin,
        StreamError: From<K::Error>,
    {
        let mut count = 0;
        while let Some(item) = source.try_next().await? {
            if count == limit {
                sink.close().await?;
                return Err(StreamError::TooMuch { limit });
            }
            sink.feed(item).await?;
            count += 1;
        }
        sink.flush().await?;
        Ok(count)
    }

    #[cfg(feature = "pending")] // A part moved out of a variable, in the tail.
    #[desugar]
    pub async fn forward_lines(
        mut source: Items<Result<&'static str, String>>,
        room: usize,
    ) -> (Result<usize, StreamError>, Vec<&'static str>) {
        let mut sink = drain(room);
        let result = forward(&mut source, &mut sink, 3).await;
        (result, sink.taken)
    }

    /// Items from one connection after the other; begins where the last one broke.
    #[desugar]
    pub async fn reconnecting<C, S>(connect: C, max_breaks: u32) -> Result<Vec<String>, (usize, StreamError)>
    where
        C: AsyncFn(usize) -> Option<S>,
        S: Stream<Item = Result<&'static str, String>> + Unpin,
    {
        let mut seen = vec![];
        let mut breaks = 0;
        'connections: while let Some(mut stream) = connect(seen.len()).await {
            loop {
                match stream.next().await {
                    Some(Ok("end")) => break 'connections,
                    Some(Ok(text)) => seen.push(format!("{text}@{breaks}")),
                    Some(Err(error)) if breaks >= max_breaks => return Err((seen.len(), error.into())),
                    Some(Err(error)) => {
                        breaks += 1;
                        warn!("{error} after {} items", seen.len());
                        sleep(Duration::from_secs(1) * breaks).await;
                        continue 'connections;
                    }
                    None => continue 'connections,
                }
            }
        }
        Ok(seen)
    }

    #[desugar]
    async fn connect(from: usize) -> Option<Items<Result<&'static str, String>>> {
        pause("connect").await;
        match from {
            0 => Some(lines("first", &["a", "b", "!"])),
            2 => Some(lines("second", &["c", "end", "never"])),
            _ => None,
        }
    }

    #[desugar]
    pub async fn from_connections(max_breaks: u32) -> Result<Vec<String>, (usize, StreamError)> {
        reconnecting(connect, max_breaks).await
    }

    /// A stream of the sums of pairs, polled by hand.
    pub struct Pairs<S: Stream> {
        inner: Pin<Box<S>>,
        half: Option<S::Item>,
        count: usize,
    }

    impl<S> Pairs<S>
    where
        S: Stream,
        S::Item: std::ops::Add<Output = S::Item> + Unpin,
    {
        fn poll_pair(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
            let this = self.get_mut();
            loop {
                match (ready!(this.inner.as_mut().poll_next(cx)), this.half.take()) {
                    (Some(second), Some(first)) => {
                        this.count += 1;
                        return Poll::Ready(Some(first + second));
                    }
                    (Some(first), None) => this.half = Some(first),
                    (None, _) => return Poll::Ready(None),
                }
            }
        }

        /// The next sum, and which one it is.
        #[desugar]
        pub async fn next_pair(mut self: Pin<&mut Self>) -> Option<(usize, S::Item)> {
            let sum = poll_fn(|cx| self.as_mut().poll_pair(cx)).await?;
            Some((self.count, sum))
        }
    }

    #[desugar]
    pub async fn sums(numbers: &[u32]) -> Vec<(usize, u32)> {
        let mut pairs = Box::pin(Pairs { inner: Box::pin(items("numbers", numbers.to_vec())), half: None, count: 0 });
        let mut sums = vec![];
        while let Some(pair @ (_, 0..100)) = pairs.as_mut().next_pair().await {
            sums.push(pair);
        }
        sums
    }

    /// Runs something for each item, until it says that it is enough.
    #[desugar]
    pub async fn try_each<S, B, F>(stream: S, mut each: F) -> ControlFlow<B, usize>
    where
        S: Stream + Unpin,
        F: AsyncFnMut(usize, S::Item) -> ControlFlow<B>,
    {
        let mut stream = stream.enumerate().fuse();
        let mut count = 0;
        while !stream.is_terminated() {
            let Some((index, item)) = stream.next().await else { break };
            match each(index, item).await {
                ControlFlow::Continue(()) => count += 1,
                ControlFlow::Break(value) => return ControlFlow::Break(value),
            }
        }
        ControlFlow::Continue(count)
    }

    #[desugar]
    async fn until_large(index: usize, n: u32) -> ControlFlow<(usize, u32)> {
        let n = value("n", n).await;
        if n > 9 { ControlFlow::Break((index, n)) } else { ControlFlow::Continue(()) }
    }

    #[desugar]
    pub async fn first_large(numbers: Vec<u32>) -> Result<usize, (usize, u32)> {
        match try_each(items("numbers", numbers), until_large).await {
            ControlFlow::Continue(count) => Ok(count),
            ControlFlow::Break(found) => Err(found),
        }
    }

    /// Counts words of texts that come in pieces, which may end within a word.
    #[desugar]
    pub async fn count_words(mut pieces: impl Stream<Item = String> + Unpin + Send) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let mut open = String::new();
        let mut count = |word: &str| {
            if !word.is_empty() {
                *counts.entry(word.to_lowercase()).or_insert(0) += 1;
            }
        };
        while let Some(piece) = pieces.next().await {
            open.push_str(&piece);
            if let Some(end) = open.rfind(char::is_whitespace) {
                let rest = open.split_off(end + 1);
                open.split_whitespace().for_each(&mut count);
                open = rest;
            }
        }
        count(&open);
        counts
    }
}

#[test]
fn batches_by_size_and_time() {
    compare_modules!(
        sendable(batches(items("s", 1..=5), 2, Duration::from_secs(1))),
        sendable(batches(items("s", 1..=2), 2, Duration::from_millis(10))),
    );
}

#[test]
fn averages() {
    compare_modules!(sendable(moving_average(items("s", [1.0, 2.0, 4.0, 8.0]), 3)));
}

#[test]
fn merges() {
    compare_modules!(
        sendable(merge_sorted(items("a", [1, 4]), items("b", [2, 3]))),
        sendable(merge_sorted(items("a", ["x"]), items("b", []))),
    );
}

#[test]
fn runs_of_equal_keys() {
    compare_modules!(sendable(dedup_by_key(items("s", ["a", "A", "b"]), |text| text.to_lowercase())));
}

#[test]
fn counts() {
    compare_modules!(sendable(count_where(items("s", 1..=4), |n| n % 2 == 0)));
}

#[test]
#[cfg(feature = "pending")] // A part moved out of a variable, in the tail.
fn from_a_stream_to_a_sink() {
    compare_modules!(
        spawned(forward_lines(lines("s", &["a", "b"]), 9)),
        spawned(forward_lines(lines("s", &["a", "!", "b"]), 9)),
        spawned(forward_lines(lines("s", &["a", "b", "c", "d"]), 9)),
        spawned(forward_lines(lines("s", &["a", "b"]), 1)),
    );
}

#[test]
fn reconnections() {
    compare_modules!(from_connections(1), from_connections(0));
}

#[test]
fn pairs_by_hand() {
    compare_modules!(sendable(sums(&[1, 2, 3, 4, 5])), sendable(sums(&[99, 2, 3, 4])));
}

#[test]
fn until_it_is_enough() {
    compare_modules!(first_large(vec![1, 12, 3]), first_large(vec![1, 2]));
}

#[test]
fn words_in_pieces() {
    compare_modules!(sendable(count_words(items("s", ["one tw", "o One", " two"].map(String::from)))));
}
