//! The guide: shows a function's states, polls it step by step, and compares it with the native one at every step.

use std::fmt::Debug;
use std::future::Future;
use std::io::{self, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use desugar::{Inspect, State};

use super::said;

/// One function in its two versions. Each call makes a future of its own.
pub struct Stop<'s, N, D> {
    /// What there is to see.
    pub title: &'s str,
    /// The text of the function.
    pub source: &'s str,
    /// What rustc makes of it.
    pub native: N,
    /// What `#[desugar(inspect)]` makes of it.
    pub desugared: D,
}

/// What one poll, or a drop, did.
#[derive(Debug, PartialEq)]
struct Step<R> {
    said: Vec<String>,
    /// The result, if there was one.
    ready: Option<R>,
}

impl<N, D> Stop<'_, N, D> {
    /// Writes all of it down.
    ///
    /// # Panics
    /// If the two versions differ in anything that is to be seen: results, polls, what a poll does, what a drop does.
    pub fn show<Native, Desugared>(&self, out: &mut impl Write) -> io::Result<()>
    where
        N: Fn() -> Native,
        D: Fn() -> Desugared,
        Native: Future<Output: Debug + PartialEq>,
        Desugared: Future<Output = Native::Output> + Inspect,
    {
        heading(out, self.title)?;
        writeln!(out, "{}", self.source)?;
        states(out, (self.desugared)().states())?;
        said();
        let result = self.walk(out)?;
        self.cancel(out)?;
        let (native, desugared) = (size_of_val(&(self.native)()), size_of_val(&(self.desugared)()));
        said();
        writeln!(out, "  Beside the native future:\n")?;
        writeln!(out, "    {:8} {:>16} {:>16}", "", "native", "desugared")?;
        // Equal: `walk` has compared them.
        writeln!(out, "    {:8} {result:>16} {result:>16}", "result")?;
        writeln!(out, "    {:8} {native:>10} bytes {desugared:>10} bytes\n", "size")
    }

    /// Polls both to the end, and returns the result.
    fn walk<Native, Desugared>(&self, out: &mut impl Write) -> io::Result<String>
    where
        N: Fn() -> Native,
        D: Fn() -> Desugared,
        Native: Future<Output: Debug + PartialEq>,
        Desugared: Future<Output = Native::Output> + Inspect,
    {
        let (mut native, mut desugared) = (pin!((self.native)()), pin!((self.desugared)()));
        writeln!(out, "  Polled step by step:\n")?;
        moment(out, "created", desugared.state(), "")?;
        for number in 1.. {
            let (expected, step) = (poll(native.as_mut()), poll(desugared.as_mut()));
            assert_eq!(step, expected, "poll {number}");
            lines(out, &step.said)?;
            let result = step.ready.map(|output| format!("{output:?}"));
            let outcome = result.as_ref().map_or("Pending".to_owned(), |result| format!("Ready({result})"));
            moment(out, &format!("poll {number}"), desugared.state(), &outcome)?;
            if let Some(result) = result {
                writeln!(out)?;
                return Ok(result);
            }
        }
        unreachable!("the future gets ready")
    }

    /// Drops both after so many polls as they can be dropped after without being ready.
    fn cancel<Native, Desugared>(&self, out: &mut impl Write) -> io::Result<()>
    where
        N: Fn() -> Native,
        D: Fn() -> Desugared,
        Native: Future<Output: Debug + PartialEq>,
        Desugared: Future<Output = Native::Output> + Inspect,
    {
        let mut is_first = true;
        for polls in 0.. {
            let expected = dropped_after(polls, (self.native)(), |_| ());
            let dropped = dropped_after(polls, (self.desugared)(), |future| future.state());
            assert_eq!(dropped.as_ref().map(|(_, said)| said), expected.as_ref().map(|(_, said)| said));
            let Some((state, said)) = dropped else { break };
            if said.is_empty() {
                continue;
            }
            if is_first {
                writeln!(out, "  Dropped before it is ready:\n")?;
                is_first = false;
            }
            let times = if polls == 1 { "poll" } else { "polls" };
            writeln!(out, "    after {polls} {times}, in {}", state.name)?;
            lines(out, &said)?;
        }
        if is_first { Ok(()) } else { writeln!(out) }
    }
}

/// Polls once.
fn poll<F: Future>(future: Pin<&mut F>) -> Step<F::Output> {
    let ready = match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    };
    Step { said: said(), ready }
}

/// What dropping the future does after so many polls, unless it is ready before; and what `look` sees before that.
fn dropped_after<F: Future, S>(polls: usize, future: F, look: impl Fn(&F) -> S) -> Option<(S, Vec<String>)> {
    let mut future = Box::pin(future);
    let is_ready = (0..polls).any(|_| poll(future.as_mut()).ready.is_some());
    let seen = look(&future);
    drop(future);
    let said = said();
    (!is_ready).then_some((seen, said))
}

fn heading(out: &mut impl Write, title: &str) -> io::Result<()> {
    writeln!(out, "{title}\n{}\n", "=".repeat(title.len()))
}

fn states(out: &mut impl Write, states: &[State]) -> io::Result<()> {
    writeln!(out, "  The state machine it became:\n")?;
    for state in states {
        writeln!(out, "    {}", state.name)?;
        if !state.awaits.is_empty() {
            writeln!(out, "        awaits  {}", state.awaits)?;
        }
        if !state.alive.is_empty() {
            writeln!(out, "        alive   {}", state.alive.join(", "))?;
        }
        if !state.next.is_empty() {
            writeln!(out, "        next    {}", state.next.join(", "))?;
        }
    }
    writeln!(out)
}

/// Where the future stands, and what it holds, which is what dropping it now would drop, in that order.
fn moment(out: &mut impl Write, when: &str, state: &State, outcome: &str) -> io::Result<()> {
    writeln!(out, "    {when:8} {outcome:13} {}", state.name)?;
    let awaitee = (!state.awaits.is_empty()).then_some(state.awaits);
    let holds: Vec<_> = awaitee.into_iter().chain(state.alive.iter().copied()).collect();
    if holds.is_empty() { Ok(()) } else { writeln!(out, "{:27}holds {}", "", holds.join(", ")) }
}

fn lines(out: &mut impl Write, said: &[String]) -> io::Result<()> {
    said.iter().try_for_each(|line| writeln!(out, "             | {line}"))
}
