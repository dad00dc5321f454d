//! The survey of one package: which of its functions compile under the attribute, and why the others do not.
//!
//! All functions get the attribute. Each error is booked on the function it is in, which loses the attribute, until
//! the package compiles. Errors come in phases, so that takes some rounds; what a function has in a later phase is not
//! known. Each round takes away at least one attribute, so there is an end.

use std::collections::BTreeSet;
use std::io;

use crate::check::{Cargo, Error};
use crate::reason::Reason;
use crate::tree::{Mark, Tree};

/// What became of a function.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It is not compiled at all, as its file is of no target, or for its `#[cfg(..)]`.
    NotBuilt,
    Compiles,
    Fails(Failure),
}

#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    /// The first error, as the compiler prints it.
    pub(crate) rendered: String,
    /// The line of it; if it is elsewhere, of the function.
    pub(crate) line: usize,
    /// Other reasons that came up in the same round.
    pub(crate) others: BTreeSet<Reason>,
    /// Whether the error is not in the function, but is gone with its attribute.
    pub(crate) elsewhere: bool,
}

pub(crate) struct Survey<'a> {
    pub(crate) tree: &'a mut Tree,
    pub(crate) cargo: &'a Cargo,
    /// Of every function of the tree.
    pub(crate) marks: Vec<Mark>,
    pub(crate) outcomes: Vec<Outcome>,
    /// The culprit found last.
    pub(crate) last_culprit: usize,
}

impl Survey<'_> {
    /// The errors of a package without any attribute.
    pub(crate) fn baseline(&mut self, package: usize) -> io::Result<Vec<Error>> {
        self.check(package, Mark::Blank, &[])
    }

    /// Surveys a package. Those of its functions that compile keep the attribute.
    pub(crate) fn package(&mut self, package: usize) -> io::Result<()> {
        let mut left = self.built(package)?;
        for round in 1.. {
            let errors = self.check(package, Mark::Desugar, &left)?;
            if errors.is_empty() {
                break;
            }
            let failures = self.failures(&errors, &left);
            let failures = match failures.is_empty() {
                true => vec![self.culprit(package, &errors, &left)?],
                false => failures,
            };
            for (member, failure) in failures {
                left.retain(|&other| other != member);
                self.outcomes[member] = Outcome::Fails(failure);
            }
            eprintln!("round {round}: {} functions are left", left.len());
        }
        for member in left {
            self.outcomes[member] = Outcome::Compiles;
        }
        Ok(())
    }

    /// The functions that are compiled.
    fn built(&mut self, package: usize) -> io::Result<Vec<usize>> {
        let all: Vec<usize> =
            (0..self.marks.len()).filter(|&member| self.tree.functions[member].package == package).collect();
        let errors = self.check(package, Mark::Probe, &all)?;
        let probed: BTreeSet<usize> =
            errors.iter().filter_map(|error| self.booked(error, &all)).map(|(m, _)| m).collect();
        Ok(probed.into_iter().collect())
    }

    /// The errors of a package in which these functions have a mark.
    fn check(&mut self, package: usize, mark: Mark, members: &[usize]) -> io::Result<Vec<Error>> {
        for (member, function) in self.tree.functions.iter().enumerate() {
            if function.package == package {
                self.marks[member] = Mark::Blank;
            }
        }
        members.iter().for_each(|&member| self.marks[member] = mark);
        self.tree.write(&self.marks)?;
        self.cargo.check(&self.tree.packages[package].id)
    }

    /// The function among these that an error is in, and the line.
    fn booked(&self, error: &Error, members: &[usize]) -> Option<(usize, usize)> {
        error.at.iter().find_map(|place| {
            let member = self.tree.around(&place.file, place.byte)?;
            members.contains(&member).then_some((member, place.line))
        })
    }

    /// The functions among these that errors are in, with their first.
    fn failures(&self, errors: &[Error], members: &[usize]) -> Vec<(usize, Failure)> {
        let booked: Vec<_> = errors.iter().filter_map(|error| Some((error, self.booked(error, members)?))).collect();
        // Where a macro fails, things are not there that other functions mention.
        let early = booked.iter().any(|(error, _)| error.early);
        let mut failures: Vec<(usize, Failure)> = Vec::new();
        for (error, (member, line)) in booked.into_iter().filter(|(error, _)| error.early == early) {
            match failures.iter_mut().find(|(other, _)| *other == member) {
                Some((_, failure)) => {
                    if failure.reason != error.reason {
                        failure.others.insert(error.reason.clone());
                    }
                }
                None => failures.push((member, failure(error, line, false))),
            }
        }
        failures
    }

    /// Finds one function among these without whose attribute an error goes away that is in none of them.
    ///
    /// They are ordered by suspicion. Looked for is the shortest run of them, from the first one on, that makes such an
    /// error; the last of it is the culprit.
    fn culprit(&mut self, package: usize, errors: &[Error], members: &[usize]) -> io::Result<(usize, Failure)> {
        let mut order = members.to_vec();
        // Culprits are often neighbours.
        order.sort_by_key(|&member| (self.innocence(errors, member), member.abs_diff(self.last_culprit)));
        let mut error = &errors[0];
        let mut found;
        let (mut innocent, mut guilty, mut step) = (0, order.len(), 1);
        while innocent + 1 < guilty {
            let tried = if innocent + step < guilty { innocent + step } else { innocent.midpoint(guilty) };
            let errors = self.check(package, Mark::Desugar, &order[..tried])?;
            let elsewhere = errors.into_iter().find(|error| self.booked(error, &order[..tried]).is_none());
            eprintln!("  {tried} of {} functions tried: {}", order.len(), error.reason.text);
            match elsewhere {
                Some(elsewhere) => {
                    (guilty, step) = (tried, order.len());
                    found = elsewhere;
                    error = &found;
                }
                None => (innocent, step) = (tried, step * 2),
            }
        }
        let member = order[guilty - 1];
        self.last_culprit = member;
        Ok((member, failure(error, self.tree.functions[member].function.line, true)))
    }

    /// How little there is against a function: the errors point to it, or name it, or neither.
    fn innocence(&self, errors: &[Error], member: usize) -> usize {
        let points =
            |error: &Error| error.beside.iter().any(|place| self.tree.around(&place.file, place.byte) == Some(member));
        let name = &self.tree.functions[member].function.name;
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let names = |error: &Error| error.text.split(|c| !is_part(c)).any(|word| word == name);
        match () {
            () if errors.iter().any(points) => 0,
            () if errors.iter().any(names) => 1,
            () => 2,
        }
    }
}

fn failure(error: &Error, line: usize, elsewhere: bool) -> Failure {
    Failure { reason: error.reason.clone(), rendered: error.rendered.clone(), line, others: BTreeSet::new(), elsewhere }
}
