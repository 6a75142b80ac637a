//! A disk whose syncs take at least a given time: what a slower one would make of the same figures.

use oikos_journal::{Handle, Storage};
use std::io;
use std::time::{Duration, Instant};

/// A storage with slower syncs.
#[derive(Debug)]
pub struct SlowDisk<S> {
    inner: S,
    sync_at_least: Duration,
}

#[derive(Debug)]
struct SlowFile {
    inner: Box<dyn Handle>,
    sync_at_least: Duration,
}

/// Syncs, and waits for the rest of the time.
///
/// # Errors
/// Those of the disk.
pub fn slowly(sync_at_least: Duration, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let begun = Instant::now();
    sync()?;
    if let Some(left) = sync_at_least.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
        std::thread::sleep(left);
    }
    Ok(())
}

impl<S> SlowDisk<S> {
    /// The same disk, whose syncs take at least so long.
    pub const fn new(inner: S, sync_at_least: Duration) -> Self {
        Self { inner, sync_at_least }
    }

    fn file(&self, inner: Box<dyn Handle>) -> Box<dyn Handle> {
        Box::new(SlowFile { inner, sync_at_least: self.sync_at_least })
    }
}

impl<S: Storage> Storage for SlowDisk<S> {
    fn create(&self, name: &str) -> io::Result<Box<dyn Handle>> {
        Ok(self.file(self.inner.create(name)?))
    }

    fn open(&self, name: &str, write: bool) -> io::Result<Box<dyn Handle>> {
        Ok(self.file(self.inner.open(name, write)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn sync_directory(&self) -> io::Result<()> {
        slowly(self.sync_at_least, || self.inner.sync_directory())
    }
}

impl Handle for SlowFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.inner.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        slowly(self.sync_at_least, || self.inner.sync())
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.inner.set_length(bytes)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        self.inner.reserve(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        self.inner.length()
    }
}
