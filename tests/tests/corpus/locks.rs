//! State behind async locks: guards that are temporaries of a scrutinee, an argument, a receiver, a tail.

use crate::support::{sync::*, *};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

#[derive(Debug, PartialEq)]
pub enum StateError {
    Unknown(u32),
    Busy,
    Text(String),
}

impl From<String> for StateError {
    fn from(text: String) -> Self {
        StateError::Text(text)
    }
}

#[derive(Debug)]
pub struct Device {
    pub name: D,
    pub on: bool,
    pub jobs: VecDeque<D>,
}

fn devices() -> BTreeMap<u32, Device> {
    let device = |name: &str| Device { name: D(name), on: false, jobs: [D(format!("job of {name}"))].into() };
    BTreeMap::from([(1, device("lamp")), (2, device("door"))])
}

async fn notify(text: &str) -> usize {
    pause(&format!("notify {text}")).await;
    text.len()
}

async fn append(to: &mut String, text: &str) -> usize {
    pause("append").await;
    to.push_str(text);
    to.len()
}

twice! {
    pub struct Home {
        devices: Lock<BTreeMap<u32, Device>>,
        log: Lock<String>,
        errors: Lock<Vec<StateError>>,
        sent: Lock<usize>,
    }

    impl Home {
        pub fn new() -> Self {
            Home {
                devices: Lock::new(devices()),
                log: Lock::new(String::new()),
                errors: Lock::new(vec![]),
                sent: Lock::new(0),
            }
        }

        /// The guard lives through the arms.
        #[desugar]
        pub async fn describe(&self, id: u32) -> Result<String, StateError> {
            match self.devices.lock().await.get(&id) {
                Some(device @ Device { on: true, .. }) => {
                    notify("on").await;
                    Ok(format!("{} is on", device.name))
                }
                Some(device) => {
                    let length = device.name.peek().await;
                    Ok(format!("{:>length$} is off", device.jobs.len()))
                }
                None => {
                    self.errors.lock().await.push(StateError::Unknown(id));
                    Err(StateError::Unknown(id))
                }
            }
        }

        /// The guard is gone in the `else`, which takes the lock again.
        #[desugar]
        pub async fn next_job(&self, id: u32, other: u32) -> Option<D> {
            if let Some(job) = self.devices.lock().await.get_mut(&id).and_then(|device| device.jobs.pop_front()) {
                notify("found").await;
                Some(job)
            } else if let Some(device) = self.devices.lock().await.get_mut(&other)
                && notify("other").await > 4
            {
                device.on = true;
                device.jobs.pop_back()
            } else {
                let count = self.devices.lock().await.len();
                (count > 9).then(|| D("none"))
            }
        }

        /// Two guards in one expression.
        #[desugar]
        pub async fn numbers(&self) -> (usize, usize, bool) {
            let sum = self.devices.lock().await.len() + self.errors.lock().await.len();
            *self.sent.lock().await += sum;
            let longer = self.log.lock().await.len() > *self.sent.lock().await;
            (sum, *self.sent.lock().await, longer)
        }

        /// A guard lent to a function that awaits.
        #[desugar]
        pub async fn write(&self, name: &str, n: u32) -> Result<usize, StateError> {
            let length = append(&mut *self.log.lock().await, &format!("{name} {n}; ")).await;
            if length > 12 {
                append(&mut *self.log.lock().await, "long").await;
                let text = std::mem::take(&mut *self.log.lock().await);
                return Err(text.into());
            }
            Ok(length)
        }

        /// A reference that the `let` keeps alive, and the guard with it.
        #[desugar]
        pub async fn switch(&self, id: u32, on: bool) -> Result<bool, StateError> {
            let devices = &mut *self.devices.lock().await;
            let Some(device) = devices.get_mut(&id) else {
                notify("nothing to switch").await;
                return Err(StateError::Unknown(id));
            };
            let was = std::mem::replace(&mut device.on, on);
            if was == on {
                return Err(StateError::Busy);
            }
            let name = &device.name;
            notify(&name.name()).await;
            Ok(devices.values().any(|device| device.on))
        }

        /// The guard lives through the whole loop.
        #[desugar]
        pub async fn switch_all_off(&self) -> Vec<String> {
            let mut names = Vec::new();
            for (id, device) in self.devices.lock().await.iter_mut().filter(|(_, device)| !device.jobs.is_empty()) {
                device.on = false;
                let told = notify(&format!("{id} off")).await;
                *self.sent.lock().await += told;
                for job in device.jobs.drain(..) {
                    names.push(job.name());
                    consume(job).await;
                }
            }
            names
        }

        /// What is pushed is awaited while the guard of the receiver is there.
        #[cfg(feature = "pending")] // A place that is computed before an await in the same expression.
        #[desugar]
        pub async fn remember(&self, name: &str) -> usize {
            self.log.lock().await.push_str(&fetch(name).await.name());
            self.errors.lock().await.push(StateError::Text(show(&D(name)).await));
            *self.sent.lock().await += notify(name).await;
            self.log.lock().await.len()
        }

        /// In a tail.
        #[desugar]
        pub async fn names(&self) -> Vec<String> {
            notify("names").await;
            self.devices.lock().await.values().map(|device| device.name.to_string()).collect()
        }

        /// Guards in the operands of a condition and of a match on both.
        #[desugar]
        pub async fn compare(&self, a: u32, b: u32) -> &'static str {
            if self.devices.lock().await.contains_key(&a) && self.errors.lock().await.is_empty() {
                notify("both").await;
            }
            match (self.devices.lock().await.contains_key(&a), value("between", b).await) {
                (true, 0) => "zero",
                (true, n) if n > 5 => {
                    notify("large").await;
                    "large"
                }
                (true, _) => "known",
                (false, _) => "unknown",
            }
        }

        /// Takes all errors out, and goes on until there are no new ones.
        #[desugar]
        pub async fn report(self: Arc<Self>) -> Result<usize, Vec<StateError>> {
            let mut reported = 0;
            let left = loop {
                let errors = std::mem::take(&mut *self.errors.lock().await);
                match errors.as_slice() {
                    [] => break None,
                    [StateError::Busy, ..] => break Some(errors),
                    [first, rest @ ..] => {
                        reported += notify(&format!("{first:?}")).await;
                        if rest.len() > 1 {
                            self.errors.lock().await.extend(rest.iter().map(|_| StateError::Busy));
                        }
                    }
                }
            };
            left.map_or(Ok(reported), Err)
        }
    }

    async fn count_jobs(devices: &BTreeMap<u32, Device>) -> usize {
        pause("count").await;
        devices.values().map(|device| device.jobs.len()).sum()
    }

    /// A device whose parts are awaited, one of them under a guard.
    #[desugar]
    pub async fn new_device(home: &Home, name: &str) -> Result<(Device, usize), StateError> {
        let device = Device {
            name: fetch(name).await,
            on: count_jobs(&*home.devices.lock().await).await > 1,
            jobs: VecDeque::from([fetch("job").await]),
        };
        let (name, count) = (show(&device.name).await, count_jobs(&*home.devices.lock().await).await);
        if append(&mut *home.log.lock().await, &name).await > 20 {
            return Err(StateError::Busy);
        }
        Ok((device, count))
    }

    #[desugar]
    pub async fn describe_all(on: bool) -> Vec<Result<String, StateError>> {
        let home = Home::new();
        if on {
            home.switch(1, true).await.unwrap();
        }
        vec![home.describe(1).await, home.describe(3).await, Err(home.errors.lock().await.pop().unwrap())]
    }

    #[desugar]
    pub async fn describe_two(on: bool, id: u32) -> [Result<String, StateError>; 2] {
        let home = Home::new();
        if on {
            home.switch(id, on).await.ok();
        }
        [home.describe(id).await, home.describe(2).await]
    }

    #[desugar]
    pub async fn jobs(id: u32, other: u32) -> [Option<D>; 2] {
        let home = Home::new();
        let first = home.next_job(id, other).await;
        [first, home.next_job(id, other).await]
    }

    #[desugar]
    pub async fn count_and_write(
        n: u32,
    ) -> (Result<usize, StateError>, Result<usize, StateError>, (usize, usize, bool)) {
        let home = Home::new();
        (home.write("a", n).await, home.write("and more", n).await, home.numbers().await)
    }

    #[desugar]
    pub async fn switch_twice(id: u32) -> (Vec<Result<bool, StateError>>, Vec<String>) {
        let home = Arc::new(Home::new());
        let mut results = vec![];
        for on in [true, true, false] {
            let result = home.switch(id, on).await;
            results.push(result);
        }
        (results, home.switch_all_off().await)
    }

    #[desugar]
    pub async fn compare_and_report(
        a: u32,
        b: u32,
        errors: Vec<StateError>,
    ) -> (&'static str, Result<usize, Vec<StateError>>, Vec<String>) {
        let home = Arc::new(Home { errors: Lock::new(errors), ..Home::new() });
        let text = home.compare(a, b).await;
        (text, home.clone().report().await, home.names().await)
    }
}

#[test]
fn a_guard_in_a_scrutinee() {
    compare_modules!(sendable(describe_all(true)), sendable(describe_all(false)));
}

#[test]
fn a_guard_in_a_scrutinee_twice() {
    compare_modules!(
        sendable(describe_two(true, 1)),
        sendable(describe_two(false, 1)),
        sendable(describe_two(true, 3))
    );
}

#[test]
fn a_guard_in_a_chain_of_conditions() {
    compare_modules!(sendable(jobs(1, 2)), sendable(jobs(3, 2)), sendable(jobs(3, 3)));
}

#[test]
fn guards_in_operands_and_arguments() {
    compare_modules!(sendable(count_and_write(1)), sendable(count_and_write(12345678)));
}

#[test]
fn guards_that_are_kept() {
    compare_modules!(sendable(switch_twice(1)), sendable(switch_twice(3)));
}

#[test]
fn guards_in_conditions_and_tails() {
    compare_modules!(
        sendable(compare_and_report(1, 7, vec![])),
        sendable(compare_and_report(1, 1, vec![StateError::Unknown(1), StateError::Busy, StateError::Busy])),
        sendable(compare_and_report(3, 0, vec![StateError::Busy])),
    );
}

#[test]
#[cfg(feature = "pending")] // A place that is computed before an await in the same expression.
fn a_guard_in_a_receiver() {
    compare_modules!(sendable(Home::new().remember("name")));
}

#[test]
fn guards_beside_other_operands() {
    compare_modules!(
        sendable(new_device(&Home::new(), "fan")),
        sendable(new_device(&Home::new(), "a name that is too long")),
    );
}
