//! What the command is told.

use std::path::{Path, PathBuf};

use desugar_programs::Options;

pub(crate) const USAGE: &str = "usage: programs [--count N] [--first NUMBER] [--numbers N,N,..] [--per-crate N] [--shrink] [--print] [--known] [--edition 2021] [--folder PATH]";

/// The arguments, or what stands for them.
pub(crate) struct Arguments {
    /// How many programs.
    pub(crate) count: u64,
    /// The number of the first one.
    pub(crate) first: u64,
    /// These, and no others.
    pub(crate) numbers: Option<Vec<u64>>,
    /// How many are built at once.
    pub(crate) per_crate: usize,
    /// Whether what is found is made smaller.
    pub(crate) shrink: bool,
    /// Whether the programs are only printed.
    pub(crate) print: bool,
    /// Whether what is known to differ is in it.
    pub(crate) known: bool,
    pub(crate) edition: String,
    /// Where the crates are written.
    pub(crate) folder: PathBuf,
}

impl Arguments {
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/programs");
        let mut arguments = Arguments {
            count: 300,
            first: 0,
            numbers: None,
            per_crate: 300,
            shrink: false,
            known: false,
            print: false,
            edition: "2024".into(),
            folder,
        };
        while let Some(name) = given.next() {
            match name.as_str() {
                "--count" => arguments.count = given.next()?.parse().ok()?,
                "--first" => arguments.first = given.next()?.parse().ok()?,
                "--numbers" => arguments.numbers = Some(numbers(&given.next()?)?),
                "--per-crate" => arguments.per_crate = given.next()?.parse().ok().filter(|&count| count > 0)?,
                "--shrink" => arguments.shrink = true,
                "--print" => arguments.print = true,
                "--known" => arguments.known = true,
                "--edition" => arguments.edition = given.next()?,
                "--folder" => arguments.folder = given.next()?.into(),
                _ => return None,
            }
        }
        Some(arguments)
    }

    /// The numbers of the programs.
    pub(crate) fn programs(&self) -> Vec<u64> {
        self.numbers.clone().unwrap_or_else(|| (self.first..self.first + self.count).collect())
    }

    pub(crate) fn options(&self) -> Options {
        let let_chains = self.edition != "2021";
        let leave_out = if self.known { Vec::new() } else { Options::default().leave_out };
        Options { leave_out, let_chains }
    }
}

/// `1,2,3`.
fn numbers(list: &str) -> Option<Vec<u64>> {
    list.split(',').map(|number| number.parse().ok()).collect()
}
