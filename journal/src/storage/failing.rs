//! A storage that breaks at its n-th call, for the tests of what happens then.
//!
//! From the n-th call that counts, calls fail with the chosen error: one of them, or all. For a
//! broken device every call counts that changes or syncs something; for a full disk only one that
//! needs space: making a file, or making it longer. Reads always work.

use super::{Handle, Storage};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a call breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The device answers EIO.
    Device,
    /// The disk is full: ENOSPC.
    Full,
}

/// Wraps a storage and lets calls fail.
#[derive(Debug, Clone)]
pub struct Failing<S> {
    inner: S,
    switch: Arc<Switch>,
}

#[derive(Debug)]
struct Switch {
    failure: Failure,
    calls: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
}

impl Switch {
    /// A call that takes space only if `grows`.
    fn call(&self, grows: bool) -> io::Result<()> {
        if self.failure == Failure::Full && !grows {
            return Ok(());
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let failing = self.first.load(Ordering::SeqCst)..=self.last.load(Ordering::SeqCst);
        match self.failure {
            _ if !failing.contains(&call) => Ok(()),
            Failure::Device => Err(io::Error::other("input/output error (simulated)")),
            Failure::Full => Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device (simulated)")),
        }
    }
}

impl<S: Storage> Failing<S> {
    /// Only call number `call` (from 0) fails; a later call would succeed, so a retry shows.
    pub fn once(inner: S, failure: Failure, call: u64) -> Self {
        Self::between(inner, failure, call, call)
    }

    /// Every call from number `call` (from 0) on fails, until [`Failing::heal`].
    pub fn from(inner: S, failure: Failure, call: u64) -> Self {
        Self::between(inner, failure, call, u64::MAX)
    }

    fn between(inner: S, failure: Failure, first: u64, last: u64) -> Self {
        let [calls, first, last] = [0, first, last].map(AtomicU64::new);
        Self { inner, switch: Arc::new(Switch { failure, calls, first, last }) }
    }

    /// How many calls counted so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.switch.calls.load(Ordering::SeqCst)
    }

    /// From here on nothing fails.
    pub fn heal(&self) {
        self.switch.first.store(u64::MAX, Ordering::SeqCst);
    }

    /// From here on everything fails.
    pub fn fail(&self) {
        self.switch.first.store(0, Ordering::SeqCst);
        self.switch.last.store(u64::MAX, Ordering::SeqCst);
    }
}

impl<S: Storage> Storage for Failing<S> {
    fn create(&self, name: &str) -> io::Result<Box<dyn Handle>> {
        self.switch.call(true)?;
        Ok(Box::new(FailingFile { inner: self.inner.create(name)?, switch: Arc::clone(&self.switch) }))
    }

    fn open(&self, name: &str, write: bool) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(FailingFile { inner: self.inner.open(name, write)?, switch: Arc::clone(&self.switch) }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.switch.call(false)?;
        self.inner.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.switch.call(false)?;
        self.inner.remove(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.switch.call(false)?;
        self.inner.sync_directory()
    }
}

#[derive(Debug)]
struct FailingFile {
    inner: Box<dyn Handle>,
    switch: Arc<Switch>,
}

impl Handle for FailingFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.switch.call(offset + bytes.len() as u64 > self.inner.length()?)?;
        self.inner.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.switch.call(false)?;
        self.inner.sync()
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.switch.call(bytes > self.inner.length()?)?;
        self.inner.set_length(bytes)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        self.switch.call(bytes > self.inner.length()?)?;
        self.inner.reserve(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        self.inner.length()
    }
}
