//! Simulated time: nobody sleeps, and what happens is the same in every run.
//!
//! A [`Sim`] is a [`LocalPool`] whose clock stands still while anything is runnable. When nothing is, it is put forward
//! to the next moment for which somebody sleeps, to the nanosecond. An hour of sleeping takes no time.
//!
//! - *Total order.* Sleepers wake by time, then by the order in which they went to sleep; tasks are polled in the order
//!   in which they were woken. Nothing depends on the machine, so two runs do the same.
//! - *A seed.* [`random`] draws from a generator that the seed begins. With [`Sim::shuffled`], which of the runnable tasks
//!   (of the first 32, if there are more) is polled next is drawn as well, so each seed tries another interleaving, and the same seed the same again.
//! - *Deadlock.* If nothing is runnable and nobody sleeps, nothing can ever happen. [`Sim::run`] then returns, with the
//!   names of the tasks that wait. (A wake from another thread is not waited for, as it would come at no certain time.)
//!
//! ```
//! use std::time::Duration;
//! use desugar::{sim::Sim, time::{now, sleep}};
//!
//! let sim = Sim::new(0);
//! let steps = sim.run_until(async {
//!     sleep(Duration::from_secs(3600)).await;
//!     sleep(Duration::from_nanos(1)).await;
//!     now().since_start()
//! });
//! assert_eq!(steps.unwrap(), Duration::new(3600, 1));
//! ```

use std::{cell::RefCell, error::Error, fmt, panic::Location};

use crate::{
    current,
    local::{Handle, LocalPool, Spawner, task::Task},
    time::Instant,
};

/// Runs any number of futures in simulated time.
#[derive(Debug)]
pub struct Sim<'a> {
    pool: LocalPool<'a>,
}

impl<'a> Sim<'a> {
    /// A simulation without tasks, at [`Instant::START`]. The seed is for [`random`] only.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { pool: LocalPool::simulated(seed) }
    }

    /// A simulation in which it is drawn from the seed, too, which of the runnable tasks is polled next.
    #[must_use]
    pub fn shuffled(seed: u64) -> Self {
        let sim = Self::new(seed);
        sim.pool.core().shuffled.set(true);
        sim
    }

    /// What time it is in the simulation.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_nanos(self.pool.core().clock.now())
    }

    /// As [`LocalPool::spawn`]. In a [`Deadlock`] the task has the name of the future's type.
    #[track_caller]
    pub fn spawn<F: Future + 'a>(&self, future: F) -> Handle<'a, F::Output> {
        self.pool.spawn_as(None, future, Location::caller())
    }

    /// As [`LocalPool::spawn`], with a name for [`Deadlock`].
    #[track_caller]
    pub fn spawn_named<F: Future + 'a>(&self, name: impl Into<String>, future: F) -> Handle<'a, F::Output> {
        self.pool.spawn_as(Some(name.into()), future, Location::caller())
    }

    /// As [`LocalPool::spawner`].
    #[must_use]
    pub fn spawner(&self) -> Spawner<'a> {
        self.pool.spawner()
    }

    /// Polls tasks, and puts the clock forward where none is runnable, until none is left.
    ///
    /// # Errors
    /// If there are tasks left that nothing can wake. They are still there: another task that is spawned, and run, may
    /// wake them.
    ///
    /// # Panics
    /// If a task of this simulation calls it, as all that runs tasks.
    pub fn run(&self) -> Result<(), Deadlock> {
        if self.pool.core().enter().run(None) { Ok(()) } else { Err(self.deadlock()) }
    }

    /// Polls a future, and tasks meanwhile, until the future is ready.
    ///
    /// # Errors
    /// If nothing can wake the future, nor any task. The future is dropped.
    ///
    /// # Panics
    /// If a task of this simulation calls it. A panic of the future goes on to the caller.
    #[track_caller]
    pub fn run_until<F: IntoFuture>(&self, future: F) -> Result<F::Output, Deadlock> {
        let deadlock = RefCell::new(None);
        let output = self.pool.drive(future, Location::caller(), || {
            deadlock.replace(Some(self.deadlock()));
        });
        output.ok_or_else(|| deadlock.take().expect("without an output there is a deadlock"))
    }

    /// Polls tasks until none is runnable, and leaves the clock where it is.
    ///
    /// # Panics
    /// If a task of this simulation calls it.
    pub fn run_until_stalled(&self) {
        self.pool.run_until_stalled();
    }

    /// Polls one task. False if none is runnable. Leaves the clock where it is.
    ///
    /// # Panics
    /// If a task of this simulation calls it.
    pub fn try_tick(&self) -> bool {
        self.pool.try_tick()
    }

    fn deadlock(&self) -> Deadlock {
        let suspended = |task: Task| {
            let about = task.head().about.as_deref()?;
            let name = about.name.clone().unwrap_or_else(|| task.type_name().to_owned());
            Some(Suspended { name, spawned_at: about.origin })
        };
        Deadlock { at: self.now(), tasks: self.pool.core().tasks().filter_map(suspended).collect() }
    }
}

impl<'a> Spawner<'a> {
    /// As [`Sim::spawn_named`].
    #[track_caller]
    pub fn spawn_named<F: Future + 'a>(&self, name: impl Into<String>, future: F) -> Handle<'a, F::Output> {
        self.spawn_as(Some(name.into()), future, Location::caller())
    }
}

/// A number drawn from the generator of the simulation, any 64 bits as likely as any others.
///
/// # Panics
/// Outside of the tasks of a [`Sim`].
#[must_use]
pub fn random() -> u64 {
    let random = current::with_clock(|clock| clock.and_then(|clock| clock.random()));
    random.expect("`sim::random` needs a simulation; call it in a task, or in `run_until`, of a `Sim`")
}

/// Nothing is runnable in a simulation, nobody sleeps, and there are tasks left.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlock {
    /// When that was.
    pub at: Instant,
    /// The tasks that wait, in the order in which they were first polled. If it was [`Sim::run_until`], its future is one.
    pub tasks: Vec<Suspended>,
}

/// A task in a [`Deadlock`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspended {
    /// The name that it was given, or that of its future's type.
    pub name: String,
    /// Where it was spawned.
    pub spawned_at: &'static Location<'static>,
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deadlock after {:?}: nothing is runnable, nobody sleeps, and these wait:", self.at.since_start())?;
        let mut separator = "";
        for Suspended { name, spawned_at } in &self.tasks {
            write!(f, "{separator} {name} (spawned at {spawned_at})")?;
            separator = ",";
        }
        Ok(())
    }
}

impl Error for Deadlock {}
