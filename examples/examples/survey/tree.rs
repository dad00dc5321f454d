//! A copy of a source tree, in which each `async fn` can be marked.
//!
//! Every mark is as long as every other one, and stands on the line of its function: to change marks moves nothing, so
//! places in the copy are computed once, and lines are those of the original.

use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use walkdir::WalkDir;

use crate::functions::{Function, functions};

/// What stands above a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing.
    Blank,
    /// The attribute with an argument that it refuses, which tells that the function is compiled at all.
    Probe,
    Desugar,
}

impl Mark {
    fn text(self) -> &'static str {
        match self {
            Mark::Blank => "                         ",
            Mark::Probe => "#[::desugar::desugar(?)] ",
            Mark::Desugar => "#[::desugar::desugar]    ",
        }
    }

    fn len() -> usize {
        Mark::Blank.text().len()
    }
}

/// The copy.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
    pub(crate) functions: Vec<Member>,
    files: Vec<File>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    /// What cargo calls it; a name may also be that of a dependency.
    pub(crate) id: String,
}

/// A function of the tree.
pub(crate) struct Member {
    pub(crate) function: Function,
    /// Its file, from the root.
    pub(crate) file: PathBuf,
    /// An index in `packages`.
    pub(crate) package: usize,
    /// Its bytes in the copy, attributes, mark and body.
    bytes: Range<usize>,
}

struct File {
    /// From the root.
    path: PathBuf,
    original: String,
    /// What is on the disk.
    written: String,
    /// Indices of its functions.
    members: Range<usize>,
}

impl Tree {
    /// Copies what is in `from` to `root`, which is empty, and makes `desugar` a dependency of its packages.
    pub(crate) fn copy(from: &Path, root: &Path, desugar: &Path) -> io::Result<Tree> {
        for entry in WalkDir::new(from).into_iter().filter_entry(is_source) {
            let entry = entry?;
            let to = root.join(entry.path().strip_prefix(from).expect("what is found in a folder is below it"));
            match entry.file_type().is_dir() {
                true => fs::create_dir_all(to)?,
                false => drop(fs::copy(entry.path(), to)?),
            }
        }
        let root = root.canonicalize()?;
        let metadata = MetadataCommand::new().no_deps().current_dir(&root).exec().map_err(io::Error::other)?;
        let packages = metadata.workspace_packages();
        for package in &packages {
            let mut manifest = fs::OpenOptions::new().append(true).open(&package.manifest_path)?;
            write!(manifest, "\n[dependencies.desugar]\npath = {desugar:?}\n")?;
        }
        let folders: Vec<PathBuf> =
            packages.iter().map(|package| package.manifest_path.with_file_name("").into_std_path_buf()).collect();
        let packages = packages
            .iter()
            .map(|package| Package { name: package.name.to_string(), id: package.id.repr.clone() })
            .collect();
        let mut tree = Tree { root, packages, functions: Vec::new(), files: Vec::new() };
        for entry in WalkDir::new(&tree.root).sort_by_file_name() {
            let path = entry?.into_path();
            // Of nested packages, the innermost has the file.
            let package = (0..folders.len())
                .filter(|&package| path.starts_with(&folders[package]))
                .max_by_key(|&package| folders[package].components().count());
            if let (Some(package), Some("rs")) = (package, path.extension().and_then(|extension| extension.to_str())) {
                tree.read(path, package);
            }
        }
        Ok(tree)
    }

    /// Looks for functions in a file of the copy. What is no text, or does not parse, is no source, as in test data.
    fn read(&mut self, path: PathBuf, package: usize) {
        let Ok(original) = fs::read_to_string(&path) else { return };
        let Ok(functions) = functions(&original) else { return };
        let path = path.strip_prefix(&self.root).expect("the files are below the root").to_owned();
        let first = self.functions.len();
        let bytes = marked_bytes(&functions);
        self.functions.extend(functions.into_iter().zip(bytes).map(|(function, bytes)| Member {
            function,
            file: path.clone(),
            package,
            bytes,
        }));
        let members = first..self.functions.len();
        self.files.push(File { path, written: original.clone(), original, members });
    }

    /// Puts each function's mark above it.
    pub(crate) fn write(&mut self, marks: &[Mark]) -> io::Result<()> {
        for file in &mut self.files {
            let members = file.members.clone();
            let functions = members.map(|member| (&self.functions[member].function, marks[member]));
            let text = marked(&file.original, functions);
            if text != file.written {
                fs::write(self.root.join(&file.path), &text)?;
                file.written = text;
            }
        }
        Ok(())
    }

    /// The innermost function around a place in the copy.
    pub(crate) fn around(&self, file: &Path, byte: usize) -> Option<usize> {
        let file = self.files.iter().find(|candidate| self.root.join(&candidate.path) == file)?;
        file.members.clone().rev().find(|&member| self.functions[member].bytes.contains(&byte))
    }
}

/// Leaves out what is built, and the history.
fn is_source(entry: &walkdir::DirEntry) -> bool {
    entry.file_name() != ".git" && !entry.path().join("CACHEDIR.TAG").exists()
}

/// The source with a mark above each of its functions.
fn marked<'a>(source: &str, functions: impl Iterator<Item = (&'a Function, Mark)>) -> String {
    let mut text = String::new();
    let mut done = 0;
    for (function, mark) in functions {
        text.push_str(&source[done..function.head]);
        text.push_str(mark.text());
        done = function.head;
    }
    text.push_str(&source[done..]);
    text
}

/// Where the functions of a file are once each has a mark.
fn marked_bytes(functions: &[Function]) -> Vec<Range<usize>> {
    let marks_before = |byte| functions.iter().filter(|function| function.head < byte).count();
    let moved = |byte| byte + Mark::len() * marks_before(byte);
    functions.iter().map(|function| moved(function.bytes.start)..moved(function.bytes.end)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Mark, marked, marked_bytes};
    use crate::functions::functions;

    const SOURCE: &str = "/// A\npub async fn a() { async fn inner() {} }\nimpl B { async fn b() {} }\n";

    #[test]
    fn a_mark_stands_on_the_line_of_its_function() {
        let functions = functions(SOURCE).expect("the source parses");
        let text = marked(SOURCE, functions.iter().zip([Mark::Desugar, Mark::Blank, Mark::Probe]));
        let shown: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            shown,
            [
                "/// A",
                "#[::desugar::desugar] pub async fn a() { async fn inner() {} }",
                "impl B { #[::desugar::desugar(?)] async fn b() {} }",
            ]
        );
    }

    #[test]
    fn functions_are_found_again_in_the_marked_text_whatever_the_marks() {
        let functions = functions(SOURCE).expect("the source parses");
        let bytes = marked_bytes(&functions);
        for mark in [Mark::Blank, Mark::Probe, Mark::Desugar] {
            let text = marked(SOURCE, functions.iter().map(|function| (function, mark)));
            for (function, bytes) in functions.iter().zip(&bytes) {
                let found = &text[bytes.clone()];
                let head = &found[function.head - function.bytes.start..];
                assert!(head.starts_with(mark.text()), "{found}");
                assert!(head[Mark::len()..].starts_with(&SOURCE[function.head..][..9]), "{found}");
                assert!(found.ends_with('}'), "{found}");
            }
        }
    }
}
