//! What the compiler says when the attribute is taken off.

use std::fs;
use std::path::{Path, PathBuf};

/// The programs of a folder, by name.
pub(crate) fn programs(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(tests().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}
