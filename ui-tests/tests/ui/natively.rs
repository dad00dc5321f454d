//! What the compiler says about the mistakes when the attribute is taken off, and whether desugared it says the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The program without the attribute, every line where it was.
#[rustversion::attr(not(all(since(1.95), before(1.96))), allow(dead_code))]
fn without_attribute(program: &str) -> String {
    let lines = program.lines().map(|line| match line.trim() {
        "#[desugar]" | "use desugar::desugar;" => "\n".to_owned(),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

/// Whether a program compiles without its attribute, and what the compiler says.
#[rustversion::attr(not(all(since(1.95), before(1.96))), allow(dead_code))]
fn natively(folder: &str, name: &str) -> (bool, String) {
    let path = Path::new("tests").join(folder).join(name).with_extension("rs");
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("natively");
    let program = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
    fs::create_dir_all(root.join(&path).parent().unwrap()).unwrap();
    fs::write(root.join(&path), without_attribute(&program)).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .current_dir(&root)
        .args(["--edition=2024", "--emit=metadata", "--crate-type=bin", "-Adead_code"])
        .arg(&path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let summary = ["error: aborting", "Some errors have", "For more information"];
    let lines = text.lines().filter(|line| !summary.iter().any(|start| line.starts_with(start)));
    let lines: Vec<&str> = lines.map(|line| if line.contains("/library/") { std_place(line) } else { line }).collect();
    (output.status.success(), lines.join("\n").trim_end().to_owned() + "\n")
}

/// Places in the standard library depend on the installation: only their arrow is kept.
#[rustversion::attr(not(all(since(1.95), before(1.96))), allow(dead_code))]
fn std_place(line: &str) -> &str {
    let arrow = line.find("-->").or_else(|| line.find(":::")).map_or(0, |at| at + 3);
    &line[..arrow]
}

/// `error[E0308]: mismatched types at 6:5`: each error's headline, and the start of what it underlines.
fn errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let mut headline = None;
    for line in text.lines() {
        if line.starts_with("error") {
            headline = Some(line);
        } else if let (Some(error), Some((_, place))) = (headline, line.split_once(".rs:")) {
            errors.push(format!("{error} at {place}"));
            headline = None;
        }
    }
    errors.sort();
    errors
}

/// What the first line of a program claims: `// reads as natively`, or `// differs: ..`.
fn claims_to_read_natively(name: &str) -> bool {
    let program = fs::read_to_string(tests().join("mistakes").join(name).with_extension("rs")).unwrap();
    let first = program.lines().next().unwrap();
    assert!(
        first == "// reads as natively" || first.starts_with("// differs: "),
        "{name}.rs begins with `// reads as natively` or `// differs: ..`"
    );
    first == "// reads as natively"
}

#[rustversion::all(since(1.95), before(1.96))]
#[test]
fn what_is_said_natively_stands_beside_each_mistake() {
    let bless = std::env::var_os("TRYBUILD").is_some_and(|how| how == "overwrite");
    let mut stale = Vec::new();
    for name in programs("mistakes") {
        let path = tests().join("mistakes").join(format!("{name}.native.txt"));
        let (compiles, said) = natively("mistakes", &name);
        assert!(!compiles, "{name} is no mistake: it compiles natively");
        if bless {
            fs::write(path, said).unwrap();
        } else if fs::read_to_string(path).ok().as_deref() != Some(&said) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "written anew by TRYBUILD=overwrite: {stale:?}");
}

/// The same errors, each as often, at the same places: what a program's first line claims, no more and no less.
#[test]
fn mistakes_read_as_natively_where_they_claim_it() {
    let mut wrong = Vec::new();
    // A run that blesses writes what is read here.
    let bless = std::env::var_os("TRYBUILD").is_some_and(|how| how == "overwrite");
    for name in programs("mistakes").into_iter().filter(|_| !bless) {
        let read = |extension: &str| fs::read_to_string(tests().join("mistakes").join(format!("{name}.{extension}")));
        let (native, desugared) = (errors(&read("native.txt").unwrap()), errors(&read("stderr").unwrap()));
        assert!(!native.is_empty(), "{name} has no error");
        if claims_to_read_natively(&name) != (native == desugared) {
            wrong.push(format!("{name}: natively {native:#?}, desugared {desugared:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[rustversion::all(since(1.95), before(1.96))]
#[test]
fn what_is_accepted_or_should_be_compiles_natively() {
    for folder in ["accepted", "wrongly_refused"] {
        for name in programs(folder) {
            let (compiles, said) = natively(folder, &name);
            assert!(compiles && said.trim().is_empty(), "{folder}/{name}.rs:\n{said}");
        }
    }
}

#[test]
fn no_text_is_left_over() {
    for folder in ["refused", "mistakes", "wrongly_refused"] {
        let names: BTreeSet<String> = programs(folder).into_iter().collect();
        for entry in fs::read_dir(tests().join(folder)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let name = file.split('.').next().unwrap();
            assert!(names.contains(name), "{folder}/{file} belongs to no program");
        }
    }
}
