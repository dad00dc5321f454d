//! Caches: single flight, lifetimes, least recently used, two tiers, what is known to be missing.

use crate::support::{sync::*, time::*, *};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, VecDeque, btree_map},
    fmt::{Debug, Display},
    sync::{Arc, Weak},
};

#[derive(Clone, Debug, PartialEq)]
pub enum CacheError {
    Missing(String),
    Backend(String),
    Full,
}

impl From<String> for CacheError {
    fn from(text: String) -> Self {
        CacheError::Backend(text)
    }
}

/// Where values come from in the end.
pub trait Source {
    fn load(&self, key: &str) -> Leaf<Result<Option<D>, String>>;
}

/// Knows every key but `none`, and fails for `bad`.
pub struct Table;

impl Source for Table {
    fn load(&self, key: &str) -> Leaf<Result<Option<D>, String>> {
        match key {
            "none" => success("load none", None),
            "bad" => failing("load bad"),
            key => success(&format!("load {key}"), Some(D(key))),
        }
    }
}

#[derive(Debug)]
pub struct Entry {
    value: Arc<D>,
    expires: Instant,
}

twice! {
    pub struct SingleFlight<S> {
        source: S,
        flights: Lock<BTreeMap<String, Weak<Lock<Option<Arc<D>>>>>>,
    }

    impl<S: Source> SingleFlight<S> {
        /// The value; whoever asks while it is loaded waits for the same load.
        #[desugar]
        pub async fn get(&self, key: &str) -> Result<Arc<D>, CacheError> {
            let flight = {
                let mut flights = self.flights.lock().await;
                match flights.get(key).and_then(Weak::upgrade) {
                    Some(flight) => flight,
                    None => {
                        let flight = Arc::new(Lock::new(None));
                        flights.insert(key.to_string(), Arc::downgrade(&flight));
                        flight
                    }
                }
            };
            let mut value = flight.lock().await;
            if let Some(value) = &*value {
                return Ok(value.clone());
            }
            let loaded = self.source.load(key).await?.ok_or_else(|| CacheError::Missing(key.to_string()))?;
            Ok(value.insert(Arc::new(loaded)).clone())
        }
    }

    #[desugar]
    pub async fn two_at_once(key: &str) -> [Result<String, CacheError>; 2] {
        let cache = SingleFlight { source: Table, flights: Lock::new(BTreeMap::new()) };
        let (first, second) = futures::future::join(cache.get(key), cache.get(key)).await;
        [first, second].map(|value| value.map(|value| value.name()))
    }

    pub struct Expiring<S> {
        source: S,
        entries: BTreeMap<String, Entry>,
        fresh: Duration,
    }

    impl<S> Expiring<S>
    where
        S: Source,
    {
        /// The value, loaded again when it is too old; an old one if that does not work.
        #[desugar]
        pub async fn get(&mut self, key: impl Into<String>) -> Result<(Arc<D>, bool), CacheError> {
            let now = Instant::now();
            match self.entries.entry(key.into()) {
                btree_map::Entry::Occupied(entry) if entry.get().expires > now => {
                    Ok((entry.get().value.clone(), false))
                }
                btree_map::Entry::Occupied(mut entry) => match self.source.load(entry.key()).await {
                    Ok(Some(value)) => {
                        let value = Arc::new(value);
                        entry.insert(Entry { value: Arc::clone(&value), expires: now + self.fresh });
                        Ok((value, false))
                    }
                    Ok(None) => Err(CacheError::Missing(entry.remove_entry().0)),
                    Err(error) => {
                        warn!("still the old value: {error}");
                        Ok((entry.get().value.clone(), true))
                    }
                },
                btree_map::Entry::Vacant(entry) => {
                    let value = self.source.load(entry.key()).await?;
                    let Some(value) = value.map(Arc::new) else {
                        return Err(CacheError::Missing(entry.into_key()));
                    };
                    let Entry { value, .. } = entry.insert(Entry { value, expires: now + self.fresh });
                    Ok((value.clone(), false))
                }
            }
        }
    }

    #[desugar]
    pub async fn over_time(keys: &[&str]) -> Vec<Result<String, CacheError>> {
        let entries = BTreeMap::from([
            ("bad".to_string(), Entry { value: Arc::new(D("stale")), expires: Instant::now() }),
            ("none".to_string(), Entry { value: Arc::new(D("gone")), expires: Instant::now() }),
        ]);
        let mut cache = Expiring { source: Table, entries, fresh: Duration::from_secs(1) };
        let mut values = vec![];
        for &key in keys {
            let value = cache.get(key).await;
            values.push(value.map(|(value, stale)| format!("{value}{}", if stale { "?" } else { "" })));
            sleep(Duration::from_millis(600)).await;
        }
        values
    }

    pub struct Lru {
        order: VecDeque<String>,
        values: BTreeMap<String, (D, bool)>,
        capacity: usize,
    }

    impl Lru {
        /// Puts a value there; what has to go for it is written back first, if it was changed.
        #[desugar]
        pub async fn put<W, E>(&mut self, key: &str, value: D, mut write_back: W) -> Result<Option<D>, E>
        where
            W: AsyncFnMut(&str, D) -> Result<(), E>,
        {
            let old = self.values.insert(key.to_string(), (value, true));
            self.order.retain(|other| other != key);
            self.order.push_back(key.to_string());
            while self.values.len() > self.capacity
                && let Some(oldest) = self.order.pop_front()
            {
                match self.values.remove(&oldest) {
                    Some((value, true)) => write_back(&oldest, value).await?,
                    Some((value, false)) => debug!("{value} was not changed"),
                    None => unreachable!("{oldest} is in the order only"),
                }
            }
            Ok(old.map(|(value, _)| value))
        }
    }

    #[desugar]
    async fn write_back(key: &str, value: D) -> Result<(), CacheError> {
        if key == "full" {
            return Err(CacheError::Full);
        }
        value.finish().await;
        Ok(())
    }

    #[cfg(feature = "pending")] // A part moved out of a variable: a field's method takes it.
    #[desugar]
    pub async fn fill(keys: &[&str], capacity: usize) -> Result<(Vec<String>, usize), CacheError> {
        let values = BTreeMap::from([("clean".to_string(), (D("clean"), false))]);
        let mut lru = Lru { order: VecDeque::from(["clean".to_string()]), values, capacity };
        let mut replaced = 0;
        for (n, key) in keys.iter().enumerate() {
            if let Some(old) = lru.put(key, D(format!("{key} {n}")), write_back).await? {
                replaced += old.peek().await;
            }
        }
        Ok((lru.values.into_keys().collect(), replaced))
    }

    pub struct Tiered<'t> {
        near: &'t Lock<HashMap<String, Cow<'static, str>>>,
        far: &'t Table,
    }

    impl<'t> Tiered<'t> {
        /// From the near cache, else from the far one, which is then in the near one as well.
        #[desugar]
        pub async fn get(&self, key: &'t str) -> Result<(Cow<'t, str>, &'static str), CacheError> {
            if let Some(text) = self.near.lock().await.get(key) {
                return Ok((text.clone(), "near"));
            }
            match self.far.load(key).await {
                Ok(Some(value)) if value.name().len() < 4 => {
                    let text: Cow<str> = Cow::Owned(value.name().to_uppercase());
                    self.near.lock().await.insert(key.to_string(), text.clone());
                    Ok((text, "far"))
                }
                Ok(Some(value)) => Ok((format!("{value} is too long to be kept").into(), "far")),
                Ok(None) => Ok((Cow::Borrowed(key), "itself")),
                Err(error) => Err(error.into()),
            }
        }
    }

    #[desugar]
    pub async fn through_the_tiers(keys: [&str; 3]) -> Vec<Result<(String, &'static str), CacheError>> {
        let near = Lock::new(HashMap::new());
        let tiers = Tiered { near: &near, far: &Table };
        let [a, b, c] = keys;
        vec![
            tiers.get(a).await.map(|(text, from)| (text.into_owned(), from)),
            tiers.get(b).await.map(|(text, from)| (text.into_owned(), from)),
            tiers.get(c).await.map(|(text, from)| (text.into_owned(), from)),
        ]
    }

    /// The kept text, if it is not too old and not empty; else a new one.
    #[desugar]
    pub async fn kept_or_loaded(
        source: &Table,
        kept: Option<&str>,
        age: u64,
        max_age: u64,
    ) -> Result<String, CacheError> {
        if let Some(kept) = kept
            && max_age > 0
            && Duration::from_secs(value("age", age).await).as_millis() < u128::from(max_age)
        {
            return Ok(kept.to_string());
        }
        match source.load(kept.unwrap_or("new")).await? {
            Some(text) => {
                let is_fine = text.name().len() > 1 && Some(text.peek().await).is_some_and(|length| length < 9);
                Ok(if is_fine { format!("loaded {text}") } else { text.name() })
            }
            None => Err(CacheError::Missing("new".to_string())),
        }
    }

    /// Remembers what a function gave, and that it gave nothing.
    pub struct Memo<K, V, F> {
        known: BTreeMap<K, Option<V>>,
        compute: F,
        calls: usize,
    }

    impl<K, V, F> Memo<K, V, F>
    where
        K: Ord + Clone + Display,
        V: Clone,
        F: AsyncFn(&K) -> Option<V>,
    {
        #[desugar]
        pub async fn get(&mut self, key: K) -> Option<&V> {
            if !self.known.contains_key(&key) {
                self.calls += 1;
                let value = (self.compute)(&key).await;
                info!("{key} is {}", if value.is_some() { "known now" } else { "unknown" });
                self.known.insert(key.clone(), value);
            }
            self.known[&key].as_ref()
        }

        /// Forgets what the test says, and computes it again.
        #[desugar]
        pub async fn refresh<P>(&mut self, stale: P) -> usize
        where
            P: Fn(&K, Option<&V>) -> bool,
        {
            let keys: Vec<K> =
                self.known.iter().filter(|(k, v)| stale(k, v.as_ref())).map(|(k, _)| k.clone()).collect();
            let mut changed = 0;
            for key in keys {
                let before = self.known.remove(&key).flatten().is_some();
                changed += usize::from(self.get(key).await.is_some() != before);
            }
            changed
        }
    }

    #[desugar]
    async fn square_root(n: &u32) -> Option<u32> {
        pause("compute").await;
        (0..=*n).find(|root| root * root == *n)
    }

    #[desugar]
    pub async fn memoized(numbers: &[u32]) -> (u32, usize, usize) {
        let mut memo = Memo { known: BTreeMap::from([(9, None)]), compute: square_root, calls: 0 };
        let mut sum = 0;
        for &n in numbers {
            sum += memo.get(n).await.copied().unwrap_or(100);
        }
        let changed = memo.refresh(|_, root| root.is_none()).await;
        (sum, memo.calls, changed)
    }
}

#[test]
fn single_flight() {
    compare_modules!(sendable(two_at_once("a")), sendable(two_at_once("none")), sendable(two_at_once("bad")));
}

#[test]
fn values_that_expire() {
    compare_modules!(sendable(over_time(&["a", "a", "a"])), sendable(over_time(&["bad", "none", "none"])));
}

#[test]
#[cfg(feature = "pending")] // A part moved out of a variable: a field's method takes it.
fn least_recently_used() {
    compare_modules!(fill(&["a", "b", "c"], 2), fill(&["a", "b", "a"], 2), fill(&["full", "b", "c"], 1),);
}

#[test]
fn two_tiers() {
    compare_modules!(
        sendable(through_the_tiers(["a", "a", "none"])),
        sendable(through_the_tiers(["long one", "bad", "b"])),
    );
}

#[test]
fn memoization() {
    compare_modules!(memoized(&[4, 5, 4]), memoized(&[9, 16]));
}

#[test]
fn an_old_text() {
    compare_modules!(
        sendable(kept_or_loaded(&Table, Some("kept"), 1, 5000)),
        sendable(kept_or_loaded(&Table, Some("k"), 9, 5000)),
        sendable(kept_or_loaded(&Table, None, 1, 0)),
    );
}
