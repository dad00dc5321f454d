//! The choices that a program is made of: drawn from a seed, or played back from a list.
//!
//! A program is a function of its choices, so a shorter or smaller list of them is a smaller program, which is valid like
//! any other. Choice 0 is always the simplest one, and a list that has run out goes on with zeros.

use std::ops::Range;

/// Where the choices come from, and which were made.
#[derive(Debug)]
pub(crate) struct Choices {
    source: Source,
    made: Vec<u32>,
    /// The choices of each part of the program, inner parts before the outer ones.
    parts: Vec<Range<usize>>,
}

#[derive(Debug)]
enum Source {
    /// The state of a generator of random numbers: written out here, as a seed must mean the same program for years.
    Seed(u64),
    List(Vec<u32>),
}

impl Choices {
    /// All that follows from the seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self::new(Source::Seed(seed))
    }

    /// These choices, then zeros.
    pub(crate) fn replayed(list: Vec<u32>) -> Self {
        Self::new(Source::List(list))
    }

    fn new(source: Source) -> Self {
        Choices { source, made: Vec::new(), parts: Vec::new() }
    }

    /// The choices made, and which belong to a part.
    pub(crate) fn into_made(self) -> (Vec<u32>, Vec<Range<usize>>) {
        (self.made, self.parts)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u32::try_from(bound.max(1)).expect("there are few alternatives");
        let choice = match &mut self.source {
            Source::Seed(state) => (next(state) % u64::from(bound)) as u32,
            Source::List(list) => list.get(self.made.len()).map_or(0, |choice| choice % bound),
        };
        self.made.push(choice);
        choice as usize
    }

    /// True in so many of a hundred cases; false is the simplest.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of the alternatives, as often as its weight says; the first one is the simplest.
    pub(crate) fn weighted<T: Copy>(&mut self, alternatives: &[(usize, T)]) -> T {
        let mut at = self.below(alternatives.iter().map(|(weight, _)| weight).sum());
        for &(weight, alternative) in alternatives {
            if at < weight {
                return alternative;
            }
            at -= weight;
        }
        alternatives[0].1
    }

    /// One of the list.
    pub(crate) fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Where a part begins: to be handed to `end`.
    pub(crate) fn begin(&self) -> usize {
        self.made.len()
    }

    /// Ends a part.
    pub(crate) fn end(&mut self, begin: usize) {
        if self.made.len() > begin {
            self.parts.push(begin..self.made.len());
        }
    }
}

/// Splitmix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::Choices;

    #[test]
    fn what_is_played_back_is_what_was_drawn() {
        let draw = |mut choices: Choices| {
            let drawn: Vec<usize> = (1..50).map(|bound| choices.below(bound)).collect();
            (drawn, choices.into_made().0)
        };
        let (drawn, made) = draw(Choices::seeded(7));
        assert!(drawn.iter().any(|&choice| choice > 0));
        assert_eq!(draw(Choices::replayed(made)).0, drawn);
    }

    #[test]
    fn a_list_that_has_run_out_chooses_what_is_simplest() {
        let mut choices = Choices::replayed(Vec::new());
        assert!(!choices.chance(99));
        assert_eq!(choices.weighted(&[(1, "simple"), (9, "other")]), "simple");
    }
}
