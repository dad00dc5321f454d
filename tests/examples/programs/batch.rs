//! A crate of programs: written, built without those that do not compile, and run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use desugar_programs::{HEADER, Options, Program, module};

use crate::build::{self, Fault};

/// More rounds than this of taking out what does not compile are not needed.
const ROUNDS: usize = 12;
/// A program that takes longer than this does not end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program with the name that it has here.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) program: Program,
}

/// What came of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every trace is that of the native version.
    Equal,
    /// Not so: what the comparison says.
    Differs(String),
    /// The process ended: how.
    Crashes(String),
    /// Native compiles, the other does not.
    Refused(Fault),
    /// Native does not compile: the program should not have been written.
    Invalid(Fault),
}

impl Case {
    pub(crate) fn numbered(number: u64, options: &Options) -> Self {
        Case { name: format!("p{number}"), program: desugar_programs::program(number, options) }
    }
}

/// Where a crate is written, and built.
pub(crate) struct Batch {
    folder: PathBuf,
    target: PathBuf,
}

impl Batch {
    /// A crate inside of the folder. All of them are built in the same place: what they depend on is built once.
    pub(crate) fn new(folder: &Path, inside: &str, edition: &str) -> io::Result<Self> {
        let (folder, target) = (folder.join(inside), folder.join("target"));
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir_all(folder.join("src"))?;
        let runtime = tests.join("../runtime");
        let manifest = format!(
            "[package]\nname = \"programs\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[dependencies]\n\
             desugar = {{ path = {runtime:?} }}\ndesugar-tests = {{ path = {tests:?} }}\nfutures = \"0.3\"\ntokio = {{ version = \"1\", features = [\"macros\"] }}\n\n[profile.dev]\ndebug = 0\nincremental = false\n\n\
             [profile.dev.build-override]\nopt-level = 3\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(tests.join("../Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Batch { folder, target })
    }

    /// What comes of each.
    pub(crate) fn run(&self, cases: Vec<Case>) -> io::Result<Vec<(Case, Outcome)>> {
        let mut faults = self.build(&cases, false)?;
        let compiled: Vec<&Case> = cases.iter().filter(|case| !faults.contains_key(&case.name)).collect();
        let mut results = self.execute(&compiled)?;
        // Whose fault it is: the same without the attribute.
        let failed: Vec<Case> = cases.iter().filter(|case| faults.contains_key(&case.name)).cloned().collect();
        let mut invalid = if failed.is_empty() { BTreeMap::new() } else { self.build(&failed, true)? };
        let outcome = |name: &str| {
            if let Some(fault) = invalid.remove(name) {
                return Outcome::Invalid(fault);
            }
            let refused = faults.remove(name).map(Outcome::Refused);
            refused.or_else(|| results.remove(name)).unwrap_or(Outcome::Crashes("it was not run".into()))
        };
        let names: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
        let outcomes: Vec<Outcome> = names.iter().map(String::as_str).map(outcome).collect();
        Ok(cases.into_iter().zip(outcomes).collect())
    }

    /// Builds what can be built; the faults of the others.
    fn build(&self, cases: &[Case], only_native: bool) -> io::Result<BTreeMap<String, Fault>> {
        let mut faults = BTreeMap::new();
        for case in cases {
            let text = module(&case.name, &case.program.text, false);
            let text = if only_native { text.replacen("compare_program!", "native_program!", 1) } else { text };
            fs::write(self.folder.join("src").join(format!("{}.rs", case.name)), format!("{HEADER}\n{text}"))?;
        }
        for _ in 0..ROUNDS {
            let left: Vec<&Case> = cases.iter().filter(|case| !faults.contains_key(&case.name)).collect();
            fs::write(self.folder.join("src/main.rs"), main_file(&left))?;
            let found = build::build(&self.folder, &self.target, only_native)?;
            if found.is_empty() {
                break;
            }
            faults.extend(found);
        }
        Ok(faults)
    }

    /// Runs those that were built. A program that ends the process ends itself only.
    fn execute(&self, cases: &[&Case]) -> io::Result<BTreeMap<String, Outcome>> {
        let mut results = BTreeMap::new();
        let mut first = 0;
        while first < cases.len() {
            let mut child = Command::new(self.target.join("debug/programs"))
                .arg(first.to_string())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let mut errors = child.stderr.take().expect("it is piped");
            let errors = std::thread::spawn(move || {
                let mut text = Vec::new();
                errors.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
            });
            let output = BufReader::new(child.stdout.take().expect("it is piped"));
            let begun = read_results(output, &mut results, &mut child)?;
            let status = child.wait()?;
            let errors = errors.join().expect("reading does not panic")?;
            if status.success() {
                break;
            }
            let at = cases.iter().position(|case| case.name == begun).unwrap_or(first);
            let last: String = errors.lines().rev().take(5).collect::<Vec<_>>().join("\n");
            results.insert(cases[at].name.clone(), Outcome::Crashes(format!("{status}\n{last}")));
            first = at + 1;
        }
        Ok(results)
    }
}

/// Reads what the crate prints: `begin p1`, then `equal p1`, or `differs p1` and lines up to a form feed. Gives what was
/// begun last. A program that does not end is stopped.
fn read_results(
    output: impl BufRead + Send + 'static,
    results: &mut BTreeMap<String, Outcome>,
    child: &mut Child,
) -> io::Result<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || output.lines().try_for_each(|line| sender.send(line)));
    let mut begun = String::new();
    let mut difference: Option<String> = None;
    loop {
        let line = match receiver.recv_timeout(PATIENCE) {
            Ok(line) => line?,
            Err(RecvTimeoutError::Disconnected) => return Ok(begun),
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                return Ok(begun);
            }
        };
        if let Some(text) = &mut difference {
            if line == "\u{c}" {
                results.insert(begun.clone(), Outcome::Differs(difference.take().unwrap_or_default()));
            } else {
                let _ = writeln!(text, "{line}");
            }
        } else if let Some(name) = line.strip_prefix("begin ") {
            begun = name.to_string();
        } else if line.starts_with("equal ") {
            results.insert(begun.clone(), Outcome::Equal);
        } else if line.starts_with("differs ") {
            difference = Some(String::new());
        }
    }
}

fn main_file(cases: &[&Case]) -> String {
    let mut text = String::from("//! Written by the command `programs`.\n\n");
    for case in cases {
        let _ = writeln!(text, "mod {};", case.name);
    }
    let list: String = cases.iter().map(|case| format!("    (\"{0}\", {0}::{0}),\n", case.name)).collect();
    text + &format!("\nconst PROGRAMS: &[(&str, fn())] = &[\n{list}];\n\n{MAIN}")
}

const MAIN: &str = r#"fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let first = std::env::args().nth(1).map_or(0, |first| first.parse().unwrap());
    for (name, run) in &PROGRAMS[first..] {
        println!("begin {name}");
        match std::panic::catch_unwind(run) {
            Ok(()) => println!("equal {name}"),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                println!("differs {name}\n{text}\n\u{c}");
            }
        }
    }
}
"#;
