//! Files: copies, logs, trees of folders, safe writes, configuration.

use crate::support::{disk::*, report::Context as _, time::*, *};
use std::{
    io,
    ops::{Deref, DerefMut, RangeInclusive},
    pin::Pin,
    str::FromStr,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

#[derive(Debug)]
pub enum FileError {
    Io { path: String, error: io::Error },
}

impl From<(&str, io::Error)> for FileError {
    fn from((path, error): (&str, io::Error)) -> Self {
        FileError::Io { path: path.to_string(), error }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub files: u32,
    pub folders: u32,
    pub bytes: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Usage) {
        self.files += other.files;
        self.folders += other.folders;
        self.bytes += other.bytes;
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub port: u16,
    pub name: String,
    pub limits: RangeInclusive<u32>,
}

impl Default for Config {
    fn default() -> Self {
        Config { port: 80, name: "server".to_string(), limits: 0..=10 }
    }
}

/// A file that is there until it is kept.
pub struct Temporary {
    disk: Disk,
    path: Option<String>,
    file: File,
}

impl Temporary {
    pub fn keep(mut self) -> Option<String> {
        self.path.take()
    }
}

impl Deref for Temporary {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl DerefMut for Temporary {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.file
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            tick(&format!("remove {path}"));
            let _ = self.disk.remove_now(&path);
        }
    }
}

fn tree() -> Disk {
    Disk::new([("/a/one", "1"), ("/a/b/two", "22"), ("/a/b/skip.tmp", "x"), ("/a/c/three", "333")])
}

twice! {
    /// Copies what it reads, and says how far it is.
    #[desugar]
    pub async fn copy<R, W>(from: &mut R, to: &mut W, mut progress: impl FnMut(u64) + Send) -> io::Result<u64>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let mut buffer = [0u8; 8];
        let mut total = 0;
        loop {
            let n = match from.read(&mut buffer).await {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            to.write_all(&buffer[..n]).await?;
            total += n as u64;
            progress(total);
        }
        to.flush().await?;
        Ok(total)
    }

    #[desugar]
    pub async fn copy_file(disk: &Disk, from: &str, to: &str) -> Result<u64, FileError> {
        let mut source = disk.open(from).await.map_err(|error| (from, error))?;
        let mut target = disk.create(to).await.map_err(|error| (to, error))?;
        let mut steps = 0;
        let result = copy(&mut source, &mut target, |_| steps += 1).await;
        if let Err(error) = result {
            drop(target);
            disk.remove_file(to).await.ok();
            return Err(FileError::Io { path: format!("{to} after {steps} steps"), error });
        }
        target.sync_all().await.map_err(|error| FileError::from((to, error)))?;
        Ok(result.unwrap_or_default())
    }

    /// Writes beside the file, then renames: either the old or the new text is there.
    #[desugar]
    pub async fn write_safely(disk: &Disk, path: &str, parts: &[&str]) -> Result<usize, (String, io::Error)> {
        let beside = format!("{path}.new");
        let file = match disk.create(&beside).await {
            Ok(file) => file,
            Err(error) => return Err((beside, error)),
        };
        let mut temporary = Temporary { disk: disk.clone(), path: Some(beside.clone()), file };
        let mut written = 0;
        for part in parts {
            temporary.write_all(part.as_bytes()).await.map_err(|error| (beside.clone(), error))?;
            written += part.len();
        }
        temporary.sync_all().await.map_err(|error| (path.to_string(), error))?;
        disk.rename(&beside, path).await.map_err(|error| (path.to_string(), error))?;
        assert!(temporary.keep().is_some_and(|kept| kept == beside));
        Ok(written)
    }

    #[desugar]
    pub async fn save_and_list(
        disk: Disk,
        path: &str,
        parts: &[&str],
    ) -> (Result<usize, (String, io::Error)>, Vec<(String, String)>) {
        let result = write_safely(&disk, path, parts).await;
        (result, disk.listing())
    }

    /// What is in a folder and all below it, with a list of what is still to do.
    #[cfg(feature = "pending")] // A `match` where one arm binds by `ref` and another one moves.
    #[desugar]
    pub async fn usage(disk: &Disk, root: &str, skip: impl Fn(&Entry) -> bool) -> Result<Usage, FileError> {
        let mut usage = Usage { folders: 1, ..Usage::default() };
        let mut todo = vec![root.to_string()];
        while let Some(path) = todo.pop() {
            let mut dir = disk.read_dir(&path).await.map_err(|error| (&*path, error))?;
            while let Some(entry) = dir.next_entry().await.map_err(|error| (path.as_str(), error))? {
                match entry {
                    ref skipped if skip(skipped) => continue,
                    Entry { path, is_dir: true, .. } => {
                        usage.folders += 1;
                        todo.push(path);
                    }
                    Entry { ref path, .. } => {
                        let bytes = disk.size(path).await.map_err(|error| (&path[..], error))?;
                        usage += Usage { files: 1, bytes, folders: 0 };
                    }
                }
            }
        }
        Ok(usage)
    }

    /// The same by recursion.
    #[cfg(feature = "pending")] // Recursion through `Box::pin(..).await`; a part moved out of a variable.
    #[desugar]
    pub async fn usage_below(disk: &Disk, path: String, depth: usize) -> io::Result<Usage> {
        let mut usage = Usage { folders: 1, ..Default::default() };
        if depth == 0 {
            return Ok(usage);
        }
        let mut dir = disk.read_dir(&path).await?;
        while let Some(entry) = dir.next_entry().await? {
            usage += if entry.is_dir {
                Box::pin(usage_below(disk, entry.path, depth - 1)).await?
            } else {
                Usage { files: 1, bytes: disk.size(&entry.path).await?, folders: 0 }
            };
        }
        Ok(usage)
    }

    /// The same by recursion, with a type for the box.
    #[cfg(feature = "pending")] // A part moved out of a variable.
    #[desugar]
    pub async fn files_below(disk: Disk, path: String, found: &mut Vec<String>) -> io::Result<()> {
        let mut dir = disk.read_dir(&path).await?;
        while let Some(entry) = dir.next_entry().await? {
            if entry.is_dir {
                let below: Pin<Box<dyn Future<Output = io::Result<()>> + '_>> =
                    Box::pin(files_below(disk.clone(), entry.path, &mut *found));
                below.await?;
            } else if let Some((stem, "tmp")) = entry.name.rsplit_once('.') {
                found.push(format!("{stem} (temporary)"));
            } else {
                found.push(entry.path);
            }
        }
        Ok(())
    }

    /// New lines of a log as they are written; begins again when the log was cut off.
    #[desugar]
    pub async fn tail<F>(disk: &Disk, path: &str, rounds: usize, mut between: F) -> io::Result<Vec<String>>
    where
        F: FnMut(usize),
    {
        let mut lines = Vec::new();
        let mut at = 0usize;
        let mut rest = String::new();
        for round in 0..rounds {
            between(round);
            let size = disk.size(path).await? as usize;
            if size < at {
                lines.push("-- cut off".to_string());
                (at, rest) = (0, String::new());
            }
            if size > at {
                let mut file = disk.open(path).await?;
                file.seek(at).await;
                let n = file.take((size - at) as u64).read_to_string(&mut rest).await?;
                at += n;
                while let Some(end) = rest.find('\n') {
                    let line: String = rest.drain(..=end).collect();
                    lines.push(line.trim_end().to_string());
                }
            } else {
                sleep(Duration::from_secs(1)).await;
            }
        }
        Ok(lines)
    }

    /// Moves `log.1` to `log.2` and so on, and the log to `log.1`.
    #[desugar]
    pub async fn rotate(disk: &Disk, path: &str, keep: u32, max_size: u64) -> io::Result<Option<u32>> {
        match disk.size(path).await {
            Ok(size) if size <= max_size => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => drop(other?),
        }
        let name = |n: u32| if n == 0 { path.to_string() } else { format!("{path}.{n}") };
        let mut moved = 0;
        for n in (0..keep).rev() {
            match disk.rename(&name(n), &name(n + 1)).await {
                Ok(()) => moved += 1,
                Err(ref error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        disk.write(path, b"").await?;
        Ok(Some(moved))
    }

    /// A configuration of lines `key = value`; what is wrong is named with its line.
    #[desugar]
    pub async fn load_config(disk: &Disk, path: &str) -> report::Result<Config> {
        async fn number<T: FromStr>(text: &str) -> Result<T, T::Err> {
            pause("number").await;
            text.parse()
        }

        let file = disk.open(path).await.with_context(|| format!("opening {path}"))?;
        let mut lines = BufReader::new(file).lines();
        let mut config = Config::default();
        let mut number_of_line = 0;
        while let Some(line) = lines.next_line().await.context("reading")? {
            number_of_line += 1;
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let (left, right) = line.split_once('=').with_context(|| format!("line {number_of_line}: {line}"))?;
            match (left.trim(), right.trim()) {
                ("port", text) => {
                    config.port = number(text).await.with_context(|| format!("port in line {number_of_line}"))?
                }
                ("name", name @ ("server" | "proxy")) => config.name = name.to_string(),
                ("limits", range) => {
                    let (low, high) = range.split_once("..").context("no range")?;
                    config.limits = number(low).await?..=number(high).await?;
                }
                (key, value) => return Err(report::anyhow!("{key} cannot be {value}")),
            }
        }
        Ok(config)
    }

    pub struct Watched<'d> {
        disk: &'d Disk,
        path: &'static str,
        current: Config,
        generation: u32,
    }

    impl<'d> Watched<'d> {
        /// Loads the configuration again; what it was, if it is another one now.
        #[desugar]
        pub async fn reload(&mut self) -> report::Result<Option<Config>> {
            let fresh = load_config(self.disk, self.path).await?;
            if fresh == self.current {
                return Ok(None);
            }
            self.generation += 1;
            info!("generation {}: {:?}", self.generation, fresh.limits);
            Ok(Some(std::mem::replace(&mut self.current, fresh)))
        }
    }

    #[desugar]
    pub async fn watch(disk: Disk, texts: &[&str]) -> (Vec<Option<String>>, Config) {
        let mut watched = Watched { disk: &disk, path: "/config", current: Config::default(), generation: 0 };
        let mut out = vec![];
        for text in texts {
            disk.write(watched.path, text).await.unwrap();
            match watched.reload().await {
                Ok(old) => out.push(old.map(|Config { port, name, .. }| format!("was {name}:{port}"))),
                Err(report) => out.push(Some(format!("{report:?}"))),
            }
        }
        (out, watched.current.clone())
    }
}

#[test]
fn copies() {
    let disk = || Disk::new([("/a", "0123456789"), ("/long", &"0123456789".repeat(7))]);
    compare_modules!(
        sendable(copy_file(&disk(), "/a", "/b")),
        sendable(copy_file(&disk(), "/a", "/read-only/b")),
        sendable(copy_file(&disk(), "/none", "/b")),
    );
}

#[test]
fn safe_writes() {
    let disk = || Disk::new([("/a", "old")]);
    compare_modules!(
        sendable(save_and_list(disk(), "/a", &["new ", "text"])),
        sendable(save_and_list(disk(), "/a", &["new", &"x".repeat(70)])),
        sendable(save_and_list(disk(), "/read-only/a", &[])),
    );
}

#[test]
#[cfg(feature = "pending")] // A `match` where one arm binds by `ref` and another one moves.
fn a_tree() {
    compare_modules!(
        sendable(usage(&tree(), "/a", |entry| entry.name.ends_with(".tmp"))),
        sendable(usage(&tree(), "/none", |_| false)),
    );
}

#[test]
#[cfg(feature = "pending")] // Recursion through `Box::pin(..).await`; a part moved out of a variable.
fn a_tree_by_recursion() {
    compare_modules!(usage_below(&tree(), "/a".to_string(), 2), usage_below(&tree(), "/none".to_string(), 2));
}

#[test]
#[cfg(feature = "pending")] // A part moved out of a variable.
fn a_tree_by_typed_recursion() {
    compare_modules!(files_below(tree(), "/a".to_string(), &mut vec![]));
}

#[test]
fn a_log_that_grows() {
    let disk = || Disk::new([("/log", "one\ntw")]);
    compare_modules!(
        sendable(tail(&disk(), "/log", 2, |_| ())),
        sendable(tail(&disk(), "/log", 1, |_| ())),
        sendable(tail(&disk(), "/none", 1, |_| ())),
        {
            let disk = disk();
            let other = disk.clone();
            futures::FutureExt::boxed_local(async move {
                let changes = |round| match round {
                    1 => other.append("/log", "o\n"),
                    2 => drop(other.remove_now("/log")),
                    _ => other.append("/log", "x"),
                };
                tail(&disk, "/log", 2, changes).await
            })
        },
    );
}

#[test]
fn rotation() {
    let disk = || Disk::new([("/log", "0123"), ("/log.1", "old")]);
    compare_modules!(
        sendable(rotate(&disk(), "/log", 3, 2)),
        sendable(rotate(&disk(), "/log", 3, 4)),
        sendable(rotate(&disk(), "/none", 3, 4)),
    );
}

#[test]
fn configuration() {
    compare_modules!(
        sendable(watch(Disk::new([]), &["port = 8080 # x", "name=proxy"])),
        sendable(watch(Disk::new([]), &["name = other", "limits = 1..2"])),
        sendable(watch(Disk::new([]), &["port = x"])),
        sendable(watch(Disk::new([]), &["# nothing\n"])),
    );
}
