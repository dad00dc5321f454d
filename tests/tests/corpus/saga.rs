//! Work over several services, where what was done is undone if a later step fails.

use crate::support::{db::*, http::*, sync::*, time::*, *};
use std::{
    collections::BTreeMap,
    fmt::{self, Debug},
    future::Future,
    ops::{AddAssign, Range},
    pin::Pin,
};

#[derive(Clone, Debug, PartialEq)]
pub enum OrderError {
    OutOfStock { item: String, left: u32 },
    Declined { code: u16, retry: bool },
    Shipping(String),
    Compensation { during: Box<OrderError>, failed: Vec<&'static str> },
}

impl From<HttpError> for OrderError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Status(Status(code)) => OrderError::Declined { code, retry: code >= 500 },
            other => OrderError::Shipping(other.to_string()),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: u32,
    pub items: Vec<(String, u32)>,
    pub address: Option<String>,
    pub total: u32,
}

impl Default for Order {
    fn default() -> Self {
        Order { id: 1, items: vec![("pen".to_string(), 2)], address: Some("here".to_string()), total: 30 }
    }
}

pub type Undo = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send>;

fn undo(name: &'static str, works: bool) -> Undo {
    Box::new(move || Box::pin(if works { success(name, ()) } else { failing(name) }))
}

fn answer(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response::new(status, body))
}

/// A service that takes part in a commit of two phases.
pub struct Participant {
    pub name: &'static str,
    pub votes: bool,
    pub d: D,
}

impl Participant {
    pub fn new(name: &'static str, votes: bool) -> Self {
        Participant { name, votes, d: D(name) }
    }

    pub fn prepare(&mut self) -> Leaf<bool> {
        value(&format!("prepare {}", self.name), self.votes)
    }
}

twice! {
    /// What has to be done if it does not work out, last step first.
    #[derive(Default)]
    pub struct Compensations {
        steps: Vec<(&'static str, Undo)>,
    }

    impl Compensations {
        pub fn push(&mut self, name: &'static str, undo: Undo) -> &mut Self {
            self.steps.push((name, undo));
            self
        }

        /// Undoes it all, whatever fails, and names what failed.
        #[desugar]
        pub async fn run(self, during: OrderError) -> OrderError {
            let mut failed = vec![];
            let Compensations { steps } = self;
            for (name, undo) in steps.into_iter().rev() {
                if let Err(error) = undo().await {
                    error!("cannot undo {name}: {error}");
                    failed.push(name);
                }
            }
            match failed.is_empty() {
                true => during,
                false => OrderError::Compensation { during: Box::new(during), failed },
            }
        }
    }

    /// Takes the items from the stock; all of them or none.
    #[desugar]
    async fn reserve(stock: &Lock<BTreeMap<String, u32>>, items: &[(String, u32)]) -> Result<u32, OrderError> {
        let mut guard = stock.lock().await;
        let stock = &mut *guard;
        for (item, wanted) in items {
            match stock.get(item).copied().unwrap_or_default() {
                left if left < *wanted => return Err(OrderError::OutOfStock { item: item.clone(), left }),
                _ => pause("mark").await,
            }
        }
        let mut count = 0;
        for (item, wanted) in items {
            if let Some(left) = stock.get_mut(item) {
                *left -= wanted;
                count.add_assign(wanted);
            }
        }
        Ok(count)
    }

    /// Charges once more if the bank says that it may help.
    #[desugar]
    async fn charge(bank: &Client, order: &Order, key: &str) -> Result<String, OrderError> {
        let mut attempts = 0..2;
        loop {
            let request = bank.post("/charges").header("idempotency-key", key).body(order.total.to_string());
            let result = request.send().await.and_then(Response::error_for_status).map_err(OrderError::from);
            match result {
                Ok(response) => break Ok(response.text().await?),
                Err(OrderError::Declined { retry: true, .. }) if attempts.next().is_some() => {
                    sleep(Duration::from_millis(200)).await;
                }
                Err(error) => break Err(error),
            }
        }
    }

    /// Reserves, charges, ships.
    #[desugar]
    pub async fn place_order(
        stock: Lock<BTreeMap<String, u32>>,
        bank: Client,
        post: Client,
        order: Order,
        undo_works: bool,
    ) -> Result<String, OrderError> {
        let mut compensations = Compensations::default();
        let Order { id, ref items, ref address, total } = order;
        reserve(&stock, items).await?;
        compensations.push("reservation", undo("release", true));
        let receipt = match charge(&bank, &order, &format!("order-{id}")).await {
            Ok(receipt) => receipt,
            Err(error) => return Err(compensations.run(error).await),
        };
        compensations.push("charge", undo("refund", undo_works));
        let Some(address) = address else {
            let error = OrderError::Shipping(format!("no address for {total}"));
            return Err(compensations.run(error).await);
        };
        let shipped = timeout(Duration::from_millis(50), post.post(format!("/to/{address}")).send()).await;
        match shipped {
            Ok(Ok(response)) if response.status().is_success() => Ok(format!("{receipt}, {}", response.text().await?)),
            Ok(Ok(response)) => {
                let error = OrderError::Shipping(response.status().0.to_string());
                Err(compensations.run(error).await)
            }
            Ok(Err(error)) => Err(compensations.run(error.into()).await),
            Err(elapsed) => Err(compensations.run(OrderError::Shipping(elapsed.to_string())).await),
        }
    }

    /// Both phases: everyone is asked, and then told.
    #[cfg(feature = "pending")] // `..` in the pattern of a `for` loop.
    #[desugar]
    pub async fn two_phases(participants: &mut [Participant]) -> Result<usize, Vec<&'static str>> {
        let mut prepared = 0;
        let agreed = loop {
            let Some(participant) = participants.get_mut(prepared) else { break true };
            if !participant.prepare().await {
                break false;
            }
            prepared += 1;
        };
        let told: Vec<&'static str> = participants[..prepared].iter().map(|participant| participant.name).collect();
        for Participant { d, .. } in &mut participants[..prepared] {
            d.rename(if agreed { "committed" } else { "aborted" });
            d.peek().await;
        }
        agreed.then_some(prepared).ok_or(told)
    }

    /// A step of a workflow that can be taken up again: what is in the journal is not done again.
    #[desugar]
    pub async fn step<T, F>(journal: &mut BTreeMap<String, String>, name: &str, run: F) -> Result<T, OrderError>
    where
        T: std::str::FromStr + fmt::Display,
        F: AsyncFnOnce(&str) -> Result<T, OrderError>,
    {
        if let Some(text) = journal.get(name)
            && let Ok(value) = text.parse()
        {
            debug!("{name} was done before");
            return Ok(value);
        }
        let value = run(name).await?;
        pause("journal").await;
        journal.insert(name.to_string(), value.to_string());
        Ok(value)
    }

    #[desugar]
    async fn price(name: &str) -> Result<u32, OrderError> {
        match success("price", name.len() as u32).await {
            Ok(n) if n > 5 => Err(OrderError::Declined { code: 402, retry: false }),
            Ok(n) => Ok(n),
            Err(text) => Err(OrderError::Shipping(text)),
        }
    }

    #[desugar]
    pub async fn workflow(known: &[(&str, &str)], steps: &[&str]) -> (Result<u32, OrderError>, usize) {
        let mut journal: BTreeMap<String, String> =
            known.iter().map(|&(name, text)| (name.to_string(), text.to_string())).collect();
        let mut sum = 0u32;
        for name in steps {
            match step::<u32, _>(&mut journal, name, price).await {
                Ok(n) => sum += n,
                Err(error) => return (Err(error), journal.len()),
            }
        }
        (Ok(sum), journal.len())
    }

    /// Writes down what was done in the last attempt, and what it failed with.
    #[cfg(feature = "pending")] // Two arms that await and bind parts of one `&mut`, the first under a guard.
    #[desugar]
    pub async fn note_step(attempts: &mut Vec<(Vec<D>, Option<String>)>, name: &str, fails: bool) -> usize {
        match attempts.last_mut() {
            Some((done, None)) if !fails => {
                done.push(fetch(name).await);
                done.len()
            }
            Some((_, failure)) => {
                *failure = Some(show(&D(name)).await);
                0
            }
            None => {
                let first = fetch(name).await;
                attempts.push((vec![first], None));
                attempts.len()
            }
        }
    }

    /// Answers a request again as it was answered before, if it comes with the same key.
    #[desugar]
    pub async fn idempotent<R>(
        db: &Db,
        key: Option<&str>,
        run: impl FnOnce() -> Leaf<R>,
    ) -> Result<(String, bool), DbError>
    where
        R: Debug,
    {
        let Some(key) = key else {
            return Ok((format!("{:?}", run().await), false));
        };
        let mut tx = db.begin().await?;
        let known = query("select answer from answers where key = $1").bind(key).fetch_optional(&mut tx).await?;
        if let Some(answer) = known.as_ref().map(|row| row.try_get::<String>("answer")).transpose()? {
            tx.rollback().await?;
            return Ok((answer, true));
        }
        let answer = format!("{:?}", run().await);
        query("insert into answers").bind(key).bind(&answer).execute(&mut tx).await?;
        tx.commit().await.map(|()| (answer, false))
    }

    pub struct Inventory<const N: usize> {
        free: [u32; N],
        holds: Vec<(usize, D)>,
    }

    impl<const N: usize> Inventory<N> {
        /// Holds one of each kind in the range, for as long as the work runs.
        #[desugar]
        pub async fn hold_during<T>(&mut self, kinds: Range<usize>, work: impl Future<Output = T>) -> Result<T, usize> {
            let before = self.holds.len();
            for kind in kinds.clone() {
                let Some(left) = self.free.get_mut(kind).filter(|left| **left > 0) else {
                    for (kind, _) in self.holds.drain(before..) {
                        self.free[kind] += 1;
                    }
                    return Err(kind);
                };
                *left -= 1;
                self.holds.push((kind, fetch(&format!("hold {kind}")).await));
            }
            let result = work.await;
            while let Some((kind, hold)) = self.holds.pop() {
                hold.finish().await;
                self.free[kind] += 1;
            }
            Ok(result)
        }
    }

    #[desugar]
    pub async fn hold(kinds: Range<usize>) -> (Result<u8, usize>, [u32; 3]) {
        let mut inventory = Inventory { free: [1, 2, 0], holds: vec![] };
        let result = inventory.hold_during(kinds, value("work", 7)).await;
        (result, inventory.free)
    }
}

#[test]
fn an_order() {
    let stock = |pens| Lock::new(BTreeMap::from([("pen".to_string(), pens)]));
    let bank = || Client::new([answer(200, "receipt")]);
    let post = |status| Client::new([answer(status, "parcel")]);
    compare_modules!(
        spawned(place_order(stock(3), bank(), post(200), Order::default(), true)),
        spawned(place_order(stock(1), bank(), post(200), Order::default(), true)),
        spawned(place_order(
            stock(3),
            Client::new([answer(503, ""), answer(402, "")]),
            post(200),
            Order::default(),
            true
        )),
        spawned(place_order(stock(3), bank(), post(500), Order::default(), false)),
        spawned(place_order(stock(3), bank(), Client::new([]), Order { address: None, ..Order::default() }, true)),
    );
}

#[test]
#[cfg(feature = "pending")] // `..` in the pattern of a `for` loop.
fn a_commit_in_two_phases() {
    compare_modules!(
        sendable(two_phases(&mut [Participant::new("a", true), Participant::new("b", true)])),
        sendable(two_phases(&mut [Participant::new("a", true), Participant::new("b", false)])),
        sendable(two_phases(&mut [])),
    );
}

#[test]
fn a_journal() {
    compare_modules!(workflow(&[("a", "5")], &["a", "bb", "ccc"]), workflow(&[("a", "x")], &["a", "too long"]));
}

#[test]
fn idempotency() {
    compare_modules!(
        sendable(idempotent(&Db::new([]), Some("k"), || value("run", 7))),
        sendable(idempotent(&Db::new([("select", Ok(vec![row("answer=7")]))]), Some("k"), || value("run", 8))),
        sendable(idempotent(&Db::new([("insert", Err(DbError::Closed))]), Some("k"), || value("run", D("d")))),
        sendable(idempotent(&Db::new([]), None, || value("run", "text"))),
    );
}

#[test]
fn holds() {
    compare_modules!(sendable(hold(0..2)), sendable(hold(1..3)), sendable(hold(5..5)));
}

#[test]
#[cfg(feature = "pending")] // Two arms that await and bind parts of one `&mut`, the first under a guard.
fn attempts() {
    compare_modules!(
        sendable(note_step(&mut vec![(vec![D("first")], None)], "second", false)),
        sendable(note_step(&mut vec![(vec![], None)], "second", true)),
        sendable(note_step(&mut vec![], "first", true)),
    );
}
