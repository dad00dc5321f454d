//! Sizes and times of all versions as a Markdown table, and what they come to.

use super::time::Times;
use super::{Compared, Version};

/// Prints one line for each function, then three that sum them up.
pub(crate) fn print(functions: &[Compared], timed: bool) {
    if timed && cfg!(debug_assertions) {
        eprintln!("note: built without optimisations, the times mean little; use `cargo run --release`");
    }
    println!(
        "| function | native | desugared | hand | / native | / hand |{}",
        if timed { " ns | / native | / hand |" } else { "" }
    );
    println!("|---|---:|---:|---:|---:|---:|{}", if timed { "---:|---:|---:|" } else { "" });
    let (mut native, mut hand, mut times) = (Ratios::default(), Ratios::default(), Ratios::default());
    for compared in functions {
        let Compared { name, .. } = compared;
        let size = |version: &Version| version.size as f64;
        let to_native = native.add(name, size(&compared.desugared) / size(&compared.native));
        let to_hand = compared.hand.as_ref().map(|by_hand| hand.add(name, size(&compared.desugared) / size(by_hand)));
        print!(
            "| {name} | {} | {} | {} | {to_native:.2} | {} |",
            compared.native.size,
            compared.desugared.size,
            compared.hand.as_ref().map_or("–".to_owned(), |hand| hand.size.to_string()),
            to_hand.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
        );
        assert_same(compared);
        if timed {
            let Times { desugared, to_native, to_hand } = Times::of(compared);
            times.add(name, to_native);
            let to_hand = to_hand.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            print!(" {desugared:.1} | {to_native:.2} | {to_hand} |");
        }
        println!();
    }
    println!();
    println!("size / native: {}", native.both());
    println!("size / hand: {}", hand.worst());
    if timed {
        println!("time / native: {}", times.both());
    }
}

/// All versions compute the same.
fn assert_same(Compared { name, native, desugared, hand }: &Compared) {
    for rounds in [1, 2, 3, 40] {
        let expected = (native.run)(rounds);
        assert_eq!((desugared.run)(rounds), expected, "{name} desugared");
        if let Some(hand) = hand {
            assert_eq!((hand.run)(rounds), expected, "{name} by hand");
        }
    }
}

/// Ratios, each of a function.
#[derive(Default)]
struct Ratios(Vec<(&'static str, f64)>);

impl Ratios {
    fn add(&mut self, name: &'static str, ratio: f64) -> f64 {
        self.0.push((name, ratio));
        ratio
    }

    fn worst(&self) -> String {
        let worst = self.0.iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
        worst.map_or(String::new(), |(name, ratio)| format!("worst {ratio:.3} ({name})"))
    }

    fn both(&self) -> String {
        let logarithms: f64 = self.0.iter().map(|(_, ratio)| ratio.ln()).sum();
        format!("{}, geometric mean {:.3}", self.worst(), (logarithms / self.0.len() as f64).exp())
    }
}
