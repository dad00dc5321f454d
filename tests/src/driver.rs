//! Runs a body, natively and desugared, through every schedule, and compares the traces.

use crate::{
    deviations, inject, leaf, quiet,
    schedule::{Injection, Schedule},
    trace::{self, log},
    tracked, waker,
};
use std::{
    cell::{Cell, RefCell},
    fmt::Debug,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// A future that needs more polls than this is taken for one that never ends.
const POLLS: usize = 1000;
/// A case with more schedules than this is too large for Miri: split it.
const SCHEDULES: usize = 250;
/// The most schedules that are run of a program that nobody wrote by hand.
const SAMPLE: usize = 600;
/// The most schedules of a case that Miri runs.
const MIRI_SCHEDULES: usize = 12;

/// A body in one meaning (native, desugared): offers each of its cases to the run.
pub type Body<'a> = &'a dyn Fn(&Run);

/// One run of one case.
pub struct Run {
    schedule: Schedule,
    /// Which of the cases is run.
    chosen: usize,
    /// The cases offered so far.
    offered: Cell<usize>,
    label: RefCell<String>,
    /// The auto traits of the future.
    traits: RefCell<String>,
    tally: Cell<Tally>,
}

/// What a run had in it, to know which schedules there are.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    polls: usize,
    ticks: usize,
    drops: usize,
    /// The drops that had happened when the future itself was dropped.
    drops_before_end: usize,
}

impl Run {
    /// Offers a case: it is run if it is the chosen one.
    pub fn case(&self, label: &str, start: impl FnOnce(&Run)) {
        if self.is_chosen(label) {
            start(self);
        }
    }

    /// Whether the case that is offered is the chosen one.
    fn is_chosen(&self, label: &str) -> bool {
        let at = self.offered.replace(self.offered.get() + 1);
        if at == self.chosen {
            self.label.replace(label.to_string());
        }
        at == self.chosen
    }

    /// Notes which auto traits the future has.
    pub fn has(&self, traits: String) {
        self.traits.replace(traits);
    }

    /// Drives the future as the schedule says.
    pub fn drive<'a, F: Future<Output: Debug + 'a> + 'a>(&self, future: F) {
        self.drive_any(Box::pin(future))
    }

    fn drive_any(&self, mut future: Pin<Box<dyn Driven<'_> + '_>>) {
        log("-- made");
        inject::arm(self.schedule.injection);
        let mut tally = Tally::default();
        while self.schedule.cancel_after != Some(tally.polls) {
            assert!(tally.polls < POLLS, "still pending after {POLLS} polls");
            tally.polls += 1;
            leaf::freeze(self.schedule.spurious && tally.polls % 2 == 0);
            match poll(future.as_mut(), tally.polls) {
                Ok(Poll::Pending) => log("pending"),
                Ok(Poll::Ready(())) => {
                    poll_once_more(future.as_mut(), "after completion");
                    break;
                }
                Err(()) => {
                    poll_once_more(future.as_mut(), "after the panic");
                    break;
                }
            }
        }
        leaf::freeze(false);
        tally.drops_before_end = inject::drops();
        log("-- drop");
        if let Err(message) = quiet::catch(|| drop(future)) {
            log(format!("panicked in drop: {message}"));
        }
        inject::disarm();
        (tally.ticks, tally.drops) = (inject::ticks(), inject::drops());
        self.tally.set(tally);
    }
}

/// A future of any type: of many bodies, rustc compiles the driver once.
trait Driven<'a> {
    /// Polls it; what it is ready with lives as long as it may borrow from the call.
    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<dyn Debug + 'a>>;
}

impl<'a, F: Future<Output: Debug + 'a>> Driven<'a> for F {
    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<dyn Debug + 'a>> {
        self.poll(cx).map(|output| Box::new(output) as _)
    }
}

/// One poll with its remarks; the output is dropped here, with nothing injected.
fn poll(future: Pin<&mut (dyn Driven<'_> + '_)>, number: usize) -> Result<Poll<()>, ()> {
    log(format!("-- poll {number}"));
    let waker = waker::numbered(number);
    match quiet::catch(|| future.poll_any(&mut Context::from_waker(&waker))) {
        Ok(Poll::Pending) => Ok(Poll::Pending),
        Ok(Poll::Ready(output)) => {
            inject::disarm();
            log(format!("ready {output:?}"));
            Ok(Poll::Ready(()))
        }
        Err(message) => {
            log(format!("panicked: {message}"));
            Err(())
        }
    }
}

/// A poll that is one too many: its panic is in the trace.
fn poll_once_more(future: Pin<&mut (dyn Driven<'_> + '_)>, when: &str) {
    log(format!("-- once more, {when}"));
    if let Ok(Poll::Pending) = poll(future, 0) {
        log("pending");
    }
}

/// Runs every case through every schedule, natively and desugared.
///
/// # Panics
/// If any trace differs; the message shows the first ones side by side.
#[track_caller]
pub fn compare(native: Body<'_>, desugared: Body<'_>) {
    compare_some(native, desugared, |schedules, label| {
        assert!(schedules.len() <= SCHEDULES, "{} schedules for {label}", schedules.len());
        schedules
    });
}

/// The same for a program of which nobody knows how much it does: of very many schedules, an even selection.
///
/// # Panics
/// If any trace differs; the message shows the first ones side by side.
#[track_caller]
pub fn compare_program(native: Body<'_>, desugared: Body<'_>) {
    compare_some(native, desugared, |schedules, _| {
        let step = schedules.len().div_ceil(SAMPLE);
        schedules.into_iter().step_by(step).collect()
    });
}

#[track_caller]
fn compare_some(native: Body<'_>, desugared: Body<'_>, select: fn(Vec<Schedule>, &str) -> Vec<Schedule>) {
    let mut differences = Vec::new();
    let mut case = 0;
    loop {
        let (_, run) = trace_of(native, case, Schedule::COMPLETE);
        let schedules = select(schedules(native, case, run.tally.get()), &run.label.borrow());
        if cfg!(miri) {
            run_for_miri(desugared, case, schedules);
        } else {
            for schedule in schedules {
                differences.extend(difference(native, desugared, case, schedule));
            }
        }
        case += 1;
        if case >= run.offered.get() {
            break;
        }
    }
    let shown = differences.iter().take(2).map(String::as_str).collect::<String>();
    assert!(differences.is_empty(), "{} traces differ from native; the first of them:\n{shown}", differences.len());
}

/// One run, and what it left in the trace.
fn trace_of(body: Body<'_>, case: usize, schedule: Schedule) -> (Vec<String>, Run) {
    let run = Run {
        schedule,
        chosen: case,
        offered: Cell::default(),
        label: RefCell::default(),
        traits: RefCell::default(),
        tally: Cell::default(),
    };
    trace::take();
    body(&run);
    tracked::finish();
    (trace::take(), run)
}

/// Every schedule of a case, given the tally of its undisturbed native run.
fn schedules(native: Body<'_>, case: usize, complete: Tally) -> Vec<Schedule> {
    let mut schedules = vec![Schedule::COMPLETE, Schedule { spurious: true, ..Schedule::COMPLETE }];
    schedules.extend((0..complete.ticks).map(|at| Schedule::COMPLETE.with(Injection::Tick(at))));
    schedules.extend((0..complete.drops).map(|at| Schedule::COMPLETE.with(Injection::Drop(at))));
    for polls in 0..complete.polls {
        let cancelled = Schedule::cancelled(polls);
        if cfg!(miri) {
            schedules.push(cancelled);
            continue;
        }
        let tally = trace_of(native, case, cancelled).1.tally.get();
        schedules.push(cancelled);
        schedules.extend((tally.drops_before_end..tally.drops).map(|at| cancelled.with(Injection::Drop(at))));
    }
    schedules
}

/// The auto traits that the native future has and the desugared one has not, but for those that are listed.
fn missing_traits(native: &Run, desugared: &Run) -> Option<String> {
    let (native, desugared, label) = (native.traits.borrow(), desugared.traits.borrow(), native.label.borrow());
    let less = native.chars().zip(desugared.chars()).any(|(native, desugared)| native != '-' && desugared == '-');
    (less != deviations::may_have_less())
        .then(|| format!("\n{label}, auto traits\n  {:38} desugared\n  {native:38} {desugared}\n", "native"))
}

/// The two traces of a schedule, if they differ.
fn difference(native: Body<'_>, desugared: Body<'_>, case: usize, schedule: Schedule) -> Option<String> {
    let (mut expected, run) = trace_of(native, case, schedule);
    let (mut actual, other) = trace_of(desugared, case, schedule);
    if let (Schedule::COMPLETE, Some(missing)) = (schedule, missing_traits(&run, &other)) {
        return Some(missing);
    }
    if matches!(schedule.injection, Injection::Drop(_)) {
        forgive_leaks(&mut expected, &mut actual);
    }
    (expected != actual).then(|| side_by_side(&run.label.borrow(), schedule, &expected, &actual))
}

/// Miri is some thousand times slower, and looks at memory, not at order: an even selection of the schedules, desugared
/// only, is enough for it.
fn run_for_miri(desugared: Body<'_>, case: usize, schedules: Vec<Schedule>) {
    let step = schedules.len().div_ceil(MIRI_SCHEDULES);
    for schedule in schedules.into_iter().step_by(step) {
        let (trace, _) = trace_of(desugared, case, schedule);
        let wrong = trace.iter().find(|remark| remark.starts_with("DOUBLE DROP") || remark.ends_with("MOVED"));
        assert_eq!(wrong, None, "{schedule}");
    }
}

/// Native leaks the finished return value when the drop of a local panics. Not leaking it is allowed.
fn forgive_leaks(native: &mut Vec<String>, desugared: &mut Vec<String>) {
    let leaked: Vec<String> =
        native.iter().filter_map(|remark| remark.strip_prefix("LEAKED ")).map(Into::into).collect();
    for name in leaked {
        let leak = format!("LEAKED {name}");
        remove_last(native, &leak);
        let end = if desugared.contains(&leak) { leak } else { format!("drop {name}") };
        remove_last(desugared, &end);
    }
}

/// Removes the last such remark, if there is one.
fn remove_last(trace: &mut Vec<String>, remark: &str) {
    if let Some(at) = trace.iter().rposition(|other| other == remark) {
        trace.remove(at);
    }
}

/// Both traces as two columns, the first difference marked.
fn side_by_side(label: &str, schedule: Schedule, native: &[String], desugared: &[String]) -> String {
    let mut text = format!("\n{label}, {schedule}\n  {:38} desugared\n", "native");
    let mut marked = false;
    for at in 0..native.len().max(desugared.len()) {
        let (left, right) = (native.get(at), desugared.get(at));
        let marker = if left != right && !marked { '>' } else { ' ' };
        marked |= left != right;
        let cell = |remark: Option<&String>| remark.cloned().unwrap_or_default();
        text += &format!("{marker} {:38} {}\n", cell(left), cell(right));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::forgive_leaks;

    fn forgiven(native: &[&str], desugared: &[&str]) -> bool {
        let own = |trace: &[&str]| trace.iter().map(|remark| remark.to_string()).collect();
        let (mut native, mut desugared) = (own(native), own(desugared));
        forgive_leaks(&mut native, &mut desugared);
        native == desugared
    }

    #[test]
    fn a_leak_that_native_has_is_allowed_and_not_demanded() {
        assert!(forgiven(&["drop a", "LEAKED b"], &["drop a", "LEAKED b"]));
        assert!(forgiven(&["drop a", "LEAKED b"], &["drop a", "drop b"]));
        assert!(!forgiven(&["drop a", "LEAKED b"], &["LEAKED a", "drop b"]));
        assert!(!forgiven(&["drop a"], &["LEAKED a"]));
    }
}
