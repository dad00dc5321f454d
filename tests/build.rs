//! Writes the programs of `tests/programs.rs`, which nobody wrote by hand.

use std::env;
use std::fs;
use std::io;
use std::path::Path;

use desugar_programs::{Options, module, program};

/// These numbers, but for those that are refused.
const NUMBERS: std::ops::Range<u64> = 0..309;

/// What the attribute refuses: `--example programs -- --count 309` prints the numbers and the reasons.
const REFUSED: &[u64] = &[3, 12, 75, 104, 122, 175, 180, 293, 295];

/// Miri is some thousand times slower.
const FOR_MIRI: usize = 10;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let is_miri = env::var_os("CARGO_CFG_MIRI").is_some();
    let numbers = NUMBERS.filter(|number| !REFUSED.contains(number));
    let numbers = numbers.take(if is_miri { FOR_MIRI } else { usize::MAX });
    let text: String = numbers
        .map(|number| module(&format!("program_{number}"), &program(number, &Options::default()).text, true) + "\n")
        .collect();
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("programs.rs"), text)
}
