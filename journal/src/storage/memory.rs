//! A folder in memory that keeps everything: for simulations and tests that do not cut the power.

use super::{Handle, Storage};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Bytes = Arc<Mutex<Vec<u8>>>;

/// A folder in memory. Clones share the same files.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

// No critical section here runs foreign code, so a poisoned lock still holds whole data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of one file's bytes.
    #[must_use]
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        lock(&self.files).get(name).map(|bytes| lock(bytes).clone())
    }

    /// Replaces one file's bytes, behind everybody's back: for tests that damage a journal.
    pub fn replace(&self, name: &str, bytes: Vec<u8>) {
        lock(&self.files).insert(name.to_owned(), Arc::new(Mutex::new(bytes)));
    }

    /// A folder of its own with the same content.
    #[must_use]
    pub fn copy(&self) -> Self {
        let files = lock(&self.files);
        let copied = files.iter().map(|(name, bytes)| (name.clone(), Arc::new(Mutex::new(lock(bytes).clone()))));
        Self { files: Arc::new(Mutex::new(copied.collect())) }
    }
}

impl Storage for Memory {
    fn create(&self, name: &str) -> io::Result<Box<dyn Handle>> {
        let bytes = Bytes::default();
        lock(&self.files).insert(name.to_owned(), Arc::clone(&bytes));
        Ok(Box::new(MemoryFile { bytes }))
    }

    fn open(&self, name: &str, _write: bool) -> io::Result<Box<dyn Handle>> {
        let bytes = lock(&self.files).get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(MemoryFile { bytes }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = lock(&self.files);
        let bytes = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        lock(&self.files).remove(name).map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.files).keys().cloned().collect())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct MemoryFile {
    bytes: Bytes,
}

impl Handle for MemoryFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(read(&lock(&self.bytes), buffer, offset))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        write(&mut lock(&self.bytes), bytes, offset);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        set_length(&mut lock(&self.bytes), bytes as usize);
        Ok(())
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        self.set_length(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(lock(&self.bytes).len() as u64)
    }
}

/// Copies what `file` has from `offset`, and says how much that was.
pub(super) fn read(file: &[u8], buffer: &mut [u8], offset: u64) -> usize {
    let rest = file.get(offset as usize..).unwrap_or(&[]);
    let count = rest.len().min(buffer.len());
    buffer[..count].copy_from_slice(&rest[..count]);
    count
}

/// Puts `bytes` at `offset`, extending `file` with zeros where it ends earlier.
pub(super) fn write(file: &mut Vec<u8>, bytes: &[u8], offset: u64) {
    let end = offset as usize + bytes.len();
    set_length(file, file.len().max(end));
    file[offset as usize..end].copy_from_slice(bytes);
}

/// Cuts or extends `file`. (`Vec::resize` goes byte by byte in a debug build, and the tests do this a lot.)
pub(super) fn set_length(file: &mut Vec<u8>, bytes: usize) {
    if bytes > file.len() {
        file.extend_from_slice(&vec![0; bytes - file.len()]);
    }
    file.truncate(bytes);
}
