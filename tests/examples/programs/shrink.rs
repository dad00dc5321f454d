//! The smallest program that is found to fail in the same way.

use std::io;

use crate::arguments::Arguments;
use crate::batch::{Batch, Case, Outcome};

/// How many candidates are built at once.
const TRIED: usize = 60;
/// How many times at most.
const ROUNDS: usize = 40;

/// Tries smaller programs for as long as one fails in the same way.
pub(crate) fn shrink(arguments: &Arguments, case: Case, outcome: Outcome) -> io::Result<(Case, Outcome)> {
    let kind = outcome.kind();
    let batch = Batch::new(&arguments.folder, "shrink", &arguments.edition)?;
    let mut best = (case, outcome);
    let mut rounds = 0;
    'smaller: loop {
        let smaller = desugar_programs::smaller(&best.0.program, &arguments.options());
        for programs in smaller.chunks(TRIED) {
            rounds += 1;
            if rounds > ROUNDS {
                return Ok(best);
            }
            let named = |(at, program): (usize, &desugar_programs::Program)| Case {
                name: format!("p{at}"),
                program: program.clone(),
            };
            let outcomes = batch.run(programs.iter().enumerate().map(named).collect())?;
            if let Some((case, outcome)) = outcomes.into_iter().find(|(_, outcome)| outcome.kind() == kind) {
                best = (Case { name: best.0.name, program: case.program }, outcome);
                continue 'smaller;
            }
        }
        return Ok(best);
    }
}
