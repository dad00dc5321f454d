//! The key-value server of `src/kv`, native and desugared: the same answers, the same shutdown, the same errors.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use desugar_examples::kv::Store;
use desugar_examples::kv::tasks::{Limits, Outcome, Served, desugared, native};
use desugar_examples::kv::workload::{Exchange, Workload};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits { tick: Duration::from_millis(5), silence: Duration::from_secs(10) };

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn two_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn assert_equal_to_the_model(runtime: Runtime, seed: u64) {
    let workload = Workload::generate(seed, 8, 10_000);
    let native = runtime.block_on(native::exercise(workload.scripts.clone(), LIMITS)).unwrap();
    let desugared = runtime.block_on(desugared::exercise(workload.scripts.clone(), LIMITS)).unwrap();
    assert_eq!(native, desugared);

    let expected = workload.scripts.into_iter().map(|script| script.into_iter().map(|exchange| exchange.expected));
    let model = Outcome {
        answers: expected.map(Iterator::collect).collect(),
        served: Served { completed: 8, failed: 0, lines: 10_000 },
        map: workload.map,
    };
    assert_eq!(desugared, model);
}

#[test]
fn ten_thousand_answers_are_those_of_a_map() {
    assert_equal_to_the_model(two_threads(), 1);
}

#[test]
fn ten_thousand_answers_are_those_of_a_map_on_one_thread() {
    assert_equal_to_the_model(one_thread(), 2);
}

#[test]
fn a_workload_has_every_kind_of_answer_and_is_the_same_again() {
    let workload = Workload::generate(1, 8, 10_000);
    let answers: Vec<_> = workload.scripts.iter().flatten().map(|exchange| exchange.expected.as_str()).collect();
    for kind in ["VALUE ", "MISSING", "STORED", "REPLACED ", "DELETED ", "ERROR "] {
        let count = answers.iter().filter(|answer| answer.starts_with(kind)).count();
        assert!(count > 100, "{kind}: {count}");
    }
    let again = Workload::generate(1, 8, 10_000);
    assert!(again.scripts.iter().flatten().map(|exchange| exchange.expected.as_str()).eq(answers));
}

/// A running server, and what it takes to stop it.
struct Server {
    address: SocketAddr,
    store: Store,
    stop: watch::Sender<bool>,
    task: JoinHandle<io::Result<Served>>,
}

/// Starts the given one of the two servers.
async fn start<S>(serve: fn(TcpListener, Store, watch::Receiver<bool>, Limits) -> S, limits: Limits) -> Server
where
    S: Future<Output = io::Result<Served>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let store = Store::default();
    let (stop, shutdown) = watch::channel(false);
    let task = tokio::spawn(serve(listener, store.clone(), shutdown, limits));
    Server { address, store, stop, task }
}

/// One thread, so that the server runs only while the test waits: when the first answer is there, the server has
/// also read the half line behind it.
async fn shuts_down(server: Server) {
    let mut socket = BufReader::new(TcpStream::connect(server.address).await.unwrap());
    socket.write_all(b"SET a 1\nSET b").await.unwrap();
    let mut answer = String::new();
    socket.read_line(&mut answer).await.unwrap();
    assert_eq!(answer, "STORED\n");

    server.stop.send_replace(true);
    while let Ok(late) = TcpStream::connect(server.address).await {
        drop(late);
        tokio::time::sleep(LIMITS.tick).await;
    }
    assert!(!server.task.is_finished(), "a line is not finished yet");

    socket.write_all(b" 2\nSET c 3\n").await.unwrap();
    let mut rest = String::new();
    socket.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "STORED\n", "the current line is finished, and no other begun");
    let served = server.task.await.unwrap().unwrap();
    assert_eq!((served.lines, served.failed), (2, 0));
    let map = server.store.lock().unwrap();
    assert_eq!((map.len(), map["a"].as_str(), map["b"].as_str()), (2, "1", "2"));
}

#[test]
fn shutdown_lets_a_connection_finish_its_line() {
    one_thread().block_on(async { shuts_down(start(native::serve, LIMITS).await).await });
    one_thread().block_on(async { shuts_down(start(desugared::serve, LIMITS).await).await });
}

async fn hangs_up_on_silence(server: Server) {
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(socket.read(&mut [0]).await.unwrap(), 0);
    drop(server.stop); // nobody is left to stop it: it stops by itself
    assert_eq!(server.task.await.unwrap().unwrap(), Served { completed: 0, failed: 1, lines: 0 });
}

#[test]
fn a_silent_connection_is_hung_up_on() {
    let limits = Limits { silence: Duration::from_millis(30), ..LIMITS };
    one_thread().block_on(async { hangs_up_on_silence(start(native::serve, limits).await).await });
    one_thread().block_on(async { hangs_up_on_silence(start(desugared::serve, limits).await).await });
}

async fn notices_a_wrong_answer<C>(server: Server, client: fn(SocketAddr, Vec<Exchange>, Limits) -> C)
where
    C: Future<Output = io::Result<Vec<String>>>,
{
    let exchange = |line: &str, expected: &str| Exchange { line: line.to_owned(), expected: expected.to_owned() };
    let script = vec![exchange("SET a 1", "STORED"), exchange("GET a", "VALUE 2")];
    let error = client(server.address, script, LIMITS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.to_string(), r#""GET a" gave "VALUE 1", and not "VALUE 2""#);
    server.stop.send_replace(true);
    assert_eq!(server.task.await.unwrap().unwrap().failed, 0);
}

#[test]
fn a_client_notices_a_wrong_answer() {
    one_thread().block_on(async { notices_a_wrong_answer(start(native::serve, LIMITS).await, native::client).await });
    one_thread()
        .block_on(async { notices_a_wrong_answer(start(desugared::serve, LIMITS).await, desugared::client).await });
}
