//! Desugared futures under the executors that people use, and futures of other crates in our pools.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use desugar::{LocalPool, ThreadPool, desugar};
use futures::{
    SinkExt, Stream, StreamExt,
    channel::mpsc,
    stream,
    task::{LocalSpawn, LocalSpawnExt, Spawn, SpawnExt},
};

/// Adds up what comes, and says so to another channel.
#[desugar]
async fn adds_up(mut numbers: mpsc::Receiver<u32>, mut sums: mpsc::Sender<u32>) -> u32 {
    let mut sum = 0;
    while let Some(number) = numbers.next().await {
        sum += number;
        sums.send(sum).await.expect("somebody listens");
    }
    sum
}

#[desugar]
async fn sends(mut numbers: mpsc::Sender<u32>) {
    for number in 1..=5 {
        numbers.send(number).await.expect("somebody listens");
    }
}

/// What the two above do together.
#[desugar]
async fn sums(spawn: impl Fn(mpsc::Sender<u32>, mpsc::Receiver<u32>, mpsc::Sender<u32>)) -> Vec<u32> {
    let ((to, numbers), (sums, from)) = (mpsc::channel(0), mpsc::channel(0));
    spawn(to, numbers, sums);
    from.collect().await
}

const SUMS: [u32; 5] = [1, 3, 6, 10, 15];

/// Consumes a stream in a desugared function, pinned there.
#[desugar]
async fn longest<S: Stream<Item = &'static str>>(words: S) -> usize {
    let mut words = std::pin::pin!(words);
    let mut longest = 0;
    while let Some(word) = words.next().await {
        longest = longest.max(word.len());
    }
    longest
}

#[desugar]
async fn drains<S: Stream<Item = u32> + Unpin>(mut stream: S) -> u32 {
    let mut sum = 0;
    while let Some(number) = stream.next().await {
        sum += number;
    }
    sum
}

#[test]
fn a_stream_in_a_desugared_function() {
    let words = stream::iter(["a", "abc", "ab"]).then(async |word| {
        desugar::yield_now().await;
        word
    });
    assert_eq!(desugar::block_on(longest(words)), 3);
    assert_eq!(desugar::block_on(drains(stream::iter(1..=4).filter(|n| std::future::ready(n % 2 == 0)))), 6);
}

#[test]
fn under_the_local_pool_of_futures() {
    let mut pool = futures::executor::LocalPool::new();
    let spawner = pool.spawner();
    let future = sums(|to, numbers, sums| {
        spawner.spawn_local(sends(to)).unwrap();
        let adds_up = adds_up(numbers, sums);
        spawner.spawn_local(async { assert_eq!(adds_up.await, 15) }).unwrap();
    });
    assert_eq!(pool.run_until(future), SUMS);
}

#[test]
fn under_the_thread_pool_of_futures() {
    let pool = futures::executor::ThreadPool::builder().pool_size(2).create().unwrap();
    let future = sums(move |to, numbers, sums| {
        pool.spawn(sends(to)).unwrap();
        let adds_up = adds_up(numbers, sums);
        pool.spawn(async { assert_eq!(adds_up.await, 15) }).unwrap();
    });
    assert_eq!(futures::executor::block_on(future), SUMS);
}

/// Spawns by the traits of `futures`, on a pool of ours.
fn by_the_traits(spawner: impl LocalSpawn + 'static) -> impl Future<Output = Vec<u32>> {
    sums(move |to, numbers, sums| {
        let handle = spawner.spawn_local_with_handle(adds_up(numbers, sums)).unwrap();
        spawner.spawn_local(sends(to)).unwrap();
        spawner.spawn_local(async { assert_eq!(handle.await, 15) }).unwrap();
    })
}

#[test]
fn our_local_pool_by_the_traits_of_futures() {
    let pool = LocalPool::new();
    assert_eq!(pool.run_until(by_the_traits(pool.spawner())), SUMS);
    let spawner = pool.spawner();
    let handle = spawner.spawn_with_handle(async { 1 }).unwrap();
    assert_eq!(pool.run_until(handle), 1);
    drop(pool);
    assert!(Spawn::status(&spawner).is_err());
    assert!(spawner.spawn_local(async {}).unwrap_err().is_shutdown());
}

/// The same, on several threads.
fn by_the_trait(spawner: impl Spawn + 'static) -> impl Future<Output = Vec<u32>> {
    sums(move |to, numbers, sums| {
        let handle = spawner.spawn_with_handle(adds_up(numbers, sums)).unwrap();
        spawner.spawn(sends(to)).unwrap();
        spawner.spawn(async { assert_eq!(handle.await, 15) }).unwrap();
    })
}

#[test]
fn our_thread_pool_by_the_traits_of_futures() {
    let pool = ThreadPool::new(2);
    assert_eq!(pool.run_until(by_the_trait(pool.spawner())), SUMS);
    let spawner = pool.spawner();
    drop(pool);
    assert!(SpawnExt::spawn(&spawner, async {}).unwrap_err().is_shutdown());
}

/// Talks over a real socket, with whatever reads and writes.
macro_rules! talk {
    ($listener:ty, $stream:ty, $read:path, $write:path) => {
        use $read as _;
        use $write as _;

        /// Sends one line back in capitals.
        #[desugar]
        pub(super) async fn answer(listener: $listener) -> io::Result<()> {
            let (mut stream, _) = listener.accept().await?;
            let mut buffer = [0; 64];
            loop {
                let read = stream.read(&mut buffer).await?;
                if read == 0 {
                    return Ok(());
                }
                buffer[..read].make_ascii_uppercase();
                stream.write_all(&buffer[..read]).await?;
            }
        }

        #[desugar]
        pub(super) async fn ask(address: std::net::SocketAddr, text: &str) -> io::Result<String> {
            let mut stream = <$stream>::connect(address).await?;
            let mut answer = vec![0; text.len()];
            for (index, byte) in text.bytes().enumerate() {
                stream.write_all(&[byte]).await?;
                stream.read_exact(&mut answer[index..=index]).await?;
            }
            Ok(String::from_utf8(answer).expect("it was text"))
        }
    };
}

mod on_tokio {
    use super::*;

    talk!(tokio::net::TcpListener, tokio::net::TcpStream, tokio::io::AsyncReadExt, tokio::io::AsyncWriteExt);

    #[desugar]
    pub(super) async fn conversation() -> io::Result<String> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let answers = tokio::spawn(answer(listener));
        let text = ask(address, "over a socket").await?;
        answers.await??;
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(text)
    }
}

#[test]
fn under_tokio_on_one_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(on_tokio::conversation()).unwrap(), "OVER A SOCKET");
}

#[test]
fn under_tokio_on_two_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let task = runtime.spawn(on_tokio::conversation());
    assert_eq!(runtime.block_on(task).unwrap().unwrap(), "OVER A SOCKET");
}

mod on_smol {
    use super::*;

    talk!(smol::net::TcpListener, smol::net::TcpStream, smol::io::AsyncReadExt, smol::io::AsyncWriteExt);

    /// The reactor of smol has a thread of its own, so its sockets work in any executor.
    #[desugar]
    pub(super) async fn conversation(spawn: impl Fn(smol::net::TcpListener)) -> io::Result<String> {
        let listener = smol::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        spawn(listener);
        let text = ask(address, "over a socket").await?;
        smol::Timer::after(Duration::from_millis(1)).await;
        Ok(text)
    }
}

#[test]
fn under_smol() {
    let conversation = on_smol::conversation(|listener| {
        let answer = on_smol::answer(listener);
        smol::spawn(async { answer.await.unwrap() }).detach();
    });
    assert_eq!(smol::block_on(conversation).unwrap(), "OVER A SOCKET");
}

#[test]
fn sockets_of_smol_in_our_local_pool() {
    let pool = LocalPool::new();
    let spawner = pool.spawner();
    let conversation = on_smol::conversation(move |listener| {
        let answer = on_smol::answer(listener);
        spawner.spawn(async { answer.await.unwrap() }).detach();
    });
    assert_eq!(pool.run_until(conversation).unwrap(), "OVER A SOCKET");
    pool.run();
}

#[test]
fn sockets_of_smol_in_our_thread_pool() {
    let pool = ThreadPool::new(2);
    let (spawner, answered) = (pool.spawner(), Arc::new(AtomicU32::new(0)));
    let counted = answered.clone();
    let task = pool.spawn(on_smol::conversation(move |listener| {
        let (answer, counted) = (on_smol::answer(listener), counted.clone());
        let counting = async move {
            answer.await.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
        };
        spawner.spawn(counting).detach();
    }));
    assert_eq!(pool.run_until(task).unwrap().unwrap(), "OVER A SOCKET");
    pool.run();
    assert_eq!(answered.load(Ordering::Relaxed), 1);
}

#[test]
fn desugared_functions_in_our_pools_and_in_simulated_time() {
    #[desugar]
    async fn naps(count: u32) -> u128 {
        for _ in 0..count {
            desugar::time::sleep(Duration::from_nanos(7)).await;
        }
        desugar::time::now().since_start().as_nanos()
    }

    let sim = desugar::sim::Sim::new(0);
    let other = sim.spawn(naps(5));
    assert_eq!(sim.run_until(naps(3)), Ok(21));
    assert_eq!(sim.run_until(other).unwrap().unwrap(), 35);
    assert!(LocalPool::new().run_until(naps(2)) >= 14);
    let pool = ThreadPool::new(1);
    assert!(pool.run_until(pool.spawn(naps(2))).unwrap() >= 14);
}
