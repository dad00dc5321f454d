//! What is warned of by default has nothing to say.

#![deny(warnings)]

use std::pin::{Pin, pin};

use desugar::desugar;

async fn event() -> u32 {
    std::future::ready(1).await
}

async fn read(buffer: &mut [u8]) -> Result<usize, std::fmt::Error> {
    std::future::ready(Ok(buffer.len())).await
}

/// Straight.
#[desugar]
pub async fn sum(a: u32, b: u32) -> u32 {
    let first = event().await;
    let second = event().await;
    a + b + first + second
}

/// Borrows.
#[desugar]
pub async fn copy(source: &mut [u8], sink: &mut Vec<u8>) -> Result<usize, std::fmt::Error> {
    let mut buffer = [0; 16];
    let mut total = 0;
    loop {
        let n = read(&mut buffer).await?;
        if n == 0 || total > source.len() {
            break;
        }
        sink.extend_from_slice(&buffer[..n]);
        total += n;
        event().await;
    }
    Ok(total)
}

/// Moves and drops.
#[desugar]
pub async fn moves(text: String, flag: bool) -> usize {
    let kept = String::from("kept");
    if flag {
        drop(text);
        event().await;
    } else {
        println!("{text}");
    }
    event().await;
    kept.len()
}

/// Matches.
#[desugar]
pub async fn matches(value: Option<String>) -> Option<usize> {
    let n = match value {
        Some(text) if text.is_empty() => event().await as usize,
        Some(text) => {
            event().await;
            text.len()
        }
        None => return None,
    };
    for i in 0..n {
        let Some(left) = n.checked_sub(i) else { continue };
        event().await;
        println!("{left} {n}");
    }
    while event().await > 3 {
        event().await;
    }
    Some(n)
}

/// Generic.
#[desugar]
pub async fn generic<T: Clone + Send, F: Fn(&T) -> u32>(value: &T, function: F) -> (T, u32) {
    let copy = value.clone();
    let n = event().await;
    (copy, function(value) + n)
}

/// A receiver.
pub struct Client {
    retries: u32,
}

impl Client {
    /// By reference.
    #[desugar]
    pub async fn fetch(&self, path: &str) -> String {
        for _ in 0..self.retries {
            if event().await == 0 {
                break;
            }
        }
        format!("{path} {}", self.retries)
    }

    /// By mutable reference.
    #[desugar]
    pub async fn count(&mut self) -> &u32 {
        event().await;
        self.retries += event().await;
        &self.retries
    }

    /// By value.
    #[desugar]
    pub async fn close(self) {
        event().await;
        drop(self);
    }
}

/// A trait's method.
pub trait Service {
    /// Call.
    fn call(&mut self, request: u32) -> impl Future<Output = u32> + Send;
}

impl Service for Client {
    #[desugar]
    async fn call(&mut self, request: u32) -> u32 {
        let before = self.retries;
        self.retries += event().await;
        event().await;
        before + request
    }
}

/// Closures.
#[desugar]
pub async fn closures(list: Vec<u32>) -> u32 {
    let factor = event().await;
    let scaled: Vec<u32> = list.iter().map(|n| n * factor).collect();
    event().await;
    scaled.iter().sum::<u32>() + factor
}

/// Expressions.
#[desugar]
pub async fn expressions(list: &[u32]) -> Result<u32, std::num::ParseIntError> {
    let total = list[0] + event().await + event().await * 2;
    let parsed: u32 = "1".parse()?;
    let both = (event().await, event().await);
    let label = if event().await > 1 && event().await > 2 { "a" } else { "b" };
    println!("{label} {both:?} {}", event().await);
    assert_eq!(event().await, 1, "one");
    Ok(total + parsed)
}

/// Async blocks, and parentheses around what is awaited.
#[desugar]
pub async fn blocks(mut list: Vec<u32>) -> usize {
    let mut future = std::future::ready(1);
    let n = (&mut future).await;
    let counted = async {
        list.push(event().await + n);
        list.len()
    };
    let count = counted.await;
    async move { list.len() + count }.await
}

/// In a function that is no future.
#[desugar]
pub fn boxed(list: &mut Vec<u32>) -> std::pin::Pin<Box<dyn Future<Output = usize> + '_>> {
    Box::pin(async move {
        list.push(event().await);
        list.len()
    })
}

/// Pins.
#[desugar]
pub async fn pins() -> u32 {
    let mut first = pin!(event());
    let n = twice(pin!(event())).await;
    event().await + first.as_mut().await + n
}

async fn twice(first: Pin<&mut impl Future<Output = u32>>) -> u32 {
    2 * first.await
}

fn main() {
    drop((blocks(Vec::new()), boxed(&mut Vec::new())));
    drop((sum(1, 2), pins(), matches(None), closures(Vec::new()), expressions(&[1]), moves(String::new(), true)));
    let mut client = Client { retries: 1 };
    drop(client.call(1));
    drop(client.count());
    drop(client.fetch("/"));
    drop(copy(&mut [], &mut Vec::new()));
    drop(generic(&1, |n| *n));
    drop(client.close());
}
