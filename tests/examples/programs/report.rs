//! What was found, by kind.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::batch::{Case, Outcome};

/// The numbers of all programs so far.
#[derive(Default)]
pub(crate) struct Report {
    equal: usize,
    /// By the kind of what was found: the names.
    found: BTreeMap<String, Vec<String>>,
    broken: bool,
}

impl Outcome {
    /// What it has in common with others; `None` if all is well.
    pub(crate) fn kind(&self) -> Option<String> {
        match self {
            Outcome::Equal => None,
            Outcome::Differs(_) => Some("differs".into()),
            Outcome::Crashes(_) => Some("crashes".into()),
            Outcome::Refused(fault) => Some(format!("refused: {}", fault.kind)),
            Outcome::Invalid(fault) => Some(format!("not a program: {}", fault.kind)),
        }
    }

    fn text(&self) -> &str {
        match self {
            Outcome::Equal => "",
            Outcome::Differs(text) | Outcome::Crashes(text) => text,
            Outcome::Refused(fault) | Outcome::Invalid(fault) => &fault.text,
        }
    }
}

impl Report {
    pub(crate) fn add(&mut self, folder: &Path, case: &Case, outcome: &Outcome) -> io::Result<()> {
        let Some(kind) = outcome.kind() else {
            self.equal += 1;
            return Ok(());
        };
        self.broken |= matches!(outcome, Outcome::Differs(_) | Outcome::Crashes(_));
        if matches!(outcome, Outcome::Differs(_) | Outcome::Crashes(_)) {
            println!("{} {kind}", case.name);
        }
        save(folder, &case.name, case, outcome)?;
        self.found.entry(kind).or_default().push(case.name.clone());
        Ok(())
    }

    /// Whether this was the first of its kind; each difference is one of its own.
    pub(crate) fn is_first_of_its_kind(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Equal => false,
            Outcome::Differs(_) | Outcome::Crashes(_) => true,
            _ => outcome.kind().and_then(|kind| self.found.get(&kind)).is_some_and(|names| names.len() == 1),
        }
    }

    pub(crate) fn add_small(&self, folder: &Path, small: &Case, outcome: &Outcome) -> io::Result<()> {
        println!("{}, made smaller:\n{}", small.name, small.program.text);
        save(folder, &format!("{}_small", small.name), small, outcome)
    }

    pub(crate) fn is_clean(&self) -> bool {
        !self.broken
    }

    pub(crate) fn print_line(&self, done: usize) {
        let count = |prefix: &str| -> usize {
            self.found.iter().filter(|(kind, _)| kind.starts_with(prefix)).map(|(_, names)| names.len()).sum()
        };
        println!(
            "{done} programs: {} equal, {} differ, {} crash, {} refused, {} no programs",
            self.equal,
            count("differs"),
            count("crashes"),
            count("refused"),
            count("not a program")
        );
    }

    pub(crate) fn print(&self) {
        let mut kinds: Vec<_> = self.found.iter().collect();
        kinds.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        for (kind, names) in kinds {
            let some: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
            println!("{:6} {kind}\n       {}", names.len(), some.join(" "));
        }
    }
}

/// Leaves the program and what is wrong with it in a file.
fn save(folder: &Path, name: &str, case: &Case, outcome: &Outcome) -> io::Result<()> {
    let found = folder.join("found");
    fs::create_dir_all(&found)?;
    let text = outcome.text().lines().map(|line| format!("// {line}\n")).collect::<String>();
    fs::write(found.join(format!("{name}.rs")), format!("{}\n{text}", case.program.text))
}
