//! Files in memory, with the surface of `tokio::fs`.

use desugar_tests::{D, pause, tick, trace};
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Clone)]
pub struct Disk {
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Disk {
    pub fn new<const N: usize>(files: [(&str, &str); N]) -> Self {
        let files = files.map(|(path, content)| (path.to_string(), content.as_bytes().to_vec()));
        Disk { files: Arc::new(Mutex::new(files.into())) }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.files.lock().unwrap()
    }

    /// What is in it now.
    pub fn listing(&self) -> Vec<(String, String)> {
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        self.files().iter().map(|(path, bytes)| (path.clone(), text(bytes))).collect()
    }

    /// Appends to a file, as another process would.
    pub fn append(&self, path: &str, content: &str) {
        self.files().entry(path.to_string()).or_default().extend_from_slice(content.as_bytes());
    }

    pub async fn open(&self, path: &str) -> io::Result<File> {
        pause(&format!("open {path}")).await;
        if !self.files().contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.file(path))
    }

    pub async fn create(&self, path: &str) -> io::Result<File> {
        pause(&format!("create {path}")).await;
        if path.starts_with("/read-only/") {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.files().insert(path.to_string(), Vec::new());
        Ok(self.file(path))
    }

    fn file(&self, path: &str) -> File {
        File { disk: self.clone(), path: path.to_string(), at: 0, asked: false, _d: D(format!("file {path}")) }
    }

    pub async fn read_to_string(&self, path: &str) -> io::Result<String> {
        pause(&format!("read {path}")).await;
        let bytes = self.files().get(path).cloned().ok_or(io::ErrorKind::NotFound)?;
        String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    pub async fn write(&self, path: &str, content: impl AsRef<[u8]>) -> io::Result<()> {
        pause(&format!("write {path}")).await;
        self.files().insert(path.to_string(), content.as_ref().to_vec());
        Ok(())
    }

    pub async fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        pause(&format!("rename {from} {to}")).await;
        let bytes = self.files().remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.files().insert(to.to_string(), bytes);
        Ok(())
    }

    pub async fn remove_file(&self, path: &str) -> io::Result<()> {
        pause(&format!("remove {path}")).await;
        self.remove_now(path)
    }

    pub fn remove_now(&self, path: &str) -> io::Result<()> {
        self.files().remove(path).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    pub async fn size(&self, path: &str) -> io::Result<u64> {
        pause(&format!("size {path}")).await;
        self.files().get(path).map(|bytes| bytes.len() as u64).ok_or(io::ErrorKind::NotFound.into())
    }

    /// What is directly in the folder.
    pub async fn read_dir(&self, path: &str) -> io::Result<ReadDir> {
        pause(&format!("read_dir {path}")).await;
        let inside = format!("{}/", path.trim_end_matches('/'));
        let mut entries: Vec<Entry> = Vec::new();
        for file in self.files().keys() {
            let Some(rest) = file.strip_prefix(&inside) else { continue };
            let (name, is_dir) = rest.split_once('/').map_or((rest, false), |(name, _)| (name, true));
            if !entries.iter().any(|entry| entry.name == name) {
                entries.push(Entry { path: format!("{inside}{name}"), name: name.to_string(), is_dir });
            }
        }
        if entries.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(ReadDir { entries: entries.into(), _d: D(format!("dir {path}")) })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    pub name: String,
    pub is_dir: bool,
}

pub struct ReadDir {
    entries: VecDeque<Entry>,
    _d: D,
}

impl ReadDir {
    /// Ready at once, as the folder was read already.
    pub async fn next_entry(&mut self) -> io::Result<Option<Entry>> {
        tick("next_entry");
        Ok(self.entries.pop_front())
    }
}

/// An open file: reading goes on from where it was, writing appends.
pub struct File {
    disk: Disk,
    path: String,
    at: usize,
    asked: bool,
    _d: D,
}

impl File {
    pub async fn seek(&mut self, at: usize) {
        tick("seek");
        self.at = at;
    }

    pub async fn sync_all(&self) -> io::Result<()> {
        pause(&format!("sync {}", self.path)).await;
        Ok(())
    }
}

impl AsyncRead for File {
    /// Each read is pending once, and reads sixteen bytes at most.
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        tick(&format!("poll_read {}", this.path));
        this.asked = !this.asked;
        if this.asked {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let files = this.disk.files();
        let Some(bytes) = files.get(&this.path) else { return Poll::Ready(Err(io::ErrorKind::NotFound.into())) };
        let rest = &bytes[this.at.min(bytes.len())..];
        let n = rest.len().min(16).min(buf.remaining());
        buf.put_slice(&rest[..n]);
        this.at += n;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for File {
    /// Fails once the file would have more than 64 bytes.
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        tick(&format!("poll_write {}", self.path));
        let mut files = self.disk.files();
        let content = files.entry(self.path.clone()).or_default();
        if content.len() + bytes.len() > 64 {
            return Poll::Ready(Err(io::ErrorKind::StorageFull.into()));
        }
        content.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        trace::log(format!("poll_flush {}", self.path));
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
