//! Programs on tokio's current-thread runtime, written once and compiled twice: what they do is the same.

use desugar_tests::twice;
use std::future::Future;

/// Runs a program natively and desugared, and compares.
fn same<T: std::fmt::Debug + PartialEq>(native: impl Future<Output = T>, desugared: impl Future<Output = T>) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let native = run().block_on(native);
    assert_eq!(native, run().block_on(desugared));
    native
}

twice! {
    use tokio::sync::{broadcast, mpsc, oneshot};

    /// What an account can be asked.
    pub(crate) enum Request {
        /// Put in so much.
        Deposit(u32),
        /// Take out so much, if there is enough.
        Withdraw { amount: u32, reply: oneshot::Sender<Result<u32, String>> },
        /// Tell when there is so much.
        Reach(u32, oneshot::Sender<u32>),
    }

    /// Handles requests until it is told to stop, then those that are still there.
    #[desugar]
    pub(crate) async fn account(mut requests: mpsc::Receiver<Request>, mut stop: broadcast::Receiver<()>) -> (u32, usize) {
        let mut balance = 0;
        let mut handled = 0;
        let mut waiting: Vec<(u32, oneshot::Sender<u32>)> = Vec::new();
        loop {
            tokio::select! {
                biased;
                _ = stop.recv() => break,
                Some(request) = requests.recv() => {
                    handled += 1;
                    match request {
                        Request::Deposit(amount) => balance += amount,
                        Request::Withdraw { amount, reply } => {
                            let answer = balance.checked_sub(amount).ok_or_else(|| format!("{balance} is not enough"));
                            balance = *answer.as_ref().unwrap_or(&balance);
                            tokio::task::yield_now().await;
                            reply.send(answer).unwrap();
                        }
                        Request::Reach(amount, reply) => waiting.push((amount, reply)),
                    }
                }
                else => break,
            }
            let (reached, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(amount, _)| *amount <= balance);
            waiting = others;
            reached.into_iter().for_each(|(_, reply)| reply.send(balance).unwrap());
        }
        while let Ok(Request::Deposit(amount)) = requests.try_recv() {
            balance += amount;
        }
        (balance, handled)
    }

    /// Two tasks that use an account, and what they saw.
    #[desugar]
    pub(crate) async fn bank() -> Result<(u32, usize, Vec<String>), Box<dyn std::error::Error>> {
        let (requests, receiver) = mpsc::channel(4);
        let (stop, stopped) = broadcast::channel(1);
        let account = tokio::spawn(account(receiver, stopped));
        let (reach, reached) = oneshot::channel();
        requests.send(Request::Reach(50, reach)).await?;
        let (saver, spender, notice) = tokio::try_join!(
            tokio::spawn(save(requests.clone(), 6)),
            tokio::spawn(spend(requests.clone(), vec![5, 100, 20])),
            tokio::spawn(reached),
        )?;
        stop.send(())?;
        let (balance, handled) = account.await?;
        let mut log = spender;
        log.push(format!("saved {saver}"));
        log.push(format!("noticed at {}", notice?));
        Ok((balance, handled, log))
    }

    #[desugar]
    async fn save(requests: mpsc::Sender<Request>, times: u32) -> u32 {
        let mut saved = 0;
        for n in 0..times {
            let amount = 5 * n + 1;
            if requests.send(Request::Deposit(amount)).await.is_err() {
                break;
            }
            saved += amount;
            tokio::task::yield_now().await;
        }
        saved
    }

    #[desugar]
    async fn spend(requests: mpsc::Sender<Request>, amounts: Vec<u32>) -> Vec<String> {
        let mut log = Vec::new();
        for amount in amounts {
            let (reply, answer) = oneshot::channel();
            tokio::pin!(answer);
            requests.send(Request::Withdraw { amount, reply }).await.ok();
            let mut waited = 0;
            let answer = loop {
                tokio::select! {
                    biased;
                    answer = &mut answer => break answer,
                    () = tokio::task::yield_now() => waited += 1,
                }
            };
            log.push(format!("{amount}: {answer:?}, {}", waited > 0));
        }
        log
    }

    /// How often another task gets its turn while this one has always something to do, and how often there was nothing
    /// better to do: tokio's budget decides.
    #[desugar]
    pub(crate) async fn turns(rounds: u32) -> (u32, u32) {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        (0..rounds).for_each(|n| sender.send(n).unwrap());
        let (ticks, mut ticked) = mpsc::unbounded_channel();
        let other = tokio::spawn(tick(ticks));
        let mut idle = 0;
        for _ in 0..rounds {
            tokio::select! {
                biased;
                n = receiver.recv() => assert!(n.is_some()),
                () = std::future::ready(()) => idle += 1,
            }
        }
        other.abort();
        let mut turns = 0;
        while ticked.try_recv().is_ok() {
            turns += 1;
        }
        (turns, idle)
    }

    #[desugar]
    async fn tick(ticks: mpsc::UnboundedSender<()>) {
        while ticks.send(()).is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Gives up after a while.
    #[desugar]
    pub(crate) async fn with_deadline<T>(work: impl Future<Output = T>, milliseconds: u64) -> Result<T, &'static str> {
        let deadline = tokio::time::sleep(std::time::Duration::from_millis(milliseconds));
        tokio::select! {
            value = work => Ok(value),
            () = deadline => Err("too late"),
        }
    }
}

#[test]
fn an_account_and_those_who_use_it() {
    let (balance, handled, log) =
        same(async { native::bank().await.unwrap() }, async { desugared::bank().await.unwrap() });
    assert_eq!((balance, handled, log.len()), (81, 10, 5));
}

#[test]
fn the_budget_makes_way_for_others() {
    let (turns, idle) = same(native::turns(1000), desugared::turns(1000));
    assert!(turns > 3 && idle == 0, "{turns} {idle}");
}

#[test]
fn a_deadline() {
    let ready = || std::future::ready(1);
    same(native::with_deadline(ready(), 10_000), desugared::with_deadline(ready(), 10_000)).unwrap();
    let pending = || std::future::pending::<u32>();
    same(native::with_deadline(pending(), 5), desugared::with_deadline(pending(), 5)).unwrap_err();
}
