//! Invoices: code that is dense with awaits, in operands, arguments, literals, conditions and macros.

use crate::support::{sync::*, *};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Display},
    ops::{Add, Index, IndexMut, Neg, RangeInclusive},
};

#[derive(Debug)]
pub enum BillingError {
    Unknown(String),
    Limit { wanted: Money, left: Money },
    Text(String),
}

impl From<String> for BillingError {
    fn from(text: String) -> Self {
        BillingError::Text(text)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i64);

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        tick("add");
        Money(self.0 + other.0)
    }
}

impl Neg for Money {
    type Output = Money;

    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[derive(Debug)]
pub struct Item {
    pub name: D,
    pub count: u32,
    pub price: Money,
}

#[derive(Debug)]
pub struct Invoice {
    pub number: u32,
    pub customer: D,
    pub items: Vec<Item>,
    pub note: Option<String>,
}

impl Invoice {
    pub fn draft() -> Self {
        Invoice { number: 0, customer: D("nobody"), items: vec![], note: None }
    }
}

/// Accounts by their number.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<(u32, Money)>,
}

impl Index<u32> for Ledger {
    type Output = Money;

    fn index(&self, account: u32) -> &Money {
        self.entries.iter().find(|(number, _)| *number == account).map_or(&Money(0), |(_, money)| money)
    }
}

impl IndexMut<u32> for Ledger {
    fn index_mut(&mut self, account: u32) -> &mut Money {
        tick("index_mut");
        let at = self.entries.iter().position(|(number, _)| *number == account).unwrap_or_else(|| {
            self.entries.push((account, Money(0)));
            self.entries.len() - 1
        });
        &mut self.entries[at].1
    }
}

pub async fn price(name: &str) -> Result<Money, String> {
    if name.starts_with('!') { failing("price").await } else { success("price", Money(name.len() as i64 * 100)).await }
}

pub async fn rate(country: &str) -> Option<f64> {
    pause("rate").await;
    match country {
        "de" => Some(0.19),
        "fr" => Some(0.20),
        _ => None,
    }
}

fn item(name: &str, count: u32) -> Item {
    Item { name: D(name), count, price: Money(250) }
}

twice! {
    #[desugar]
    async fn with_tax(net: Money, rate: f64) -> Money {
        pause("tax").await;
        net + Money((net.0 as f64 * rate).round() as i64)
    }

    /// An invoice from names and counts.
    #[desugar]
    pub async fn invoice(customer: &str, lines: &[(&str, u32)]) -> Result<Invoice, BillingError> {
        let mut invoice = Invoice {
            number: value("number", 7).await,
            customer: fetch(customer).await,
            note: if lines.len() > 1 { some("note", format!("{} lines", lines.len())).await } else { None },
            ..Invoice::draft()
        };
        for &(name, count) in lines {
            invoice.items.push(Item { name: fetch(name).await, count, price: price(name).await? });
        }
        Ok(invoice)
    }

    /// What is to be paid for it, with tax.
    #[desugar]
    pub async fn total(invoice: &Invoice, country: &str) -> Result<(Money, Money), BillingError> {
        let mut net = Money::default();
        for Item { count, price, .. } in &invoice.items {
            net = net + Money(price.0 * i64::from(*count));
        }
        let discount = match net {
            Money(0..1000) => Money(0),
            Money(n) => -Money(n / 10),
        };
        let rate = rate(country).await.ok_or_else(|| BillingError::Unknown(country.to_owned()))?;
        let (gross, reduced) = (with_tax(net, rate).await, with_tax(net + discount, rate).await);
        Ok((gross, reduced))
    }

    #[desugar]
    pub async fn invoice_and_total(
        customer: &str,
        lines: &[(&str, u32)],
        country: &str,
    ) -> Result<String, BillingError> {
        let (gross, reduced) = total(&invoice(customer, lines).await?, country).await?;
        Ok(format!("{gross} or {reduced}, saves {}", with_tax(gross, 0.0).await + -reduced))
    }

    /// Calls in calls, and awaits in their arguments.
    #[desugar]
    pub async fn quote(name: &str, other: &str) -> Result<Money, String> {
        async fn combine(a: Money, b: Money, note: &str) -> Result<Money, String> {
            pause(note).await;
            if a > b { Ok(a + b) } else { Err(format!("{a} <= {b}")) }
        }

        let first =
            combine(price(name).await?, with_tax(price(other).await?, 0.5).await, &format!("{name}+{other}")).await?;
        let second =
            combine(first, combine(first, price(other).await?, "inner").await.unwrap_or_default(), "outer").await;
        second.or_else(|text| if text.len() > 3 { Ok(first) } else { Err(text) })
    }

    pub struct Account {
        id: u32,
        limit: Money,
        ledger: Lock<Ledger>,
        names: BTreeMap<u32, D>,
    }

    impl Account {
        pub fn new(limit: i64) -> Self {
            let names = BTreeMap::from([(1, D("one")), (2, D("two"))]);
            Account { id: 1, limit: Money(limit), ledger: Lock::new(Ledger::default()), names }
        }

        /// Books an amount; the lock is held while the price is asked for.
        #[desugar]
        pub async fn book(&self, name: &str) -> Result<Money, BillingError> {
            let mut ledger = self.ledger.lock().await;
            let left = self.limit.0 - ledger[self.id].0;
            let wanted = price(name).await?;
            if wanted.0 > left {
                return Err(BillingError::Limit { wanted, left: Money(left) });
            }
            ledger[self.id] = ledger[self.id] + with_tax(wanted, 0.1).await;
            Ok(ledger[self.id])
        }

        /// Whether the name is known and was ever booked; the lock only while it is looked at.
        #[desugar]
        pub async fn is_used(&self, id: u32) -> bool {
            self.names.contains_key(&id)
                && self.ledger.lock().await[id] > Money(0)
                && !matches!(self.names[&id].peek().await, 0 | 9..)
        }

        /// In turns from one account to the other, as long as there is something left.
        #[desugar]
        pub async fn move_some(&self, from: u32, to: u32, step: Money) -> (usize, Money) {
            let mut moved = 0;
            while self.ledger.lock().await[from] >= step && moved < 3 {
                let mut ledger = self.ledger.lock().await;
                ledger[from] = ledger[from] + -step;
                ledger[to] = step + ledger[to];
                drop(ledger);
                moved += value("moved", 1).await;
            }
            (moved, self.ledger.lock().await[to])
        }
    }

    #[desugar]
    pub async fn bookings(limit: i64, names: &[&str]) -> (Vec<Result<Money, BillingError>>, [bool; 3], (usize, Money)) {
        let account = Account::new(limit);
        let mut results = vec![];
        for name in names {
            let booked = account.book(name).await;
            results.push(booked);
        }
        let used = [account.is_used(1).await, account.is_used(2).await, account.is_used(3).await];
        (results, used, account.move_some(1, 2, Money(200)).await)
    }

    /// The parts of a report, each of which may fail.
    #[desugar]
    pub async fn report(names: &[&str], width: usize) -> Result<String, BillingError> {
        use std::fmt::Write;

        let mut out = String::with_capacity(width);
        writeln!(out, "{:>width$}", fetch("report").await.name()).map_err(|error| error.to_string())?;
        for (number, name) in (1u8..).zip(names) {
            let cost = price(name).await;
            let line = match &cost {
                Ok(money @ Money(300..)) => format!("{number}: {name:<width$}{money}"),
                Ok(money) => format!("{number}: {name} {money:?}"),
                Err(error) if number > 1 => format!("{number}: {error}"),
                Err(_) => return Err(BillingError::Unknown(name.to_string())),
            };
            write!(&mut out, "{line}; ").unwrap();
        }
        assert!(!out.is_empty(), "{width} wide");
        assert_eq!(value("lines", out.lines().count()).await, 2);
        let parts = vec![out, format!("{}", price("end").await?), names.first().copied().unwrap_or("-").to_string()];
        Ok(parts.join("|"))
    }

    /// Items until one is too dear; what was taken goes back then.
    #[desugar]
    pub async fn take_until(mut items: Vec<Item>, limits: RangeInclusive<i64>) -> Result<(Money, Vec<D>), (D, usize)> {
        let mut sum = Money(0);
        let mut names = Vec::new();
        let sum = loop {
            let Some(Item { name, count, price }) = items.pop() else { break sum };
            let cost = value("cost", Money(price.0 * count as i64)).await;
            sum = sum + cost;
            if !limits.contains(&sum.0) {
                let (back, kept) = (names.len(), name);
                for name in names.drain(..) {
                    consume(name).await;
                }
                return Err((kept, back));
            }
            names.push(name);
        };
        names.reverse();
        Ok((sum, names))
    }

    /// Payments matched with invoices: by number, else by amount, else left over.
    #[desugar]
    pub async fn reconcile(
        payments: Vec<(Option<u32>, Money, D)>,
        open: &mut BTreeMap<u32, Money>,
    ) -> (Vec<u32>, Vec<D>) {
        let (mut paid, mut left_over) = (vec![], vec![]);
        'payments: for (number, amount, reference) in payments {
            let number = if let Some(number) = number.filter(|number| open.contains_key(number)) {
                number
            } else if let Some((&number, _)) = open.iter().find(|(_, due)| **due == amount)
                && some("confirm", reference.name().len() > 1).await == Some(true)
            {
                number
            } else {
                pause("look through").await;
                left_over.push(reference);
                continue 'payments;
            };
            let Money(due) = open[&number];
            match amount.0 - due {
                0 => drop(open.remove(&number)),
                missing @ ..0 => drop(open.insert(number, Money(-missing))),
                more => {
                    open.remove(&number);
                    let refund = value("refund", Money(more)).await;
                    left_over.push(D(format!("refund of {refund} for {reference}")));
                }
            }
            paid.push(number);
        }
        (paid, left_over)
    }

    /// Rates of exchange over a third currency, each asked for once.
    #[desugar]
    pub async fn convert<'k>(
        amount: Money,
        path: &[&'k str],
        known: &mut HashMap<(&'k str, &'k str), f64>,
    ) -> Option<Money> {
        let mut amount = amount;
        for pair in path.windows(2) {
            let [from, to] = *pair else { unreachable!() };
            let rate = match known.get(&(from, to)).copied() {
                Some(rate) => rate,
                None if from == to => 1.0,
                None => {
                    let rate = 1.0 + rate(from).await? - rate(to).await.unwrap_or(0.0);
                    *known.entry((from, to)).or_insert(rate)
                }
            };
            amount = Money((amount.0 as f64 * rate) as i64);
        }
        (known.len() < 9).then_some(amount)
    }
}

#[test]
fn invoices() {
    compare_modules!(
        sendable(invoice_and_total("ada", &[("pen", 2), ("paper", 1)], "de")),
        sendable(invoice_and_total("ada", &[("pen", 4)], "xx")),
        sendable(invoice_and_total("ada", &[("pen", 4), ("!", 1)], "de")),
    );
}

#[test]
fn quotes() {
    compare_modules!(sendable(quote("paper", "pen")), sendable(quote("pen", "paper")), sendable(quote("pen", "!")));
}

#[test]
fn bookings_under_a_lock() {
    compare_modules!(sendable(bookings(700, &["pen", "pen"])), sendable(bookings(400, &["pen", "pen", "!"])));
}

#[test]
fn reports() {
    compare_modules!(
        sendable(report(&["pen", "ax", "!"], 6)),
        sendable(report(&["!"], 6)),
        sendable(report(&["pen\n"], 0)),
    );
}

#[test]
fn items_up_to_a_limit() {
    compare_modules!(
        sendable(take_until(vec![item("a", 1), item("b", 2)], 0..=1000)),
        sendable(take_until(vec![item("a", 1), item("b", 2), item("c", 1)], 0..=800)),
        sendable(take_until(vec![], 0..=0)),
    );
}

#[test]
fn payments() {
    let open = || BTreeMap::from([(1, Money(100)), (2, Money(250))]);
    compare_modules!(
        sendable(reconcile(vec![(Some(1), Money(100), D("a")), (None, Money(250), D("bc"))], &mut open())),
        sendable(reconcile(vec![(Some(2), Money(50), D("a")), (Some(9), Money(7), D("b"))], &mut open())),
        sendable(reconcile(vec![(Some(2), Money(300), D("a")), (None, Money(100), D("b"))], &mut open())),
    );
}

#[test]
fn exchange() {
    compare_modules!(
        sendable(convert(Money(1000), &["de", "fr", "de"], &mut HashMap::new())),
        sendable(convert(Money(1000), &["de", "de", "xx", "fr"], &mut HashMap::from([(("de", "xx"), 2.0)]))),
        sendable(convert(Money(1000), &["fr"], &mut HashMap::new())),
    );
}
