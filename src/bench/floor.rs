//! What the disk allows: a bare loop of write and `fdatasync` into a file that was written before.

use crate::bench::slow_disk::slowly;
use crate::bench::spread::Spread;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A zero-written, synced file, and where the next write goes.
#[derive(Debug)]
pub struct Floor {
    file: File,
    bytes: u64,
    offset: u64,
    buffer: Vec<u8>,
    sync_at_least: Duration,
}

impl Floor {
    /// For writes of this size, rounded up to whole blocks as the journal does, with syncs that take at least so long.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn new(folder: &Path, write_bytes: usize, sync_at_least: Duration) -> io::Result<Self> {
        let write_bytes = write_bytes.next_multiple_of(oikos_journal::BLOCK_BYTES);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(folder.join("floor"))?;
        let bytes = (write_bytes as u64 * 16).max(16 << 20).next_multiple_of(write_bytes as u64);
        let zeros = vec![0; write_bytes];
        for offset in (0..bytes).step_by(write_bytes) {
            file.write_all_at(&zeros, offset)?;
        }
        file.sync_data()?;
        File::open(folder)?.sync_all()?;
        Ok(Self { file, bytes, offset: 0, buffer: vec![7; write_bytes], sync_at_least })
    }

    /// Bytes a write.
    #[must_use]
    pub const fn write_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// How long `count` writes took, each with its sync.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn run(&mut self, count: usize) -> io::Result<Spread> {
        let mut spread = Spread::default();
        for _ in 0..count {
            if self.offset + self.buffer.len() as u64 > self.bytes {
                self.offset = 0;
            }
            let start = Instant::now();
            self.file.write_all_at(&self.buffer, self.offset)?;
            slowly(self.sync_at_least, || self.file.sync_data())?;
            spread.add(start.elapsed());
            self.offset += self.buffer.len() as u64;
        }
        Ok(spread)
    }
}
