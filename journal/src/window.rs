//! A file read through a buffer that moves forward: large reads, no copy per frame.

use crate::frame::BLOCK_BYTES;
use crate::segment::is_zero;
use crate::storage::Handle;
use std::io;

const READ_BYTES: usize = 1 << 20;

/// A view of one file. Reads at least 1 MiB at a time where the file has it.
#[derive(Debug)]
pub(crate) struct Window {
    file: Box<dyn Handle>,
    length: u64,
    start: u64,
    /// The buffer; only its first `filled` bytes mean anything.
    data: Vec<u8>,
    filled: usize,
}

impl Window {
    pub(crate) fn new(file: Box<dyn Handle>) -> io::Result<Self> {
        let length = file.length()?;
        Ok(Self { file, length, start: 0, data: Vec::new(), filled: 0 })
    }

    /// The file's length when it was opened or refreshed.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Forgets what was read, since the writer may have written meanwhile.
    pub(crate) fn refresh(&mut self) -> io::Result<()> {
        self.length = self.file.length()?;
        self.filled = 0;
        Ok(())
    }

    /// `bytes` bytes at `offset`; fewer only where the file ends.
    pub(crate) fn get(&mut self, offset: u64, bytes: usize) -> io::Result<&[u8]> {
        let wanted = (bytes as u64).min(self.length.saturating_sub(offset)) as usize;
        let is_cached = offset >= self.start && offset + wanted as u64 <= self.start + self.filled as u64;
        if !is_cached {
            let read = (wanted.max(READ_BYTES) as u64).min(self.length.saturating_sub(offset)) as usize;
            self.start = offset;
            if self.data.len() < read {
                self.data = vec![0; read];
            }
            self.filled = 0; // Until the read has succeeded.
            self.filled = self.file.read_at(&mut self.data[..read], offset)?;
        }
        Ok(self.cached(offset, wanted))
    }

    /// What the last [`Window::get`] left in memory of `bytes` bytes at `offset`.
    pub(crate) fn cached(&self, offset: u64, bytes: usize) -> &[u8] {
        let at = offset.checked_sub(self.start).map_or(self.filled, |at| (at as usize).min(self.filled));
        &self.data[at..(at + bytes).min(self.filled)]
    }

    /// Calls `visit` with the offset and the bytes of each block from `offset` on that is not all zero.
    pub(crate) fn visit_dirty(&mut self, mut offset: u64, mut visit: impl FnMut(u64, &[u8])) -> io::Result<()> {
        while offset < self.length {
            let chunk = self.get(offset, READ_BYTES)?;
            if chunk.is_empty() {
                break; // Somebody cut the file after it was opened; its length is judged elsewhere.
            }
            if !is_zero(chunk) {
                for (index, block) in chunk.chunks(BLOCK_BYTES).enumerate() {
                    if !is_zero(block) {
                        visit(offset + (index * BLOCK_BYTES) as u64, block);
                    }
                }
            }
            offset += chunk.len() as u64;
        }
        Ok(())
    }

    /// The offset of the first block from `offset` on that is not all zero.
    pub(crate) fn first_dirty(&mut self, offset: u64) -> io::Result<Option<u64>> {
        let mut first = None;
        self.visit_dirty(offset, |at, _| {
            first.get_or_insert(at);
        })?;
        Ok(first)
    }
}
