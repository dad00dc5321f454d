//! A byte source and a byte sink whose futures borrow both the device and the buffer, as sockets do.

use crate::{inject, leaf::Leaf, trace};

/// Gives out its bytes in chunks.
#[derive(Debug)]
pub struct Source {
    bytes: Vec<u8>,
    chunk: usize,
}

/// Keeps the bytes written to it.
#[derive(Debug, Default)]
pub struct Sink {
    /// What was written so far.
    pub bytes: Vec<u8>,
}

impl Source {
    /// A source of the text, at most `chunk` bytes at a time.
    pub fn new(text: &str, chunk: usize) -> Self {
        Source { bytes: text.bytes().collect(), chunk }
    }

    /// Fills the front of the buffer; resolves to the number of bytes, 0 at the end.
    pub fn read<'a>(&'a mut self, buffer: &'a mut [u8]) -> Leaf<usize, (&'a mut Source, &'a mut [u8])> {
        let n = self.chunk.min(self.bytes.len()).min(buffer.len());
        buffer[..n].copy_from_slice(&self.bytes[..n]);
        self.bytes.drain(..n);
        trace::log(format!("read {n}"));
        Leaf::holding("read", 1, n, (self, buffer))
    }
}

impl Sink {
    /// Appends the bytes; resolves to their number, or fails at a `!`.
    pub fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Leaf<Result<usize, String>, (&'a mut Sink, &'a [u8])> {
        trace::log(format!("write {:?}", String::from_utf8_lossy(bytes)));
        self.bytes.extend_from_slice(bytes);
        let result = if bytes.contains(&b'!') { Err("refused".to_string()) } else { Ok(bytes.len()) };
        Leaf::holding("write", 1, result, (self, bytes))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        trace::log(format!("drop sink {:?}", String::from_utf8_lossy(&self.bytes)));
        inject::on_drop();
    }
}
