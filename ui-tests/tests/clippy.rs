//! The lints of clippy: with the attribute there is none that is not there natively, and each is reported once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What clippy does not say of a desugared function: it looks at the whole of an `async fn` for these.
const LOST: &[&str] = &["writing `&String` instead of `&str`", "unneeded `return` statement"];

#[rustversion::attr(not(all(since(1.95), before(1.96))), ignore = "the lints are those of Rust 1.95")]
#[test]
fn clippy_says_nothing_more_than_natively() {
    let Some(native) = lints(&[]) else {
        eprintln!("skipped: clippy (no clippy component)");
        return;
    };
    let desugared = lints(&["--features", "desugared"]).expect("clippy is there");
    assert!(native.len() > 5, "{native:?}");
    let once: BTreeSet<&String> = desugared.iter().collect();
    assert_eq!(once.len(), desugared.len(), "reported twice: {desugared:#?}");
    let added: Vec<&String> = desugared.iter().filter(|lint| !native.contains(lint)).collect();
    assert!(added.is_empty(), "{added:#?}");
    let missing: Vec<&String> = native.iter().filter(|lint| !desugared.contains(lint)).collect();
    let is_lost = |lint: &&String| LOST.iter().any(|lost| lint.contains(lost));
    assert!(missing.iter().all(is_lost) && missing.len() == LOST.len(), "{missing:#?}");
}

/// Each warning with its place; `None` without clippy.
fn lints(arguments: &[&str]) -> Option<Vec<String>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clippy");
    fs::create_dir_all(folder.join("src")).unwrap();
    let runtime = here.with_file_name("runtime");
    let manifest = format!(
        "[package]\nname = \"lints\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         desugar = {{ path = {runtime:?} }}\n\n[features]\ndesugared = []\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(here.with_file_name("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    fs::copy(here.join("tests/lints/lib.rs"), folder.join("src/lib.rs")).unwrap();
    let cargo = || Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if !cargo().args(["clippy", "--version"]).output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    let output = cargo()
        .args(["clippy", "--quiet", "--offline", "--message-format=short"])
        .args(arguments)
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    Some(text.lines().filter(|line| line.contains(": warning: ")).map(str::to_string).collect())
}
